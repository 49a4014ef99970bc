import pytest

from ..conftest import Run  # noqa: TID252 - a test package has no other name

KEY = "risk#webapplication#http://app.example.com/#CVE-2021-41773"


def test_a_score_is_explained_factor_by_factor(scanned: Run) -> None:
    ran = scanned("risk", "explain", KEY)

    assert ran.code == 0
    assert "What makes the score" in ran.out
    assert "What would lower it" in ran.out


def test_the_factors_add_up_to_the_score(scanned: Run) -> None:
    found = scanned("risk", "explain", KEY, "--json").json

    assert sum(factor["points"] for factor in found["factors"]) == found["score"]


@pytest.mark.parametrize(
    ("arguments", "state"),
    [
        (("accept", KEY, "--reason", "behind a VPN", "--until", "90d"), "accepted"),
        (("reject", KEY, "--reason", "repaired by the distribution"), "rejected"),
        (("open", KEY, "--owner", "web team", "--due", "14d"), "open"),
        (("remediate", KEY), "remediated"),
    ],
)
def test_a_decision_is_kept_with_who_and_why(scanned: Run, arguments: tuple[str, ...], state: str) -> None:
    ran = scanned("risk", *arguments, "--json")

    shown = scanned("show", KEY, "--json").json
    assert ran.json["entity"]["state"] == shown["entity"]["state"] == state
    assert shown["history"]["items"][0]["change"]["actor"].startswith("cli")


def test_an_accepted_risk_leaves_the_ranked_list(scanned: Run) -> None:
    scanned("risk", "accept", KEY, "--reason", "behind a VPN", "--until", "90d")

    assert "CVE-2021-41773" not in scanned("scan", "--resume").out.partition("What could not")[0]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("accept", KEY, "--until", "90d"), 2),
        (("accept", KEY, "--reason", "why", "--until", "never"), 2),
        (("accept", "domain#app.example.com", "--reason", "why", "--until", "9d"), 2),
        (("explain", "risk#domain#nowhere.test#CVE-2020-0001"), 3),
    ],
)
def test_a_wrong_decision_is_refused(scanned: Run, arguments: tuple[str, ...], code: int) -> None:
    ran = scanned("risk", *arguments)

    assert ran.code == code
    assert "Traceback" not in ran.err


def test_what_changed_since_a_moment_is_shown_with_the_reason(scanned: Run) -> None:
    ran = scanned("risk", "explain", KEY, "--since", "7d")

    assert ran.code == 0
    assert "it was not there then" in ran.out


def test_groups_are_one_line_for_each_weakness(scanned: Run) -> None:
    lines = scanned("risk", "groups").out
    found = scanned("risk", "groups", "--json").json

    assert "CVE-2021-41773" in lines
    assert found["counted"] == sum(group["risks"] for group in found["groups"])


def test_what_is_overdue_is_shown_or_said_not_to_be(scanned: Run) -> None:
    assert "nothing is overdue" in scanned("risk", "overdue").out
    assert scanned("risk", "overdue", "--json").json["items"] == []


@pytest.mark.parametrize(("value", "code"), [('{"epss": 150}', 0), ('{"luck": 1}', 2)])
def test_a_policy_is_checked_before_it_is_kept(scanned: Run, value: str, code: int) -> None:
    assert scanned("risk", "policy", "risk.weights", value).code == code
