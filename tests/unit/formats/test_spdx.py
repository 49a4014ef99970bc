from format_contract import entities, findings, read, sample

from chariot.formats.spdx import Spdx


def test_an_advisory_of_a_package_is_a_risk_at_what_the_document_describes() -> None:
    items = read(Spdx(), sample("spdx.1.json"))

    assert list(entities(items, "risk")) == ["#risk#file#shop-image#CVE-2025-10016"]
    assert "#attribute#file#shop-image#fixed#CVE-2025-10017" in entities(items, "attribute")
    assert findings(items) == 2


def test_one_stated_cpe_is_a_technology() -> None:
    assert len(entities(read(Spdx(), sample("spdx.1.json")), "technology")) == 1


def test_the_cpe_of_a_tool_that_guesses_is_none() -> None:
    items = read(Spdx(), sample("spdx.2.spdx"))

    assert not entities(items, "technology")
    assert list(entities(items, "risk")) == ["#risk#file#shop-image#GHSA-abcd-2345-wxyz"]


def test_version_three_says_what_affects_and_what_does_not() -> None:
    items = read(Spdx(), sample("spdx.3.json"))

    risk = entities(items, "risk")["#risk#file#shop-three#CVE-2025-10018"]

    assert (risk.title, risk.remediation) == ("CVE-2025-10018 in libp 3", "Update.")
    assert "#attribute#file#shop-three#not-affected#CVE-2025-10019" in entities(items, "attribute")
