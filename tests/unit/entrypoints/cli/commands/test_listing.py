import pytest

from ..conftest import CVE, Run  # noqa: TID252 - a test package has no other name


def test_risks_stand_with_the_highest_score_first(scanned: Run) -> None:
    header, first, second = scanned("list", "risks").out.splitlines()

    assert header.startswith("score\tdecision\tseverity\tstate\tweakness\ttarget\ttitle")
    assert first.startswith(f"97\tact\tcritical\ttriage\t{CVE}")
    assert second.startswith("12\t")


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (("risks", "--filter", "score>=90"), [CVE + " at http://app.example.com/"]),
        (("domains",), ["app.example.com"]),
        (("vulnerabilities",), [CVE]),
        (("jobs", "--filter", "outcome=unknown"), ["http at #address#192.0.2.7"]),
        (("ports", "--filter", "number=443"), []),
    ],
)
def test_kinds_and_filters_choose(scanned: Run, arguments: tuple[str, ...], names: list[str]) -> None:
    found = scanned("list", *arguments, "--json").json

    assert [item["name"] for item in found["items"]] == names


def test_a_group_lists_several_kinds(scanned: Run) -> None:
    kinds = {item["kind"] for item in scanned("list", "assets", "--json").json["items"]}

    assert kinds == {"domain", "address", "port", "webapplication", "certificate"}


def test_what_is_left_out_is_said_and_can_be_reached(scanned: Run) -> None:
    first = scanned("list", "assets", "--limit", "3", "--json").json
    second = scanned("list", "assets", "--limit", "3", "--cursor", first["cursor"], "--json").json

    assert (len(first["items"]), len(second["items"]), second["cursor"]) == (3, 2, "")
    assert "there are more" in scanned("list", "assets", "--limit", "3").err


def test_the_past_is_as_it_was(scanned: Run) -> None:
    assert scanned("list", "domains", "--as-of", "1h", "--json").json["items"] == []


def test_hostile_text_cannot_leave_its_cell(scanned: Run) -> None:
    for kind in ("webapplications", "ports", "dnsrecords"):
        ran = scanned("list", kind)

        assert len(ran.out.splitlines()) == 2
        assert ran.out.replace("\n", "").replace("\t", "").isprintable()


def test_secrets_are_hidden(scanned: Run) -> None:
    assert "s3cr3t" not in scanned("list", "alertrules", "--json").out


@pytest.mark.parametrize(
    "arguments",
    [
        ("frobs",),
        ("risks", "--filter", "colour=red"),
        ("risks", "--sort", "title"),
        ("risks", "--as-of", "soon"),
    ],
)
def test_a_wrong_question_is_named_and_has_code_2(scanned: Run, arguments: tuple[str, ...]) -> None:
    ran = scanned("list", *arguments)

    assert ran.code == 2
    assert ran.err.startswith("chariot: ")


def test_a_list_says_how_many_answers_are_unknown(run: Run) -> None:
    run("scan", "example.com")

    assert "one answer is unknown" in run("list", "domains").err
    assert "unknown" not in run("list", "jobs").err
