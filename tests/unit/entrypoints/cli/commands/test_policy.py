from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

EXAMPLE = Path(__file__).parents[5] / "docs" / "examples" / "access.toml"
Run = Callable[..., Any]


def test_cases_that_are_as_they_must_be_end_well(run: Run) -> None:
    ran = run("policy", "test", str(EXAMPLE))

    assert ran.code == 0
    assert "5 cases, 0 not as they must be" in ran.out


def test_a_case_that_is_not_ends_the_command_with_its_own_code(run: Run, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(EXAMPLE.read_text().replace('may_not = ["seeds:write"]', 'may_not = ["risks:write"]'))
    ran = run("policy", "test", str(EXAMPLE), str(wrong))
    told = msgspec.json.decode(run("policy", "test", str(wrong), "--json").out)

    assert ran.code == 1
    assert "may risks:write" in ran.out
    assert [one["wrong"] for one in told if one["wrong"]] == [["may risks:write"]]


@pytest.mark.parametrize("text", ["", "x =", 'type = "compliance"', "[roles.web]\npermissions = 7"])
def test_a_file_that_is_no_policy_is_refused_by_name(run: Run, tmp_path: Path, text: str) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(text)
    ran = run("policy", "test", str(file))

    assert ran.code == 2
    assert "policy.toml" in ran.err


PACK = """
name = "Ours"
[[case]]
check = "port.telnet"
expect = "{expected}"
entities = [{{ kind = "port", address = "192.0.2.7", protocol = "tcp", number = 23 }}]
"""


@pytest.mark.parametrize(("expected", "code"), [("fail", 0), ("pass", 1)])
def test_a_repository_holds_policies_and_packs_of_checks(
    run: Run, tmp_path: Path, expected: str, code: int
) -> None:
    (tmp_path / "checks").mkdir()
    (tmp_path / "checks" / "ours.toml").write_text(PACK.format(expected=expected))
    (tmp_path / "access.toml").write_text(EXAMPLE.read_text())

    ran = run("policy", "test", str(tmp_path))

    assert ran.code == code
    assert f"6 cases, {code} not as they must be" in ran.out


@pytest.mark.parametrize("text", ['name = "x"\n[[check]]\n', "case = 7", 'name = "x"\ncase = []'])
def test_a_pack_that_is_wrong_or_says_nothing_is_refused_by_name(run: Run, tmp_path: Path, text: str) -> None:
    (tmp_path / "pack.toml").write_text(text)
    ran = run("policy", "test", str(tmp_path))

    assert ran.code == 2
    assert "pack.toml" in ran.err


def test_a_folder_without_policies_is_told(run: Run, tmp_path: Path) -> None:
    ran = run("policy", "test", str(tmp_path))

    assert ran.code == 2
    assert "no policy" in ran.err
