"""The examples of the client's README run against a real server."""

import re
from pathlib import Path

import pytest
from tests.support.loopback_server import chariot, loopback_server, write_scan

ROOT = Path(__file__).parents[3]
EXAMPLES = re.findall(
    r"^## (.+?)\n.*?^```python\n(.*?)^```",
    (ROOT / "sdk/python/README.md").read_text(),
    re.DOTALL | re.MULTILINE,
)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("readme")
    chariot(folder / "home", "import", str(write_scan(folder)))
    chariot(folder / "home", "scan", "--resume")
    with loopback_server(folder) as running:
        yield running


@pytest.fixture
def at_the_server(server, tmp_path, monkeypatch):
    write_scan(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CHARIOT_SERVER", server.address)
    monkeypatch.setenv("CHARIOT_TOKEN", server.token)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    return tmp_path


SAYS = {
    "What to fix first": "CVE-2021-41773",
    "Add seeds and scan": "pieces of work wait",
    "Bring in what another tool found": "done ImportReport",
    "Decide about a risk": "",
    "Follow what changes": "created",
    "And to a file": "",
}


@pytest.mark.parametrize(("title", "code"), EXAMPLES, ids=[title for title, _ in EXAMPLES])
def test_an_example_of_the_readme_runs(at_the_server, capsys, title, code):
    exec(compile(code, title, "exec"), {})

    assert SAYS[title] in capsys.readouterr().out


def test_all_examples_are_found():
    assert [title for title, _ in EXAMPLES] == list(SAYS)
