import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.formats.support.record import Record, host_entity, web_root
from chariot.formats.support.values import key_values
from chariot.model.keys import kind_of
from chariot.model.kinds.network import Port, WebApplication
from chariot.model.kinds.weakness import Risk
from chariot.model.states import Severity


@pytest.mark.parametrize(
    ("url", "root"),
    [
        ("https://WWW.Perimeter.test:443/a?b#c", "https://www.perimeter.test:443/"),
        ("http://[2001:db8::1]:8080/x", "http://[2001:db8::1]:8080/"),
        ("http://a.test.", "http://a.test/"),
        ("http://user:secret@a.test/", "http://a.test/"),
    ],
)
def test_the_root_of_an_address_carries_no_more_than_host_and_port(url: str, root: str) -> None:
    assert web_root(url) == root


@pytest.mark.parametrize(
    "url", ["", "ftp://a.test/", "http://", "http://[::1", "http://a:99999999/", None, 7]
)
def test_what_is_no_web_address_is_refused(url: object) -> None:
    with pytest.raises(ValueError, match="not a web address"):
        web_root(url)


def test_an_application_stands_at_its_port_and_name() -> None:
    record = Record("here")

    record.web("https://www.perimeter.test/x", "192.0.2.7")

    assert {f"{one.type.value} {one.source} {one.target}" for one in record.parsed().relationships} == {
        "RESOLVES_TO #domain#www.perimeter.test #address#192.0.2.7",
        "NAMES #domain#www.perimeter.test #webapplication#https://www.perimeter.test/",
        "HAS_PORT #address#192.0.2.7 #port#192.0.2.7#tcp#443",
        "SERVES #port#192.0.2.7#tcp#443 #webapplication#https://www.perimeter.test/",
    }


def test_later_words_fill_in_what_was_not_said() -> None:
    record = Record("here")

    record.port("192.0.2.7", 22, banner="SSH-2.0-x")
    record.add(Port(address="192.0.2.7", protocol="tcp", number=22, service="ssh"))

    port = next(one for one in record.parsed().entities if isinstance(one, Port))
    assert (port.service, port.banner) == ("ssh", "SSH-2.0-x")


def test_the_same_risk_again_adds_its_evidence_and_keeps_the_worse_severity() -> None:
    record = Record("here")
    target = record.host("a.test")

    for severity, url in ((Severity.HIGH, "/1"), (Severity.LOW, "/2"), (None, "/2")):
        record.risk(target, "x:1", title="X", severity=severity, evidence=(key_values("at", {"url": url}),))

    risk = next(one for one in record.parsed().entities if isinstance(one, Risk))
    assert (risk.severity, len(risk.evidence)) == (Severity.HIGH, 2)


def test_an_unknown_product_is_a_fact() -> None:
    record = Record("here")
    target = record.host("a.test")

    record.runs(target, "Frobnicator", "2")
    record.runs(target, "nginx", "1.24.0")

    assert {kind_of(one.key) for one in record.parsed().entities} == {"domain", "attribute", "technology"}


@given(written=st.text(max_size=100))
def test_any_host_is_an_entity_or_refused(written: str) -> None:
    try:
        kind = host_entity(written).kind
    except ValueError:
        kind = "refused"
    assert kind in ("address", "domain", "refused")


@given(path=st.text(max_size=100))
def test_any_path_is_a_fact_of_its_application(path: str) -> None:
    record = Record("here")

    record.page(f"https://a.test/{path}", status=200)

    assert any(isinstance(one, WebApplication) for one in record.parsed().entities)


def test_what_a_service_and_a_page_say_is_kept_without_their_secrets() -> None:
    record = Record("line 1")
    port = record.port("192.0.2.7", 443, banner="220 ready token=hunter2")
    page = record.web(
        "https://a.test/",
        title="session_id=abc123",
        headers=(("Set-Cookie", "sid=abc123; Path=/"), ("Authorization", "Bearer abc123")),
    )

    found = {entity.key: entity for entity in record.parsed().entities}

    assert "hunter2" not in str(found[port])
    assert "abc123" not in str(found[page])
    assert "sid=" in str(found[page])
