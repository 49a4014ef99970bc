import pytest
from format_contract import entities, findings, read, sample

from chariot.errors import InvalidError
from chariot.formats.osv_scanner import OsvScanner
from chariot.model.states import Severity

LOCK = "#file#/src/shop/poetry.lock"


def test_aliases_of_one_cve_are_one_risk_though_each_counts() -> None:
    items = read(OsvScanner(), sample("osv-scanner.1.json"))

    assert set(entities(items, "risk")) == {f"#risk{LOCK}#CVE-2025-10023", f"#risk{LOCK}#OSV-2025-7"}
    assert findings(items) == 3


def test_the_group_tells_the_severity_and_else_the_word() -> None:
    risks = entities(read(OsvScanner(), sample("osv-scanner.1.json")), "risk")

    assert risks[f"#risk{LOCK}#CVE-2025-10023"].severity is Severity.HIGH
    assert risks[f"#risk{LOCK}#OSV-2025-7"].severity is Severity.MEDIUM


def test_no_results_are_no_findings_but_another_object_is_refused() -> None:
    assert read(OsvScanner(), b'{"results": []}') == []
    with pytest.raises(InvalidError, match="results"):
        read(OsvScanner(), b'{"runs": []}')


def test_nothing_at_all_is_what_it_writes_where_it_finds_no_package() -> None:
    assert read(OsvScanner(), b"") == []


def test_an_empty_list_of_results_is_known() -> None:
    assert OsvScanner().sniff(b'{"results": []}') > 0
    assert read(OsvScanner(), b'{"results": []}') == []
