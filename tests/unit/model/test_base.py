import math
from datetime import UTC, datetime, timedelta, timezone
from typing import Annotated, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.model.base import Entity, declared
from chariot.model.evidence import Banner, HttpExchange
from chariot.model.fields import field
from chariot.model.kinds.network import Certificate, Domain, Port, WebApplication
from chariot.model.kinds.weakness import Factor, Risk, Vulnerability
from chariot.model.kinds.work import AlertRule, Job, Seed
from chariot.model.registry import KINDS, entity_decoder, entity_encoder
from strategies import entities

TARGET = "#domain#a.test"


@pytest.mark.parametrize("kind", list(KINDS))
@given(st.data())
def test_every_kind_comes_back_from_json_as_it_was(kind: str, data: st.DataObject) -> None:
    entity = data.draw(entities(kind))

    encoded = entity_encoder.encode(entity)
    decoded = entity_decoder.decode(encoded)

    assert decoded == entity
    assert type(decoded) is type(entity)
    assert entity_encoder.encode(decoded) == encoded


@pytest.mark.parametrize("kind", list(KINDS))
@given(st.data())
def test_replacing_nothing_changes_nothing(kind: str, data: st.DataObject) -> None:
    entity = data.draw(entities(kind))

    assert msgspec.structs.replace(entity) == entity


@pytest.mark.parametrize("kind", list(KINDS))
@given(st.data())
def test_every_entity_has_a_name_on_one_line_of_its_key(kind: str, data: st.DataObject) -> None:
    entity = data.draw(entities(kind))

    assert isinstance(entity.name, str)
    assert entity.key.startswith(f"#{kind}#")


BAD: list[tuple[type[Entity], dict[str, Any]]] = [
    (Domain, {"host": "a b.test"}),
    (Domain, {"host": 5}),
    (Domain, {"host": None}),
    (Domain, {"host": "a.test", "registrar": b"bytes"}),
    (Domain, {"host": "a.test", "registrar": "\0"}),
    (Domain, {"host": "a.test", "name_servers": "a.test"}),
    (Domain, {"host": "a.test", "name_servers": ("not a name",)}),
    (Domain, {"host": "a.test", "name_servers": (5,)}),
    (Port, {"address": "192.0.2.7", "protocol": "tcp", "number": 0}),
    (Port, {"address": "192.0.2.7", "protocol": "tcp", "number": 65_536}),
    (Port, {"address": "192.0.2.7", "protocol": "tcp", "number": True}),
    (Port, {"address": "192.0.2.7", "protocol": "tcp", "number": "443"}),
    (Port, {"address": "192.0.2.7", "protocol": "tcp", "number": 10**5_000}),
    (Port, {"address": "192.0.2.7", "protocol": "TCP!", "number": 443}),
    (WebApplication, {"url": "https://a.test/", "headers": (5,)}),
    (WebApplication, {"url": "https://a.test/", "headers": (("one",),)}),
    (WebApplication, {"url": "https://a.test/", "headers": ((1, 2),)}),
    (WebApplication, {"url": "https://a.test/", "title": 7}),
    (WebApplication, {"url": "https://a.test/", "title": "x" * 1_001}),
    (Certificate, {"sha256": "ab" * 32, "not_after": "2026-01-01"}),
    (Certificate, {"sha256": "ab" * 32, "not_after": datetime(2026, 1, 1)}),  # noqa: DTZ001 - that is the point
    (
        Certificate,
        {"sha256": "ab" * 32, "not_before": datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))},
    ),
    (
        Certificate,
        {
            "sha256": "ab" * 32,
            "not_after": datetime(9999, 12, 31, 23, tzinfo=timezone(-timedelta(hours=10))),
        },
    ),
    (Certificate, {"sha256": "ab" * 32, "self_signed": 1}),
    (Vulnerability, {"id": "CVE-2023-1234", "cvss_score": 10.1}),
    (Vulnerability, {"id": "CVE-2023-1234", "cvss_score": math.nan}),
    (Vulnerability, {"id": "CVE-2023-1234", "cvss_score": True}),
    (Vulnerability, {"id": "CVE-2023-1234", "epss": math.inf}),
    (Vulnerability, {"id": "CVE-2023-1234", "known_exploited": "yes"}),
    (Vulnerability, {"id": "CVE-2023-1234", "severity": "high"}),
    (Risk, {"target": "not a key", "weakness": "x"}),
    (Risk, {"target": "#risk#domain#a.test#x", "weakness": "x"}),
    (Risk, {"target": TARGET, "weakness": " "}),
    (Risk, {"target": TARGET, "weakness": "x", "score": 101}),
    (Risk, {"target": TARGET, "weakness": "x", "factors": (1, 2)}),
    (Risk, {"target": TARGET, "weakness": "x", "factors": 5}),
    (Risk, {"target": TARGET, "weakness": "x", "evidence": ("text",)}),
    (Risk, {"target": TARGET, "weakness": "x", "evidence": (Banner(text="x"),) * 21}),
    (Risk, {"target": TARGET, "weakness": "x", "state": "open"}),
    (Job, {"capability": "Has Spaces", "target": TARGET}),
    (Job, {"capability": "x", "target": TARGET, "found": -1}),
    (Seed, {"value": "0.0.0.0/0"}),
    (Seed, {"value": "single"}),
    (AlertRule, {"label": "x", "enabled": 1}),
]


