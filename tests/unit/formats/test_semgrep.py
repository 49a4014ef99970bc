from format_contract import entities, findings, read, sample

from chariot.formats.semgrep import Semgrep
from chariot.model.states import Severity


def test_two_lines_of_one_rule_are_one_risk_and_two_findings() -> None:
    items = read(Semgrep(), sample("semgrep.1.json"))

    risk = entities(items, "risk")["#risk#file#src/cart.py#semgrep:python.shop.eval"]

    assert [row[0] for row in risk.evidence[1].rows] == ["5", "9"]
    assert risk.severity is Severity.HIGH
    assert findings(items) == 5


def test_an_ignored_result_is_an_attribute() -> None:
    items = read(Semgrep(), sample("semgrep.1.json"))

    assert "#attribute#file#src/old.py#suppressed#semgrep:python.shop.eval" in entities(items, "attribute")


def test_what_a_rule_about_secrets_shows_is_not_kept() -> None:
    assert "hunter2hunter2" not in str(read(Semgrep(), sample("semgrep.1.json")))


def test_a_vulnerable_dependency_is_named_by_its_cve() -> None:
    assert "#risk#file#poetry.lock#CVE-2025-10024" in entities(
        read(Semgrep(), sample("semgrep.1.json")), "risk"
    )


def test_supply_chain_findings_are_below_their_repository() -> None:
    items = read(Semgrep(), sample("semgrep.2.json"))

    assert list(entities(items, "risk")) == ["#risk#file#shop/web/Gemfile.lock#CVE-2025-10025"]
    assert list(entities(items, "attribute")) == ["#attribute#file#shop/web/Gemfile.lock#fixed#ssc-3"]


def test_an_empty_report_is_known_and_says_nothing() -> None:
    data = b'{"results": [], "errors": []}'

    assert Semgrep().sniff(data) > 0
    assert read(Semgrep(), data) == []
