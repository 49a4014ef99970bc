"""Decisions alone; how they land is the contract of the store, how sightings merge stands in test_merge."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from chariot.errors import ConflictError, InvalidError, NotFoundError
from chariot.model.base import Entity
from chariot.model.evidence import Banner
from chariot.model.keys import Key
from chariot.model.kinds.candidate import Candidate
from chariot.model.kinds.network import Address, Domain, Port
from chariot.model.kinds.weakness import Risk
from chariot.model.observations import Edit
from chariot.model.records import Op
from chariot.model.registry import entity_decoder
from chariot.model.relationships import Relationship, RelationshipType
from chariot.model.states import RiskState, Status
from chariot.modules.surface.decide import edge_id, edit, link, observe, replaced, silence
from chariot.modules.surface.merge import entity_doc, read_common, sighting
from chariot.modules.surface.states import Common, EntityWrite, Stored, StoredEdge, micros

NOW_US = micros(datetime(2026, 1, 1, 12, tzinfo=UTC))
DAY_US = 86_400_000_000
SHOP = Domain(host="shop.test")
RISK = Risk(target="#domain#shop.test", weakness="x")


def stored(entity: Entity, **values: Any) -> dict[Key, Stored]:
    held = Stored(1, "active", entity_doc(entity), "{}", NOW_US, NOW_US, NOW_US, "probe", "")
    return {entity.key: msgspec.structs.replace(held, **values)}


def decided(edits: list[Edit], held: dict[Key, Stored] | None = None) -> list[EntityWrite]:
    return edit(edits, NOW_US)(held or {}, {}).entities


def test_an_edit_creates_what_is_not_there() -> None:
    (write,) = decided([Edit(actor="ana", why="ours", entity=SHOP, tags={"env": "prod"})])

    assert (write.op, write.revision, write.status) == (Op.CREATED, 1, "active")
    assert (write.actor, write.why) == ("ana", "ours")
    assert read_common(write.common).tags == {"env": "prod"}
    assert set(read_common(write.common).decided) == {"status", "tag:env"}


def test_an_edit_by_entity_sets_only_what_it_states() -> None:
    held = stored(Risk(target=RISK.target, weakness="x", owner="ana", severity=None))

    (write,) = decided([Edit(actor="bob", entity=Risk(target=RISK.target, weakness="x", score=7))], held)

    entity = entity_decoder.decode(write.doc)
    assert isinstance(entity, Risk)
    assert (entity.owner, entity.score) == ("ana", 7)
    assert write.fields == "score"
    assert (write.op, write.revision) == (Op.DECIDED, 2)


def test_an_edit_that_decides_nothing_new_writes_nothing() -> None:
    (first,) = decided([Edit(actor="ana", key=SHOP.key, tags={"env": "prod"})], stored(SHOP))
    again = stored(SHOP, revision=2, common=first.common)

    assert decided([Edit(actor="ana", key=SHOP.key, tags={"env": "prod"})], again) == []


def test_agreeing_with_what_a_sighting_said_is_a_decision_too() -> None:
    held = stored(Domain(host="shop.test", registrar="r"))

    (write,) = decided([Edit(actor="ana", key=SHOP.key, fields={"registrar": "r"})], held)

    assert set(read_common(write.common).decided) == {"registrar"}


def test_two_edits_of_one_entity_make_one_version() -> None:
    edits = [
        Edit(actor="ana", key=RISK.key, fields={"state": "accepted"}),
        Edit(actor="ana", key=RISK.key, fields={"owner": "bob"}),
    ]

    (write,) = decided(edits, stored(RISK))

    assert (write.revision, write.fields) == (2, "state,owner")
    entity = entity_decoder.decode(write.doc)
    assert isinstance(entity, Risk)
    assert (entity.state, entity.owner) == (RiskState.ACCEPTED, "bob")


def test_a_tag_set_to_nothing_is_removed_and_stays_so() -> None:
    held = stored(SHOP, common='{"tags":{"env":"prod"}}')

    (write,) = decided([Edit(actor="ana", key=SHOP.key, tags={"env": None})], held)

    assert read_common(write.common).tags == {}
    assert set(read_common(write.common).decided) == {"tag:env"}


@pytest.mark.parametrize("status", [Status.GONE, Status.STALE])
def test_naming_an_entity_brings_it_back(status: Status) -> None:
    (write,) = decided([Edit(actor="ana", entity=SHOP)], stored(SHOP, status=status.value))

    assert write.status == "active"


@pytest.mark.parametrize(
    ("made", "error", "text"),
    [
        (Edit(actor="ana", key=Key("#domain#absent.test")), NotFoundError, "absent"),
        (Edit(actor="ana", key=SHOP.key, if_revision=7), ConflictError, "at revision 1, not 7"),
        (
            Edit(actor="ana", entity=Domain(host="new.test"), if_revision=1),
            ConflictError,
            "at revision 0, not 1",
        ),
        (Edit(actor="ana", key=SHOP.key, fields={"colour": "red"}), InvalidError, "no such field"),
        (Edit(actor="ana", key=SHOP.key, fields={"host": "b.test"}), InvalidError, "part of the key"),
        (Edit(actor="ana", key=SHOP.key, fields={"registrar": [1]}), InvalidError, "registrar"),
        (Edit(actor="ana", key=SHOP.key, fields={"name_servers": ["a b"]}), InvalidError, "name_servers"),
        (
            Edit(actor="ana", entity=Candidate(about=SHOP.key), fields={"confidence": 99}),
            InvalidError,
            "computed from the other fields",
        ),
    ],
)
def test_an_edit_that_cannot_be_done_is_refused_in_words(
    made: Edit, error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        decided([made], stored(SHOP))


def test_values_of_an_edit_may_come_as_text() -> None:
    assert replaced(RISK, {"score": "70"}) == Risk(target=RISK.target, weakness="x", score=70)


LINK = Relationship(
    RelationshipType.RESOLVES_TO, SHOP.key, Address(ip="192.0.2.7").key, (Banner(text="proof"),)
)


@pytest.mark.parametrize(
    ("held", "seen_us", "op"),
    [
        (None, NOW_US, Op.LINKED),
        (StoredEdge(True, "", NOW_US, NOW_US, "probe", 0), NOW_US, Op.UPDATED),
        (StoredEdge(False, "", NOW_US, NOW_US, "probe", 0), NOW_US + 1, Op.LINKED),
        (StoredEdge(False, "", NOW_US, NOW_US, "probe", 0), NOW_US - 1, None),
        (StoredEdge(True, "zzz", NOW_US, NOW_US, "probe", NOW_US), NOW_US - 1, None),
    ],
)
def test_a_relationship_is_linked_updated_or_only_seen(
    held: StoredEdge | None, seen_us: int, op: Op | None
) -> None:
    by = sighting("probe", seen_us, Common())
    ends = stored(SHOP) | stored(Address(ip="192.0.2.7"))
    edges = {edge_id(LINK): held} if held else {}

    (write,) = observe([], [link(0, LINK)], by)(ends, edges).edges

    assert write.op is op


PORT = Port(address="192.0.2.7", protocol="tcp", number=443)


@pytest.mark.parametrize(
    ("status", "days", "after"),
    [
        ("active", 7, []),
        ("active", 8, [("stale", Op.STALE)]),
        ("pending", 8, [("stale", Op.STALE)]),
        ("stale", 14, []),
        ("stale", 15, [("gone", Op.GONE)]),
        ("gone", 100, []),
        ("frozen", 100, []),
        ("excluded", 100, []),
    ],
)
def test_silence_fades_in_two_steps(status: str, days: int, after: list[tuple[str, Op]]) -> None:
    held = stored(PORT, status=status)

    writes = silence(NOW_US + days * DAY_US, timedelta(days=7), [PORT.key])(held, {})

    assert [(write.status, write.op) for write in writes.entities] == after


@pytest.mark.parametrize(
    "held",
    [
        stored(PORT, common='{"decided":{"status":1}}'),
        stored(RISK),
        {},
    ],
    ids=["decided", "a kind that never expires", "unknown"],
)
def test_silence_leaves_alone_what_does_not_expire(held: dict[Key, Stored]) -> None:
    writes = silence(NOW_US + 1_000 * DAY_US, timedelta(0), [PORT.key, RISK.key])(held, {})

    assert writes.entities == []