@pytest.mark.parametrize(("cls", "values"), BAD, ids=range(len(BAD)))
def test_a_constructor_refuses_what_is_not_valid(cls: type[Entity], values: dict[str, Any]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the message begins with the field, tested below
        cls(**values)


def test_an_error_begins_with_the_field_that_is_wrong() -> None:
    with pytest.raises(ValueError, match=r"\Anumber: not a whole number from 1 to 65535: 0\Z"):
        Port(address="192.0.2.7", protocol="tcp", number=0)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Banner(text=5),
        lambda: Banner(text="x" * 70_000),
        lambda: Banner(text="\ud800"),
        lambda: HttpExchange(method="GET", url="x", response_headers=((1, 2),)),
        lambda: Factor(name="x", value="y", points=math.nan),
        lambda: Factor(name="x", value="y", points="many"),
        lambda: Factor(name=5, value="y", points=1),
    ],
    ids=range(7),
)
def test_parts_of_an_entity_are_checked_before_they_are_part_of_it(make: Any) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - each has its own words
        Risk(target=TARGET, weakness="x", evidence=_evidence(make()), factors=_factors(make()))


def _evidence(part: object) -> tuple[object, ...]:
    return () if isinstance(part, Factor) else (part,)


def _factors(part: object) -> tuple[object, ...]:
    return (part,) if isinstance(part, Factor) else ()


@pytest.mark.parametrize(
    "data",
    [
        b'{"kind":"domain","host":"a b"}',
        b'{"kind":"domain"}',
        b'{"kind":"domain","host":"a.test","nonsense":1}',
        b'{"kind":"nonsense","host":"a.test"}',
        b'{"kind":"certificate","sha256":"%s","not_before":"0001-01-01T00:00:00+14:00"}' % (b"ab" * 32),
        b'{"kind":"certificate","sha256":"%s","not_after":"9999-12-31T23:59:59-10:00"}' % (b"ab" * 32),
        b'{"kind":"port","address":"192.0.2.7","protocol":"tcp","number":1e400}',
    ],
)
def test_decoding_refuses_with_its_own_error(data: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        entity_decoder.decode(data)


def test_every_way_of_construction_gives_the_canonical_form() -> None:
    made = Domain(host="WWW.Bücher.TEST.")
    decoded = entity_decoder.decode('{"kind":"domain","host":"WWW.Bücher.TEST."}')
    replaced = msgspec.structs.replace(Domain(host="a.test"), host="WWW.Bücher.TEST.")

    assert made == decoded == replaced
    assert made.host == "www.xn--bcher-kva.test"


def test_an_instant_is_kept_in_utc() -> None:
    at = datetime(2026, 1, 1, 14, tzinfo=timezone(timedelta(hours=2)))

    certificate = Certificate(sha256="ab" * 32, not_after=at)

    assert certificate.not_after == datetime(2026, 1, 1, 12, tzinfo=UTC)
    assert certificate.not_after.tzinfo is UTC


def test_zero_has_one_sign() -> None:
    one = Vulnerability(id="CVE-2023-1234", cvss_score=-0.0, epss=-0.0)

    assert entity_encoder.encode(one).count(b"-0.0") == 0


def test_a_kind_without_an_identity_is_refused() -> None:
    class Nameless(Entity, frozen=True, tag="nameless"):
        title: Annotated[str, field("Title")] = ""

    with pytest.raises(TypeError, match="declares no identity"):
        declared(Nameless)


def test_a_field_without_a_declaration_is_refused() -> None:
    class Bare(Entity, frozen=True, tag="bare"):
        title: str = ""

    with pytest.raises(TypeError, match=r"Bare\.title is not declared"):
        declared(Bare)
