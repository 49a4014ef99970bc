import tracemalloc
from datetime import UTC, datetime
from io import BytesIO

import pytest

from chariot.format import Parsed, Refused
from chariot.formats.nessus import Nessus
from chariot.model.states import Severity

from .promises import FormatPromises, entities, findings, parsed, read, sample

NESSUS = Nessus()


class TestNessusPromises(FormatPromises):
    reader = NESSUS
    samples = ("nessus.1.nessus", "nessus.2.csv", "nessus.3.csv")


def test_a_plugin_with_two_cves_is_two_risks_at_its_port() -> None:
    found = entities(NESSUS, "nessus.1.nessus")

    first = found["#risk#port#192.0.2.10#tcp#443#CVE-2099-0001"]
    assert "#risk#port#192.0.2.10#tcp#443#CVE-2099-0002" in found
    assert (first.severity, first.remediation) == (Severity.CRITICAL, "Install widget 2.0.")


def test_an_open_port_alone_is_a_finding_and_no_risk() -> None:
    found = entities(NESSUS, "nessus.1.nessus")

    assert findings(NESSUS, sample("nessus.1.nessus")) == 5
    assert found["#port#192.0.2.10#tcp#443"].service == "http"
    assert not [key for key in found if key.endswith("nessus:11219")]


def test_a_host_brings_its_names_systems_and_products() -> None:
    found = entities(NESSUS, "nessus.1.nessus")

    assert "#technology#cpe:2.3:a:f5:nginx:1.24.0:*:*:*:*:*:*:*" in found
    assert "#attribute#address#192.0.2.10#operating-system#Linux Kernel 6.1" in found
    assert "#domain#www.perimeter.test" in found


def test_a_certificate_is_read_from_its_plugin() -> None:
    found = entities(NESSUS, "nessus.1.nessus")

    certificate = found["#certificate#" + "ab" * 32]
    assert certificate.subject == "CN=www.perimeter.test"
    assert certificate.not_after == datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_a_web_scan_stands_at_its_web_application() -> None:
    found = entities(NESSUS, "nessus.1.nessus") | entities(NESSUS, "nessus.2.csv")

    assert found["#risk#webapplication#http://shop.perimeter.test/#nessus:900003"].severity is Severity.HIGH


def test_csv_and_xml_agree_on_the_key() -> None:
    keys = [set(entities(NESSUS, name)) for name in ("nessus.1.nessus", "nessus.2.csv", "nessus.3.csv")]

    assert "#risk#port#192.0.2.10#tcp#443#CVE-2099-0001" in set.intersection(*keys)


def test_a_long_output_is_cut_and_says_so() -> None:
    whole = sample("nessus.1.nessus").replace(b"version 1.9", b"v" * 200_000)

    risks = [one for item in parsed(NESSUS, whole) for one in item.entities if one.kind == "risk"]

    assert any(piece.cut for one in risks for piece in one.evidence)


def test_a_host_that_is_nothing_is_refused_and_the_others_are_read() -> None:
    whole = sample("nessus.1.nessus").replace(b'<ReportHost name="http://shop', b'<ReportHost name="a b c')
    whole = whole.replace(b'<tag name="host-fqdn">http://shop.perimeter.test/</tag>', b"")

    found = read(NESSUS, whole)

    assert [item for item in found if isinstance(item, Refused)]
    assert sum(item.findings for item in found if isinstance(item, Parsed)) == 4


AUDIT = """<NessusClientData_v2><Report xmlns:cm="http://www.nessus.org/cm"><ReportHost name="192.0.2.9">{}
</ReportHost></Report></NessusClientData_v2>"""
CHECK = """<ReportItem port="0" protocol="tcp" severity="3" pluginID="21156" pluginName="Windows Compliance Checks">
<cm:compliance-check-name>{}</cm:compliance-check-name><cm:compliance-result>{}</cm:compliance-result>
<cm:compliance-actual-value>14</cm:compliance-actual-value></ReportItem>"""
AUDIT_CSV = """Plugin ID,CVE,Risk,Host,Protocol,Port,Name,Description,Plugin Output
21156,,FAILED,192.0.2.9,tcp,0,Windows Compliance Checks,"""
OF_AUDIT = "#risk#address#192.0.2.9#nessus:21156:1.1 History"


def test_each_check_of_an_audit_is_a_risk_of_its_own_unless_it_passed() -> None:
    checks = [("1.1 History", "FAILED"), ("1.2 Age", "WARNING"), ("1.3 Length", "PASSED"), ("1.4 X", "ERROR")]
    data = AUDIT.format("".join(CHECK.format(*one) for one in checks)).encode()

    keys = {one.key for item in parsed(NESSUS, data) for one in item.entities}

    assert {key for key in keys if key.startswith("#risk")} == {
        OF_AUDIT,
        OF_AUDIT.replace("1.1 History", "1.2 Age"),
    }
    assert {key for key in keys if key.startswith("#attribute")} == {
        "#attribute#address#192.0.2.9#passed#1.3 Length",
        "#attribute#address#192.0.2.9#error#1.4 X",
    }


@pytest.mark.parametrize(
    ("description", "key"),
    [
        ('"""1.1 History"" : [FAILED]\n\nlong"', OF_AUDIT),
        ('"1.1 History: [PASSED]"', "#attribute#address#192.0.2.9#passed#1.1 History"),
    ],
)
def test_an_audit_in_csv_is_the_same(description: str, key: str) -> None:
    (item,) = parsed(NESSUS, f"{AUDIT_CSV}{description},x\n".encode())

    assert key in {one.key for one in item.entities}


def test_a_name_beside_its_address_is_a_name_of_it() -> None:
    head = b"Plugin ID,Host,IP Address,Port,Protocol,Plugin Name,Severity,Plugin Output\n"
    data = head + b"1,a.test,192.0.2.9,80,TCP,X,Low,\n"

    (item,) = parsed(NESSUS, data)

    assert "#domain#a.test" in {one.key for one in item.entities}


def test_memory_stays_constant_over_many_hosts() -> None:
    host = sample("nessus.1.nessus").split(b"<ReportHost", 2)[1].split(b"</ReportHost>")[0]
    hosts = (b"<ReportHost" + host + b"</ReportHost>") * 2_000
    data = BytesIO(b'<NessusClientData_v2><Report name="x">' + hosts + b"</Report></NessusClientData_v2>")
    tracemalloc.start()

    for _ in NESSUS.parse(data):
        pass

    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # Small caches fill at first; what would be kept of each host is more than the file.
    assert peak_bytes < len(hosts) / 3


def test_what_tenable_calls_fixed_is_no_risk() -> None:
    rows = (
        "Plugin ID,CVE,Risk,Host,Protocol,Port,Name,Plugin Output,Vulnerability State,IP Address,FQDN,OS,Last Found\n"
        "156014,CVE-2021-44228,Critical,192.0.2.96,tcp,8443,Log4Shell,x,Resurfaced,192.0.2.96,tn.shop.test,Linux,"
        "2026-02-01T10:00:00Z\n"
        "97833,CVE-2017-0144,Critical,192.0.2.96,tcp,445,SMB,x,Fixed,192.0.2.96,tn.shop.test,Linux,\n"
    )

    said = {one.key for item in parsed(Nessus(), rows.encode()) for one in item.entities}

    assert [key for key in said if key.startswith("#risk#")] == [
        "#risk#port#192.0.2.96#tcp#8443#CVE-2021-44228"
    ]
    assert {"#attribute#port#192.0.2.96#tcp#445#fixed#CVE-2017-0144", "#domain#tn.shop.test"} <= said
