from format_contract import entities, findings, read, refusals, sample

from chariot.formats.ssh_audit import SshAudit
from chariot.model.states import Severity

PORT = "#port#192.0.2.22#tcp#2222"


def test_failed_and_warned_algorithms_and_cves_are_risks() -> None:
    items = read(SshAudit(), sample("ssh-audit.1.json"))

    risks = entities(items, "risk")
    assert {key.removeprefix(f"#risk{PORT}#"): risk.severity for key, risk in risks.items()} == {
        "ssh-audit:kex:ecdh-sha2-nistp256": Severity.HIGH,
        "ssh-audit:key:rsa-sha2-512": Severity.MEDIUM,
        "CVE-2020-15778": Severity.HIGH,
    }
    assert findings(items) == 3


def test_recommendations_say_what_to_do() -> None:
    risks = entities(read(SshAudit(), sample("ssh-audit.1.json")), "risk")

    assert risks[f"#risk{PORT}#ssh-audit:kex:ecdh-sha2-nistp256"].remediation == "Remove it"
    assert "3072" in risks[f"#risk{PORT}#ssh-audit:key:rsa-sha2-512"].remediation


def test_the_banner_shows_the_software() -> None:
    items = read(SshAudit(), sample("ssh-audit.1.json"))

    assert entities(items, "port")[PORT].banner == "SSH-2.0-OpenSSH_9.2p1 Debian-2"
    assert [one.product for one in entities(items, "technology").values()] == ["OpenSSH"]


def test_a_name_is_the_target_where_no_address_is_known() -> None:
    items = read(
        SshAudit(), sample("ssh-audit.1.json").replace(b"192.0.2.22:2222", b"ssh.perimeter.test:2222")
    )

    assert "#risk#domain#ssh.perimeter.test#ssh-audit:key:rsa-sha2-512:2222" in entities(items, "risk")


def test_a_server_without_a_target_is_refused() -> None:
    items = read(SshAudit(), b'{"banner":null,"kex":[]}')

    assert len(refusals(items)) == 1
