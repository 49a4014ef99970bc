import pytest
from format_contract import edges, entities, findings, read, refusals, sample
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from chariot.errors import InvalidError
from chariot.formats.nmap import Nmap
from chariot.model.states import Severity

SSH = "#port#192.0.2.7#tcp#22"
TLS = "#port#192.0.2.7#tcp#443"


def report(inside: bytes, *, before: bytes = b"") -> bytes:
    return b'<?xml version="1.0"?>' + before + b'<nmaprun scanner="nmap">' + inside + b"</nmaprun>"


def host(address: bytes = b"192.0.2.7", kind: bytes = b"ipv4", rest: bytes = b"") -> bytes:
    return b'<host><status state="up"/><address addr="%s" addrtype="%s"/>%s</host>' % (address, kind, rest)


def test_only_open_ports_are_ports() -> None:
    items = read(Nmap(), sample("nmap.1.xml"))

    assert list(entities(items, "port")) == [SSH, TLS]
    assert entities(items, "port")[SSH].banner == "SSH-2.0-OpenSSH_7.4"
    assert edges(items, "RESOLVES_TO") == {("#domain#www.perimeter.test", "#address#192.0.2.7")}


def test_a_services_cpe_is_its_technology() -> None:
    items = read(Nmap(), sample("nmap.1.xml"))

    known = entities(items, "technology")["#technology#cpe:2.3:a:openbsd:openssh:7.4:*:*:*:*:*:*:*"]
    assert (known.product, known.version) == ("OpenSSH", "7.4")


@pytest.mark.parametrize(
    ("service", "spoken"),
    [
        (b'name="ssh"', "ssh"),
        (b'name="http" tunnel="ssl"', "https"),
        (b'name="http"', "http"),
        (b'name="tcpwrapped"', ""),
        (b'name="unknown"', ""),
    ],
)
def test_what_nmap_cannot_tell_is_no_service(service: bytes, spoken: str) -> None:
    port = (
        b'<ports><port protocol="tcp" portid="80"><state state="open"/><service %s/></port></ports>' % service
    )

    items = read(Nmap(), report(host(rest=port)))

    assert [one.service for one in entities(items, "port").values()] == [spoken]


def test_scripts_that_say_vulnerable_are_risks() -> None:
    items = read(Nmap(), sample("nmap.1.xml"))

    risks = entities(items, "risk")
    assert set(risks) == {f"#risk{SSH}#CVE-2018-15473", f"#risk{TLS}#CVE-2014-3566"}
    assert risks[f"#risk{SSH}#CVE-2018-15473"].severity is Severity.MEDIUM
    assert findings(items) == 2 + 2 + 1


def test_a_host_that_is_down_says_nothing() -> None:
    items = read(Nmap(), sample("nmap.1.xml"))

    assert "#address#192.0.2.8" not in entities(items, "address")


def test_an_ipv6_host_is_read() -> None:
    port = b'<ports><port protocol="tcp" portid="80"><state state="open"/></port></ports>'

    items = read(Nmap(), report(host(b"2001:0DB8::1", b"ipv6", port)))

    assert list(entities(items, "port")) == ["#port#2001:db8::1#tcp#80"]


@pytest.mark.parametrize("number", [b"0", b"-1", b"65536", b"99999999999999999999", b"x", b""])
def test_a_number_that_is_no_port_is_left_out(number: bytes) -> None:
    port = b'<ports><port protocol="tcp" portid="%s"><state state="open"/></port></ports>' % number

    items = read(Nmap(), report(host(rest=port)))

    assert entities(items, "port") == {}
    assert refusals(items) == []


@pytest.mark.parametrize(
    "name",
    [
        b"-.x",
        b"a b",
        b"&lt;script&gt;",
        b"%00",
        b"..",
        b"192.0.2.1",
        b"x" * 300,
        b"a\xc2\xadb.test",
        b"a&#xa;b",
    ],
)
def test_a_hostile_host_name_names_nothing(name: bytes) -> None:
    names = b'<hostnames><hostname name="%s"/><hostname name="ok.perimeter.test"/></hostnames>' % name

    items = read(Nmap(), report(host(rest=names)))

    assert "#domain#ok.perimeter.test" in entities(items, "domain")
    assert refusals(items) == []
    assert len(entities(items, "domain")) <= 2


