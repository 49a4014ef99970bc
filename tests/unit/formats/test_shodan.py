import gzip
import json

from chariot.formats.shodan import Shodan
from chariot.model.states import Severity

from .promises import FormatPromises, entities, parsed, sample

SHODAN = Shodan()


class TestShodanPromises(FormatPromises):
    reader = SHODAN
    samples = ("shodan.1.jsonl", "shodan.2.json")


def test_a_banner_brings_port_product_page_and_certificate() -> None:
    found = entities(SHODAN, "shodan.1.jsonl")

    assert found["#port#192.0.2.10#tcp#443"].service == "https"
    assert found["#address#192.0.2.10"].asn == 64_500
    assert found["#webapplication#https://192.0.2.10/"].title == "Perimeter"
    assert found["#certificate#" + "ab" * 32].issuer == "CN=Perimeter Test CA"
    assert "#technology#cpe:2.3:a:f5:nginx:1.24.0:*:*:*:*:*:*:*" in found


def test_an_unverified_vulnerability_is_hardly_sure() -> None:
    risk = entities(SHODAN, "shodan.1.jsonl")["#risk#port#192.0.2.10#tcp#443#CVE-2099-0001"]

    assert (risk.severity, risk.confidence) == (Severity.CRITICAL, 30)


def test_the_short_form_is_read_too() -> None:
    found = entities(SHODAN, "shodan.2.json")

    assert {"#port#192.0.2.10#tcp#22", "#port#192.0.2.10#tcp#443"} <= set(found)
    assert "#risk#address#192.0.2.10#CVE-2099-0001" in found


def test_a_packed_file_gives_the_same() -> None:
    whole = sample("shodan.1.jsonl")

    assert SHODAN.sniff(gzip.compress(whole)[:8_192]) == SHODAN.sniff(whole)
    assert parsed(SHODAN, gzip.compress(whole)) == parsed(SHODAN, whole)


def test_a_host_answer_gives_its_banners() -> None:
    lines = [json.loads(line) for line in sample("shodan.1.jsonl").splitlines()]
    whole = json.dumps(
        {"ip_str": "192.0.2.10", "ports": [443], "hostnames": ["www.perimeter.test"], "data": lines[:1]}
    )

    keys = {one.key for item in parsed(SHODAN, whole.encode()) for one in item.entities}

    assert {"#port#192.0.2.10#tcp#443", "#domain#www.perimeter.test"} <= keys


def test_what_only_the_host_is_said_to_have_is_a_risk_of_the_host() -> None:
    host = {
        "ip_str": "192.0.2.9",
        "vulns": ["CVE-2099-0001", "CVE-2099-0002"],
        "data": [{"ip_str": "192.0.2.9", "port": 22, "vulns": {"CVE-2099-0001": {"cvss": 5.0}}}],
    }

    risks = [
        one.key
        for item in parsed(SHODAN, json.dumps(host).encode())
        for one in item.entities
        if one.kind == "risk"
    ]

    assert risks == ["#risk#port#192.0.2.9#tcp#22#CVE-2099-0001", "#risk#address#192.0.2.9#CVE-2099-0002"]


def test_a_banner_without_a_product_says_it_itself() -> None:
    banner = {"ip_str": "2001:db8::9", "port": 22, "transport": "tcp", "data": "SSH-2.0-OpenSSH_9.2\r\n"}

    (said,) = parsed(SHODAN, json.dumps(banner).encode())

    assert [one.product for one in said.entities if one.kind == "technology"] == ["OpenSSH"]
