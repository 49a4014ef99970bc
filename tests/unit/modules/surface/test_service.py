from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.errors import InvalidError
from chariot.model.keys import Organisation
from chariot.model.kinds.network import Domain
from chariot.model.kinds.weakness import Risk
from chariot.model.observations import BATCH_LIMIT, Edit, Observations
from chariot.model.states import RiskState
from chariot.modules.surface.query import Query
from chariot.modules.surface.service import SurfaceService

ACME = Organisation("acme")
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
GOOD = b'{"kind":"domain","host":"good.test"}'
OTHER = b'{"kind":"domain","host":"other.test"}'
DEEP = b"[" * 100_000


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[SurfaceService]:
    store = SqliteEntityStore(SqliteDatabase(tmp_path / "t.db"), now=lambda: NOON)
    yield SurfaceService(store, now=lambda: NOON)
    await store.close()


def batch(*entities: bytes, relationships: bytes = b"", **frame: Any) -> bytes:
    values = {"capability": "probe", "seen_at": "2026-01-01T12:00:00Z"} | frame
    head = msgspec.json.encode(values)[:-1]
    return b'%s,"entities":[%s],"relationships":[%s]}' % (head, b",".join(entities), relationships)


async def landed(service: SurfaceService) -> list[str]:
    page = await service.store.find(ACME, Query(kinds=("domain", "address", "port", "seed", "netblock")))
    return [record.name for record in page.items]


BAD_ENTITIES = {
    "unknown kind": (b'{"kind":"spaceship","name":"x"}', "Invalid value 'spaceship'"),
    "no kind": (b'{"host":"a.test"}', "missing required field `kind`"),
    "not an object": (b'"a.test"', "Expected `object`"),
    "null": (b"null", "Expected `object`"),
    "wrong type": (b'{"kind":"domain","host":5}', "Expected `str`, got `int`"),
    "no identity": (b'{"kind":"domain"}', "missing required field `host`"),
    "unknown field": (b'{"kind":"domain","host":"a.test","colour":"red"}', "unknown field `colour`"),
    "10 MB of text": (b'{"kind":"domain","host":"%s"}' % (b"a" * 10_000_000), "longer than 4,096 characters"),
    "10 MB from outside": (
        b'{"kind":"domain","host":"a.test","registrar":"%s"}' % (b"a" * 10_000_000),
        "longer than 500 characters",
    ),
    "control characters": (b'{"kind":"domain","host":"a\\u0007.test"}', "has a control character"),
    "NUL": (b'{"kind":"domain","host":"a.test","registrar":"\\u0000"}', "has a NUL character"),
    "invalid UTF-8": (b'{"kind":"domain","host":"\xff\xfe.test"}', "utf-8"),
    "the whole internet": (b'{"kind":"netblock","cidr":"0.0.0.0/0"}', "nobody owns that much"),
    "the whole IPv6 internet": (b'{"kind":"netblock","cidr":"::/0"}', "nobody owns that much"),
    "a huge whole number": (
        b'{"kind":"port","address":"192.0.2.7","protocol":"tcp","number":%s}' % (b"9" * 4_000),
        "number",
    ),
    "an endless number": (
        b'{"kind":"port","address":"192.0.2.7","protocol":"tcp","number":1e400}',
        "Number out of range",
    ),
    "an instant beyond the calendar": (
        b'{"kind":"certificate","sha256":"%s","not_after":"9999-12-31T23:59:59-10:00"}' % (b"ab" * 32),
        "UTC",
    ),
    "too deep a list": (
        b'{"kind":"domain","host":"a.test","name_servers":%s%s}' % (b"[" * 500, b"]" * 500),
        "Expected `str`, got `array`",
    ),
    "a number as text": (b'{"kind":"port","address":"192.0.2.7","protocol":"tcp","number":"443"}', "number"),
}


@pytest.mark.parametrize(("bad", "reason"), BAD_ENTITIES.values(), ids=list(BAD_ENTITIES))
async def test_a_bad_item_is_refused_alone_with_its_place(
    service: SurfaceService, bad: bytes, reason: str
) -> None:
    applied = await service.observe_json(
        ACME, batch(GOOD, OTHER, GOOD, bad, b'{"kind":"netblock","cidr":"192.0.2.0/28"}')
    )

    (refusal,) = applied.refused
    assert refusal.place == "entities[3]"
    assert reason in refusal.reason
    assert len(refusal.reason) < 400
    assert await landed(service) == ["good.test", "other.test", "192.0.2.0/28"]


