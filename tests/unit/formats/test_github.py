from hashlib import sha256

from format_contract import entities, findings, read, sample

from chariot.formats.github import GitHub
from chariot.model.states import Severity

REPOSITORY = "#file#github.com/team/shop"
SECRET = "sesame-open-sesame-0001"


def test_code_scanning_is_named_as_in_the_sarif_of_its_tool() -> None:
    items = read(GitHub(), sample("github.1.json"))

    risk = entities(items, "risk")[f"#risk{REPOSITORY}/src/cart.js#codeql:js/injection"]

    assert risk.severity is Severity.CRITICAL
    assert findings(items) == 2


def test_a_dismissed_alert_is_an_attribute() -> None:
    items = read(GitHub(), sample("github.1.json"))

    assert list(entities(items, "attribute")) == [
        f"#attribute{REPOSITORY}/src/log.js#suppressed#codeql:js/log"
    ]


def test_a_dependency_alert_is_named_by_its_cve() -> None:
    (risk,) = entities(read(GitHub(), sample("github.2.json")), "risk").values()

    assert risk.key == f"#risk{REPOSITORY}/web/package-lock.json#CVE-2025-10030"
    assert (risk.severity, risk.remediation) == (Severity.HIGH, "Update left to 2.0.")


def test_a_secret_is_a_credential_and_nowhere_itself() -> None:
    items = read(GitHub(), sample("github.3.json"))
    digest = sha256(SECRET.encode()).hexdigest()

    assert entities(items, "credential")[f"#credential#shop_token#{digest}"].valid is True
    assert SECRET not in str(items)
    assert len(entities(items, "risk")) == 1


def test_graphql_is_read() -> None:
    (risk,) = entities(read(GitHub(), sample("github.4.json")), "risk").values()

    assert (risk.key, risk.severity) == (f"#risk{REPOSITORY}/pom.xml#CVE-2025-10031", Severity.MEDIUM)
