from pathlib import Path

import pytest

from chariot.bootstrap import open_application
from chariot.entrypoints.cli.invocation import Invocation
from chariot.entrypoints.cli.main import main
from chariot.entrypoints.cli.terminal import Output

from ..conftest import ACME, Ran, Run  # noqa: TID252 - a test package has no other name

EXAMPLE = Path(__file__).parents[5] / "docs" / "examples" / "access.toml"


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run commands as the product wires them."""

    def runs(*arguments: str) -> Ran:
        invocation = Invocation(opener=open_application, output=Output())
        code = main(["--home", str(tmp_path / "home"), "--organisation", ACME, *arguments], invocation)
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return runs


def test_organisations_are_put_above_one_another(run: Run) -> None:
    assert run("organisation", "add", "provider", "--title", "A provider").code == 0
    assert run("organisation", "add", "globex", "--parent", "provider").code == 0
    refused = run("organisation", "change", "provider", "--parent", "globex")
    suspended = run("--json", "organisation", "change", "globex", "--suspend").json

    assert (refused.code, "below itself" in refused.err) == (2, True)
    assert suspended == {"name": "globex", "title": "", "parent": "provider", "suspended": True}
    assert run("organisation", "end", "globex").code == 0
    assert "A provider" in run("organisation", "list").out


@pytest.mark.parametrize("name", ["shared", "system", "No Name", ""])
def test_what_is_no_name_is_refused(run: Run, name: str) -> None:
    assert run("organisation", "add", name).code == 2


def test_a_member_is_given_a_role_of_a_file_and_loses_it(run: Run) -> None:
    assert run("role", "set", str(EXAMPLE)).code == 0
    given = run("--json", "member", "set", "user:bob", "--role", "web-team").json

    assert given == {"member": "#member#user:bob", "roles": ["web-team"]}
    assert run("member", "set", "user:bob", "--role", "astronaut").code == 2
    assert run("member", "end", "user:bob").code == 0
    assert run("member", "end", "user:bob").code == 3
    assert run("role", "end", "web-team").code == 0