BAD_RELATIONSHIPS = {
    "unknown type": b'{"type":"EATS","source":"#domain#good.test","target":"#domain#other.test"}',
    "wrong ends": b'{"type":"RESOLVES_TO","source":"#domain#good.test","target":"#domain#other.test"}',
    "no such entity": b'{"type":"ALIAS_OF","source":"#domain#good.test","target":"#domain#absent.test"}',
    "itself": b'{"type":"ALIAS_OF","source":"#domain#good.test","target":"#domain#good.test"}',
    "no key": b'{"type":"ALIAS_OF","source":"","target":""}',
    "10 MB key": b'{"type":"ALIAS_OF","source":"#domain#good.test","target":"#domain#%s"}'
    % (b"a" * 10_000_000),
    "invalid UTF-8": b'{"type":"ALIAS_OF","source":"#domain#good.test","target":"#domain#\xff"}',
    "unknown field": b'{"type":"ALIAS_OF","source":"#domain#good.test","target":"#domain#other.test","x":1}',
    "wrong evidence": (
        b'{"type":"ALIAS_OF","source":"#domain#good.test","target":"#domain#other.test","evidence":[{"form":"x"}]}'
    ),
}


@pytest.mark.parametrize("bad", BAD_RELATIONSHIPS.values(), ids=list(BAD_RELATIONSHIPS))
async def test_a_bad_relationship_is_refused_alone_with_its_place(
    service: SurfaceService, bad: bytes
) -> None:
    good = b'{"type":"ALIAS_OF","source":"#domain#good.test","target":"#domain#other.test"}'

    applied = await service.observe_json(ACME, batch(GOOD, OTHER, relationships=b",".join((good, bad))))

    (refusal,) = applied.refused
    assert refusal.place == "relationships[1]"
    assert len(refusal.reason) < 400
    assert (applied.created, applied.linked) == (2, 1)


BAD_BATCHES = {
    "empty": (b"", "batch"),
    "no JSON": (b"<xml/>", "batch"),
    "cut short": (batch(GOOD)[:-5], "batch"),
    "a list": (b"[]", "batch"),
    "deep": (DEEP, "batch"),
    "deep below": (b'{"capability":"probe","seen_at":"2026-01-01T12:00:00Z","entities":[%s' % DEEP, "batch"),
    "invalid UTF-8": (b"\xff\xfe", "batch"),
    "a lone surrogate": (batch(GOOD, b'{"kind":"domain","host":"\\ud800"}'), "batch"),
    "a bare control character": (batch(GOOD, b'{"kind":"domain","host":"a\x01"}'), "batch"),
    "no moment": (b'{"capability":"probe"}', "seen_at"),
    "no time zone": (batch(GOOD, seen_at="2026-01-01T12:00:00"), "seen_at"),
    "beyond the calendar": (batch(GOOD, seen_at="9999-12-31T23:59:59-10:00"), "seen_at"),
    "no name": (batch(GOOD, capability=""), "capability"),
    "a name that is none": (batch(GOOD, capability="Rob'); DROP TABLE version;"), "capability"),
    "an unknown field": (batch(GOOD, colour="red"), "colour"),
    "an unknown source": (batch(GOOD, source="hearsay"), "source"),
    "a tag that is no label": (batch(GOOD, tags={"Not A Label": "x"}), "tags"),
    "seen tomorrow": (batch(GOOD, seen_at="2026-01-02T12:00:00Z"), "seen_at"),
}


@pytest.mark.parametrize(("data", "place"), BAD_BATCHES.values(), ids=list(BAD_BATCHES))
async def test_a_bad_batch_is_refused_whole_with_its_place(
    service: SurfaceService, data: bytes, place: str
) -> None:
    with pytest.raises(InvalidError) as refused:
        await service.observe_json(ACME, data)

    assert refused.value.place == place
    assert refused.value.message
    assert len(str(refused.value)) < 400
    assert await service.store.organisations() == []


