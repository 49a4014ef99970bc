import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.format import Parsed, Refused
from chariot.formats.support.findings import (
    OPEN_RISKS,
    Finding,
    advisory,
    file_at,
    gathered,
    repository_name,
    resource_at,
    rule,
)
from chariot.model.kinds.work import File
from chariot.model.states import Severity


def finding(weakness: str = "tool:rule", path: str = "a.py", **fields: object) -> Finding:
    return Finding(place="line 1", target=File(path=path), weakness=weakness, **fields)


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("src/a.py", "src/a.py"),
        ("./src//a.py", "src/a.py"),
        ("src\\a.py", "src/a.py"),
        ("file:///home/me/a%20b.py", "/home/me/a b.py"),
        ("file:a.py", "a.py"),
        ("/etc/passwd", "/etc/passwd"),
    ],
)
def test_a_path_has_one_form(written: str, path: str) -> None:
    assert file_at(written).path == path


@pytest.mark.parametrize("written", ["", "/", "./", None, "file://"])
def test_no_path_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match="names no file"):
        file_at(written)


@pytest.mark.parametrize(
    "written",
    [
        "https://git.example.com/team/shop.git",
        "https://user:word@git.example.com/team/shop",
        "git@git.example.com:team/shop.git",
        "ssh://git@git.example.com/team/shop.git?x=1",
    ],
)
def test_a_repository_has_one_name_without_credentials(written: str) -> None:
    assert repository_name(written) == "git.example.com/team/shop"


def test_an_absolute_path_is_not_below_a_repository() -> None:
    assert file_at("/home/a.py", "git.example.com/a").path == "/home/a.py"
    assert file_at("a.py", "git.example.com/a").path == "git.example.com/a/a.py"


def test_a_cve_is_a_better_name_than_an_advisory_and_that_than_another() -> None:
    assert advisory("x-1", "ghsa-abcd-2345-wxyz", "cve-2025-10000") == "CVE-2025-10000"
    assert advisory("x-1", "ghsa-ABCD-2345-wxyz") == "GHSA-abcd-2345-wxyz"
    assert advisory("", None, "x-1") == "x-1"


def test_a_rule_that_is_a_cve_is_that_cve() -> None:
    assert rule("tool", "CVE-2025-10000-libone") == "CVE-2025-10000"
    assert rule("tool", "abc") == "tool:abc"


@pytest.mark.parametrize("call", [lambda: advisory("", None), lambda: rule("tool", " "), resource_at])
def test_what_names_nothing_is_refused(call: object) -> None:
    with pytest.raises(ValueError, match=r"names no|empty"):
        call()


def test_the_same_weakness_at_the_same_target_is_one_risk_of_the_worst_severity() -> None:
    told = list(
        gathered(
            "tool",
            [
                finding(where={"line": 1}, severity=Severity.LOW),
                finding(path="b.py"),
                finding(where={"line": 2}, severity=Severity.HIGH),
                finding(where={"line": 2}),
            ],
        )
    )

    risks = [entity for item in told for entity in item.entities if entity.kind == "risk"]
    assert [item.findings for item in told] == [3, 1]
    assert (risks[0].severity, risks[0].evidence[0].rows) == (Severity.HIGH, (("1",), ("2",)))


def test_more_places_than_the_limit_are_cut_and_say_so() -> None:
    (told,) = gathered("tool", [finding(where={"line": number}) for number in range(600)])

    risk = next(entity for entity in told.entities if entity.kind == "risk")
    assert (len(risk.evidence[0].rows), risk.evidence[0].cut, told.findings) == (500, True, 600)


def test_a_settled_finding_is_an_attribute() -> None:
    (told,) = gathered("tool", [finding(settled="fixed")])

    assert [entity.kind for entity in told.entities] == ["file", "attribute"]
    assert told.findings == 1


def test_what_is_held_back_is_bounded() -> None:
    endless = gathered("tool", (finding(f"tool:{number}") for number in range(OPEN_RISKS + 1)))

    assert sum(1 for _ in endless) == OPEN_RISKS + 1


def test_records_and_refusals_pass() -> None:
    others = [Parsed("line 1"), Refused("line 2", "why")]

    assert list(gathered("tool", others)) == others


@given(st.text(max_size=50), st.text(max_size=3_000), st.dictionaries(st.text(), st.text(), max_size=20))
def test_any_words_give_a_record_or_a_refusal(weakness: str, title: str, facts: dict[str, str]) -> None:
    told = list(
        gathered("tool", [finding(weakness, title=title, facts=facts, where=facts, remediation=title)])
    )

    assert len(told) == 1