@given(name=st.text(max_size=80))
def test_any_name_that_xml_can_hold_is_read(name: str) -> None:
    element = etree.Element("hostname")
    try:
        element.set("name", name)
    except ValueError:
        element.set("name", "")
    names = b"<hostnames>" + etree.tostring(element) + b"</hostnames>"

    assert refusals(read(Nmap(), report(host(rest=names)))) == []


def test_an_address_that_is_none_refuses_its_host_alone() -> None:
    items = read(Nmap(), report(host(b"300.1.1.1") + host()))

    assert [item.place for item in refusals(items)] == ["host 1 (line 1)"]
    assert "#address#192.0.2.7" in entities(items, "address")


def test_a_truncated_file_names_its_line() -> None:
    with pytest.raises(InvalidError, match="line"):
        read(Nmap(), sample("nmap.1.xml")[:-200])


@pytest.mark.parametrize("data", [b"", b"   \n"])
def test_an_empty_file_is_an_error(data: bytes) -> None:
    with pytest.raises(InvalidError):
        read(Nmap(), data)


def test_entities_are_not_expanded() -> None:
    levels = b"".join(b'<!ENTITY e%d "%s">' % (n, b"&e%d;" % (n - 1) * 10) for n in range(1, 10))
    bomb = b'<!DOCTYPE nmaprun [<!ENTITY e0 "ha">' + levels + b"]>"

    with pytest.raises(InvalidError):
        read(Nmap(), report(host(rest=b'<hostnames><hostname name="&e9;"/></hostnames>'), before=bomb))


def test_an_external_entity_is_not_read(tmp_path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("swordfish")
    outside = b'<!DOCTYPE nmaprun [<!ENTITY e SYSTEM "%s">]>' % secret.as_uri().encode()
    service = b'<service name="x"><cpe>cpe:/a:v:&e;</cpe></service>'
    port = b'<ports><port protocol="tcp" portid="80"><state state="open"/>%s</port></ports>' % service

    items = read(Nmap(), report(host(rest=port), before=outside))

    assert "swordfish" not in repr(items)
    assert entities(items, "technology") == {}


@pytest.mark.parametrize("name", ["utf-16", "iso-8859-1"])
def test_a_declared_encoding_is_obeyed(name: str) -> None:
    text = f'<?xml version="1.0" encoding="{name}"?><nmaprun>' + host().decode() + "</nmaprun>"

    assert "#address#192.0.2.7" in entities(read(Nmap(), text.encode(name)), "address")


@pytest.mark.parametrize(
    "data",
    [
        '<?xml version="1.0" encoding="utf-8"?><nmaprun a="ä"/>'.encode("latin-1"),
        b'<?xml version="1.0" encoding="no-such-encoding"?><nmaprun/>',
        "<nmaprun/>".encode("utf-32"),
    ],
)
def test_a_wrong_encoding_is_an_error(data: bytes) -> None:
    with pytest.raises(InvalidError):
        read(Nmap(), data)


def test_what_a_script_says_of_the_host_is_a_risk_at_its_address() -> None:
    script = (
        b'<hostscript><script id="smb-vuln-ms17-010"><table key="CVE-2017-0143"><elem key="state">VULNERABLE</elem>'
        b'<elem key="title">SMB</elem></table></script><script id="ssl-cert"><elem key="pem">x</elem></script>'
        b"</hostscript>"
    )

    items = read(Nmap(), report(host(rest=script)))

    assert set(entities(items, "risk")) == {"#risk#address#192.0.2.7#CVE-2017-0143"}
    assert findings(items) == 1


def test_the_likeliest_system_is_an_attribute_with_its_accuracy() -> None:
    systems = b'<osmatch name="Linux 5.0 - 5.14" accuracy="98"/><osmatch name="RouterOS" accuracy="91"/>'

    items = read(Nmap(), report(host(rest=b"<os>" + systems + b"</os>")))

    assert [one.value for one in entities(items, "attribute").values()] == ["Linux 5.0 - 5.14"]
    assert items[0].relationships[0].evidence[0].values == {"accuracy in %": "98"}
