"""The merge alone, folded in memory: no store, only what is written and read back by it."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import permutations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import strategies
from chariot.model.base import Entity
from chariot.model.kinds.network import Certificate, Domain, Port, WebApplication
from chariot.model.kinds.weakness import Credential, Risk, Vulnerability
from chariot.model.observations import Edit
from chariot.model.records import Op
from chariot.model.registry import KINDS, entity_decoder
from chariot.model.states import RiskState, Source, Status, Surface
from chariot.modules.surface import decide
from chariot.modules.surface.merge import entity_doc, read_common, sighting, undecided
from chariot.modules.surface.states import Common, Presence, Stored, Writes, micros

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
TARGET = "#port#192.0.2.7#tcp#443"


class Seen(msgspec.Struct, frozen=True):
    """One sighting: what, when, by whom, with which tags."""

    entity: Entity
    hour: int = 0
    capability: str = "probe"
    tags: tuple[tuple[str, str], ...] = ()
    source: Source = Source.SEED
    surface: Surface = Surface.EXTERNAL


def written(before: Stored | None, writes: Writes) -> Stored | None:
    """Do what a store does with the writes for one entity."""
    after = before
    for write in writes.entities:
        seen = write.presence
        after = Stored(
            write.revision,
            write.status,
            write.doc,
            write.common,
            0,
            seen.first_seen_us,
            seen.visited_us,
            seen.origins,
            seen.stamps,
        )
    for seen in writes.presences:
        assert after is not None
        after = moved(after, seen)
    return after


def moved(stored: Stored, seen: Presence) -> Stored:
    return msgspec.structs.replace(
        stored,
        first_seen_us=seen.first_seen_us,
        visited_us=seen.visited_us,
        origins=seen.origins,
        stamps=seen.stamps,
    )


def see(before: Stored | None, *batch: Seen) -> Stored:
    """Merge one batch: sightings of one entity that share moment, capability and tags."""
    first = batch[0]
    common = Common(source=first.source, surface=first.surface, tags=dict(sorted(first.tags)))
    by = sighting(first.capability, micros(NOON + first.hour * HOUR), common)
    entities = [undecided(one.entity) for one in batch]
    items = [
        decide.Seen(place, entity.key, entity, entity_doc(entity)) for place, entity in enumerate(entities)
    ]
    stored = {first.entity.key: before} if before is not None else {}
    after = written(before, decide.observe(items, [], by)(stored, {}))
    assert after is not None
    return after


def fold(sightings: Iterable[Seen], before: Stored | None = None) -> Stored:
    stored = before
    for one in sightings:
        stored = see(stored, one)
    assert stored is not None
    return stored


def edited(before: Stored | None, edit: Edit, hour: int = 0) -> Stored:
    stored = {edit.target: before} if before is not None else {}
    after = written(before, decide.edit([edit], micros(NOON + hour * HOUR))(stored, {}))
    assert after is not None
    return after


def final(stored: Stored) -> tuple[object, ...]:
    """All that a record is made of but its revision: how many versions there were depends on the order."""
    return (
        entity_decoder.decode(stored.doc),
        stored.doc,
        stored.common,
        stored.status,
        stored.first_seen_us,
        stored.visited_us,
        stored.origins,
        stored.stamps,
    )


frames = st.tuples(
    st.integers(0, 3),
    st.sampled_from(("a", "b")),
    st.dictionaries(st.sampled_from(("env", "team")), st.sampled_from(("x", "y"))).map(
        lambda t: tuple(t.items())
    ),
    st.sampled_from(Source),
    st.sampled_from(Surface),
)


def sightings_of(kind: str) -> st.SearchStrategy[list[Seen]]:
    return strategies.same_identity(kind).flatmap(
        lambda alike: st.lists(frames, min_size=len(alike), max_size=len(alike)).map(
            lambda framed: [Seen(entity, *frame) for entity, frame in zip(alike, framed, strict=True)]
        )
    )


@pytest.mark.parametrize("kind", list(KINDS))
@settings(max_examples=12)
@given(data=st.data())
def test_sightings_commute(kind: str, data: st.DataObject) -> None:
    sightings = data.draw(sightings_of(kind))
    shuffled = data.draw(st.permutations(sightings))

    assert final(fold(shuffled)) == final(fold(sightings))


@pytest.mark.parametrize("kind", list(KINDS))
@settings(max_examples=12)
@given(data=st.data())
def test_a_sighting_seen_twice_is_seen_once(kind: str, data: st.DataObject) -> None:
    sightings = data.draw(sightings_of(kind))
    again = data.draw(st.sampled_from(sightings))
    once = fold(sightings)

    assert final(see(once, again)) == final(once)
    assert see(once, again).revision == once.revision


@pytest.mark.parametrize("kind", list(KINDS))
@settings(max_examples=12)
@given(data=st.data())
def test_a_batch_is_the_same_as_its_items_one_by_one(kind: str, data: st.DataObject) -> None:
    alike = data.draw(strategies.same_identity(kind))
    batch = [Seen(entity, hour=1) for entity in alike]
    before = data.draw(
        st.none() | strategies.entities(kind, **_identity(alike[0])).map(lambda e: fold([Seen(e)]))
    )

    assert final(see(before, *batch)) == final(fold(batch, before))


def _identity(entity: Entity) -> dict[str, object]:
    return {name: getattr(entity, name) for name, _ in entity.identity}


@pytest.mark.parametrize("kind", list(KINDS))
@settings(max_examples=12)
@given(data=st.data())
def test_no_sighting_undoes_what_a_person_decided(kind: str, data: st.DataObject) -> None:
    sightings = data.draw(sightings_of(kind))
    decided = data.draw(strategies.entities(kind, **_identity(sightings[0].entity)))
    cut = data.draw(st.integers(0, len(sightings)))
    before = fold(sightings[:cut]) if cut else None
    after = edited(before, Edit(actor="ana", entity=decided, tags={"env": "mine", "team": None}))

    seen = fold(sightings[cut:], after)

    stated = {s.name for s in decided.specs if not s.mark.identity and getattr(decided, s.name) != s.default}
    now, then = entity_decoder.decode(seen.doc), entity_decoder.decode(after.doc)
    kept = {name: getattr(now, name) for name in stated - {"state"}}
    assert kept == {name: getattr(then, name) for name in kept}
    assert read_common(seen.common).tags == {"env": "mine"}


@pytest.mark.parametrize(
    ("state", "hour", "after"),
    [
        (RiskState.REMEDIATED, 2, RiskState.OPEN),
        (RiskState.REMEDIATED, 1, RiskState.REMEDIATED),
        (RiskState.REMEDIATED, 0, RiskState.REMEDIATED),
        (RiskState.ACCEPTED, 2, RiskState.ACCEPTED),
        (RiskState.REJECTED, 2, RiskState.REJECTED),
        (RiskState.OPEN, 2, RiskState.OPEN),
    ],
)
def test_a_remediated_risk_opens_again_on_a_newer_sighting_alone(
    state: RiskState, hour: int, after: RiskState
) -> None:
    risk = Risk(target=TARGET, weakness="x")
    decided = edited(
        fold([Seen(risk)]), Edit(actor="ana", key=risk.key, fields={"state": state.value}), hour=1
    )

    seen = see(decided, Seen(risk, hour=hour))

    entity = entity_decoder.decode(seen.doc)
    assert isinstance(entity, Risk)
    assert entity.state is after


def test_what_opened_again_can_be_remediated_again() -> None:
    risk = Risk(target=TARGET, weakness="x")
    done = Edit(actor="ana", key=risk.key, fields={"state": "remediated"})
    again = see(edited(fold([Seen(risk)]), done, hour=1), Seen(risk, hour=2))

    closed = edited(again, done, hour=3)

    assert '"state":"remediated"' in see(closed, Seen(risk, hour=2)).doc
    assert '"state":"open"' in see(closed, Seen(risk, hour=4)).doc


@pytest.mark.parametrize("status", [Status.EXCLUDED, Status.FROZEN])
@settings(max_examples=12)
@given(data=st.data())
def test_what_is_excluded_or_frozen_stays_as_it_is(status: Status, data: st.DataObject) -> None:
    sightings = data.draw(sightings_of("domain"))
    before = edited(fold(sightings[:1]), Edit(actor="ana", key=sightings[0].entity.key, status=status))

    after = fold(sightings, before)

    assert (after.status, after.doc, after.common) == (status.value, before.doc, before.common)
    assert after.revision == before.revision


@pytest.mark.parametrize(
    ("sightings", "field", "value"),
    [
        # The newest sighting that states the field wins; silence says nothing.
        ([(0, {"service": "http"}), (2, {"service": "https"}), (1, {"service": "ftp"})], "service", "https"),
        ([(0, {"service": "http"}), (1, {})], "service", "http"),
        # An empty text clears what may be cleared; None says nothing.
        ([(0, {"banner": "hello"}), (1, {"banner": ""})], "banner", ""),
        ([(0, {"banner": "hello"}), (1, {})], "banner", "hello"),
        ([(1, {"banner": ""}), (0, {"banner": "hello"})], "banner", ""),
    ],
)
def test_the_newest_statement_wins(
    sightings: list[tuple[int, dict[str, str]]], field: str, value: str
) -> None:
    seen = [
        Seen(Port(address="192.0.2.7", protocol="tcp", number=443, **stated), hour)
        for hour, stated in sightings
    ]

    assert getattr(entity_decoder.decode(fold(seen).doc), field) == value


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_each_rule_gives_one_answer_in_every_order(order: tuple[int, ...]) -> None:
    def merged(*entities: Entity) -> Entity:
        return entity_decoder.decode(fold([Seen(entities[place], place) for place in order]).doc)

    digest = "ab" * 32
    dates = [NOON + 2 * HOUR, NOON, NOON + HOUR]
    first = merged(*(Vulnerability(id="x", published=at) for at in dates))
    union = merged(*(Credential(type="a", fingerprint=digest, scopes=(scope,)) for scope in "cab"))
    replaced = merged(
        *(Domain(host="a.test", name_servers=(f"{name}.test",) if name else ()) for name in ("a", "b", ""))
    )
    newest = merged(*(Certificate(sha256=digest, not_after=at) for at in dates))

    assert isinstance(first, Vulnerability)
    assert first.published == NOON + 2 * HOUR
    assert isinstance(union, Credential)
    assert union.scopes == ("a", "b", "c")
    assert isinstance(replaced, Domain)
    assert replaced.name_servers == ()
    assert isinstance(newest, Certificate)
    assert newest.not_after == NOON + HOUR


def test_a_set_that_would_grow_past_its_limit_is_refused_alone() -> None:
    one, two = (
        Credential(type="a", fingerprint="ab" * 32, scopes=tuple(f"{letter}{n}" for n in range(600)))
        for letter in "xy"
    )
    stored = fold([Seen(one)])
    by = sighting("probe", micros(NOON), Common())
    items = [decide.Seen(7, two.key, two, entity_doc(two))]

    writes = decide.observe(items, [], by)({two.key: stored}, {})

    assert [(refusal.place, refusal.reason) for refusal in writes.refused] == [
        ("entities[7]", "scopes: has more than 1,000 items")
    ]
    assert (writes.entities, writes.presences) == ([], [])


def test_a_decided_exit_ends_with_a_newer_sighting_and_expires_again() -> None:
    page = WebApplication(url="https://a.test/")
    gone = edited(fold([Seen(page)]), Edit(actor="ana", key=page.key, status=Status.GONE), hour=1)

    back = see(gone, Seen(page, hour=2))

    assert back.status == Status.ACTIVE.value
    assert "status" not in read_common(back.common).decided


def test_a_name_with_a_comma_is_one_origin() -> None:
    domain = Domain(host="a.test")

    stored = edited(None, Edit(actor="cn=ana,dc=test", entity=domain))

    assert stored.origins.count(",") == 0


def test_a_first_write_creates_and_later_ones_count_on() -> None:
    domain = Domain(host="a.test")
    by = sighting("probe", micros(NOON), Common())

    writes = decide.observe([decide.Seen(0, domain.key, domain, entity_doc(domain))], [], by)({}, {})

    assert [(write.op, write.revision, write.status) for write in writes.entities] == [
        (Op.CREATED, 1, "active")
    ]


def conclude(before: Stored | None, entity: Risk, hour: int) -> decide.Writes:
    by = sighting("assessor", micros(NOON + hour * HOUR), Common())
    by = msgspec.structs.replace(by, is_conclusion=True)
    items = [decide.Seen(0, entity.key, entity, entity_doc(entity))]
    return decide.observe(items, [], by)({entity.key: before} if before is not None else {}, {})


SCORED = Risk(target="#domain#a.test", weakness="exposed-panel", score=40)


def test_a_conclusion_is_no_sighting() -> None:
    seen = fold([Seen(Risk(target="#domain#a.test", weakness="exposed-panel"))])

    once = written(seen, conclude(seen, SCORED, hour=5))
    assert once is not None
    twice = written(once, conclude(once, msgspec.structs.replace(SCORED, score=30), hour=6))

    assert twice is not None
    assert (once.visited_us, twice.visited_us) == (seen.visited_us, seen.visited_us)
    risk = entity_decoder.decode(twice.doc)
    assert isinstance(risk, Risk)
    assert risk.score == 30


@pytest.mark.parametrize("status", [Status.GONE, Status.STALE])
def test_a_conclusion_brings_nothing_back(status: Status) -> None:
    seen = fold([Seen(Risk(target="#domain#a.test", weakness="exposed-panel"))])
    left = edited(seen, Edit(actor="ana", key=SCORED.key, status=status), hour=1)

    after = written(left, conclude(left, SCORED, hour=5))

    assert after is not None
    assert after.status == status.value


def test_nothing_is_concluded_about_what_is_not_there() -> None:
    writes = conclude(None, SCORED, hour=5)

    assert (writes.entities, writes.presences) == ([], [])
    assert [refusal.place for refusal in writes.refused] == ["entities[0]"]