async def test_a_batch_of_nothing_but_bad_items_lands_empty(service: SurfaceService) -> None:
    applied = await service.observe_json(ACME, batch(b"1", b"2"))

    assert [refusal.place for refusal in applied.refused] == ["entities[0]", "entities[1]"]
    assert (applied.sequence, applied.created) == (0, 0)


async def test_a_batch_that_is_too_large_is_refused(service: SurfaceService) -> None:
    many = Observations(
        capability="probe", seen_at=NOON, entities=(Domain(host="a.test"),) * (BATCH_LIMIT + 1)
    )

    with pytest.raises(InvalidError, match="more than 50,000 items"):
        await service.observe(ACME, many)


async def test_clocks_may_differ_a_little(service: SurfaceService) -> None:
    applied = await service.observe_json(ACME, batch(GOOD, seen_at="2026-01-01T12:09:00Z"))

    assert applied.created == 1


async def test_a_sighting_cannot_decide(service: SurfaceService) -> None:
    risk = b'{"kind":"risk","target":"#domain#good.test","weakness":"x","state":"accepted","owner":"eve"}'
    await service.observe_json(ACME, batch(risk))

    record = (await service.store.get(ACME, [Risk(target="#domain#good.test", weakness="x").key])).popitem()[
        1
    ]

    assert isinstance(record.entity, Risk)
    assert (record.entity.state, record.entity.owner) == (RiskState.TRIAGE, "")


async def test_an_edit_to_a_field_that_is_none_changes_nothing(service: SurfaceService) -> None:
    await service.observe_json(ACME, batch(GOOD))
    key = Domain(host="good.test").key

    with pytest.raises(InvalidError, match="has no such field") as refused:
        await service.edit(ACME, [Edit(actor="ana", key=key, fields={"colour": "red"})])
    assert refused.value.place == "colour"
    with pytest.raises(InvalidError, match="part of the key"):
        await service.edit(ACME, [Edit(actor="ana", key=key, fields={"host": "other.test"})])
    with pytest.raises(InvalidError, match="registrar"):
        await service.edit(ACME, [Edit(actor="ana", key=key, fields={"registrar": 5})])

    assert await service.store.last_sequence() == 1


async def test_a_preview_tells_what_would_happen_and_does_nothing(service: SurfaceService) -> None:
    seen = Observations(capability="probe", seen_at=NOON, entities=(Domain(host="good.test"),))

    previewed = await service.preview(ACME, seen)

    assert previewed.created == 1
    assert await service.store.organisations() == []
    assert (await service.observe(ACME, seen)).created == 1
    assert (await service.preview(ACME, seen)).confirmed == 1


async def test_expiry_tells_how_much_it_changed(tmp_path: Path) -> None:
    now = [NOON]
    store = SqliteEntityStore(SqliteDatabase(tmp_path / "t.db"), now=lambda: now[0])
    service = SurfaceService(store, now=lambda: now[0])
    await service.observe_json(ACME, batch(GOOD, OTHER))
    now[0] += timedelta(days=15)

    stale = await service.expire(ACME)
    again = await service.expire(ACME)
    await store.close()

    assert (stale.changed, stale.sequence) == (2, 4)
    assert again.changed == 0


SPACED = b'{ "host": "good.test", "kind": "domain" }'
UNLIKE = b'{"kind":"domain","host":"GOOD.test."}'


@pytest.mark.parametrize("again", [GOOD, SPACED, UNLIKE], ids=["to the letter", "spaced", "not canonical"])
async def test_what_says_the_same_is_seen_again_however_it_is_written(
    service: SurfaceService, again: bytes
) -> None:
    await service.observe_json(ACME, batch(GOOD))

    applied = await service.observe_json(ACME, batch(again))

    assert (applied.created, applied.changed, applied.confirmed, applied.refused) == (0, 0, 1, ())


async def test_refusals_stand_in_the_order_of_the_items(service: SurfaceService) -> None:
    later = b'{"kind":"domain","host":"z.test","registrar":"\\u0000"}'
    first = b'{"kind":"domain","host":"a.test","colour":"red"}'

    applied = await service.observe_json(ACME, batch(later, b"5", first))

    assert [refusal.place for refusal in applied.refused] == ["entities[0]", "entities[1]", "entities[2]"]
