from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chariot.errors import ConflictError, NotFoundError
from chariot.model.evidence import Banner
from chariot.model.kinds.network import Address, Domain, Port
from chariot.model.kinds.weakness import Risk
from chariot.model.observations import Edit
from chariot.model.relationships import Relationship, RelationshipType
from chariot.model.states import ImportState, RiskState, Severity, Status

from .conftest import ACME, DAY, HOST, NOON, PORT, SHOP, World, finding, link, note, risk

HOUR = timedelta(hours=1)
LINK = link(RelationshipType.HAS_PORT, HOST, PORT)


async def test_what_an_import_alone_brought_leaves(world: World) -> None:
    await world.see(SHOP)
    before = await world.told()
    report = await world.bring(finding())

    undone = await world.undo(report.id, requested_by="cli:ana")

    assert await world.told() == before
    assert (undone.left, undone.set_back, undone.kept) == (3, 0, 0)
    assert (await world.get(PORT)).status is Status.GONE
    change = (await world.store.versions(ACME, PORT.key)).items[0].change
    assert (change.actor, change.why) == ("cli:ana", f"import {report.id} was taken back")


async def test_what_it_only_confirmed_was_seen_when_it_was_before(world: World) -> None:
    await world.see(HOST, PORT, LINK, at=NOON - DAY)
    before = await world.told()
    report = await world.bring(note(HOST, PORT, LINK))
    assert await world.told() != before

    await world.undo(report.id)

    assert await world.told() == before


async def test_what_it_changed_is_set_back(world: World) -> None:
    named = Port(address="192.0.2.7", protocol="tcp", number=443, service="https", banner="old")
    await world.see(named, at=NOON - DAY)
    before = await world.told()
    said = Port(address="192.0.2.7", protocol="tcp", number=443, service="http", banner="new")
    report = await world.bring(note(said))

    undone = await world.undo(report.id)

    assert await world.told() == before
    assert undone.set_back == 1


async def test_what_was_overwritten_since_stays(world: World) -> None:
    await world.see(PORT, at=NOON - DAY)
    report = await world.bring(note(Port(address="192.0.2.7", protocol="tcp", number=443, service="http")))
    newer = Port(address="192.0.2.7", protocol="tcp", number=443, service="https")
    await world.see(newer, capability="later", at=NOON + HOUR)

    await world.undo(report.id)

    record = await world.get(PORT)
    assert record.entity.service == "https"
    assert record.origins == ("later", "probe")


async def test_what_others_confirmed_since_stays_without_what_it_alone_said(world: World) -> None:
    report = await world.bring(note(Port(address="192.0.2.7", protocol="tcp", number=443, service="http")))
    await world.see(PORT, capability="later", at=NOON + HOUR)

    undone = await world.undo(report.id)

    record = await world.get(PORT)
    assert (record.status, record.origins, record.entity.service) == (Status.ACTIVE, ("later",), "")
    assert (undone.left, undone.kept) == (0, 1)


async def test_what_others_said_too_since_stays(world: World) -> None:
    said = Port(address="192.0.2.7", protocol="tcp", number=443, service="http")
    report = await world.bring(note(said))
    await world.see(said, capability="later", at=NOON + HOUR)

    await world.undo(report.id)

    assert (await world.get(PORT)).entity.service == "http"


async def test_what_a_person_decided_about_stays(world: World) -> None:
    report = await world.bring(finding())
    await world.surface.edit(ACME, [Edit(actor="ana", key=risk().key, fields={"owner": "bob"})])

    undone = await world.undo(report.id)

    record = await world.get(risk())
    assert (record.status, record.entity.owner) == (Status.ACTIVE, "bob")
    assert undone.kept == 1


async def test_a_person_who_agreed_is_not_undone(world: World) -> None:
    await world.see(SHOP, at=NOON - DAY)
    report = await world.bring(note(Domain(host="shop.test", registrar="r")))
    await world.surface.edit(ACME, [Edit(actor="ana", key=SHOP.key, fields={"registrar": "r"})])

    await world.undo(report.id)

    assert (await world.get(SHOP)).entity.registrar == "r"


async def test_a_score_keeps_nothing(world: World) -> None:
    report = await world.bring(finding())
    scored = Risk(target=PORT.key, weakness="CVE-2023-12345", score=70)
    await world.score(scored, at=NOON + HOUR)

    await world.undo(report.id)

    assert (await world.get(risk())).status is Status.GONE


async def test_a_score_moves_no_last_sighting(world: World) -> None:
    await world.bring(finding())
    before = (await world.get(risk())).visited

    await world.score(Risk(target=PORT.key, weakness="CVE-2023-12345", score=70), at=NOON + DAY)

    assert (await world.get(risk())).visited == before


async def test_a_severity_is_set_back_although_it_was_scored_since(world: World) -> None:
    await world.see(PORT, risk(severity=Severity.LOW), at=NOON - DAY)
    report = await world.bring(finding())
    scored = Risk(target=PORT.key, weakness="CVE-2023-12345", score=70)
    await world.score(scored, at=NOON + HOUR)

    await world.undo(report.id)

    entity = (await world.get(risk())).entity
    assert (entity.severity, entity.score) == (Severity.LOW, 70)


async def test_what_it_closed_is_open_again(world: World) -> None:
    await world.bring(finding("CVE-2023-1111"))
    before = await world.told()
    report = await world.bring(note(HOST, covers=(HOST,), at=NOON + HOUR))
    assert report.closed == 1

    await world.undo(report.id)

    assert await world.told() == before


async def test_what_it_opened_again_is_closed_again(world: World) -> None:
    await world.bring(finding("CVE-2023-1111"))
    await world.bring(note(HOST, covers=(HOST,), at=NOON + HOUR))
    before = await world.told()
    report = await world.bring(finding("CVE-2023-1111", at=NOON + 2 * HOUR))
    assert report.reopened == 1

    await world.undo(report.id)

    assert await world.told() == before


async def test_what_it_closed_and_a_person_opened_stays_open(world: World) -> None:
    await world.bring(finding("CVE-2023-1111"))
    report = await world.bring(note(HOST, covers=(HOST,), at=NOON + HOUR))
    edit = Edit(actor="ana", key=risk("CVE-2023-1111").key, fields={"state": "accepted"})
    await world.surface.edit(ACME, [edit])

    await world.undo(report.id)

    assert (await world.get(risk("CVE-2023-1111"))).entity.state is RiskState.ACCEPTED


async def test_evidence_of_a_relationship_is_set_back(world: World) -> None:
    old = Relationship(RelationshipType.HAS_PORT, HOST.key, PORT.key, (Banner(text="old"),))
    new = Relationship(RelationshipType.HAS_PORT, HOST.key, PORT.key, (Banner(text="new"),))
    await world.see(HOST, PORT, old, at=NOON - DAY)
    before = await world.told()
    report = await world.bring(note(HOST, PORT, new))
    assert await world.told() != before

    await world.undo(report.id)

    assert await world.told() == before


async def test_another_import_of_the_same_tool_confirms_too(world: World) -> None:
    first = await world.bring(finding())
    await world.bring(finding(), note(SHOP))
    before = await world.told()

    undone = await world.undo(first.id)

    assert (undone.left, undone.kept) == (0, 3)
    assert await world.told() == before


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (0, 2, 1)])
async def test_imports_can_be_taken_back_in_any_order(world: World, order: tuple[int, ...]) -> None:
    await world.see(HOST, at=NOON - DAY)
    before = await world.told()
    ids = [
        (await world.bring(finding(), note(SHOP), at)).id
        for at in (note(HOST), note(HOST, PORT, at=NOON + HOUR), note(SHOP, at=NOON + 2 * HOUR))
    ]

    for place in order:
        await world.undo(ids[place])

    assert await world.told() == before


async def test_what_was_taken_back_can_come_again(world: World) -> None:
    lines = (finding(), note(Domain(host="shop.test", registrar="r")))
    first = await world.bring(*lines)
    brought = await world.told()
    await world.undo(first.id)

    again = await world.bring(*lines)

    assert await world.told() == brought
    assert again.known_as == ""


async def test_a_later_sighting_begins_anew(world: World) -> None:
    report = await world.bring(note(Domain(host="shop.test", registrar="r")))
    await world.undo(report.id)

    await world.see(SHOP, at=NOON - DAY)

    record = await world.get(SHOP)
    assert (record.status, record.entity, record.created) == (Status.ACTIVE, SHOP, NOON - DAY)


async def test_a_preview_tells_the_same_and_writes_nothing(world: World) -> None:
    await world.see(HOST, at=NOON - DAY)
    report = await world.bring(*[finding(f"CVE-2023-{1_000 + number}") for number in range(30)])
    before = await world.told()

    preview = await world.undo(report.id, dry_run=True)

    assert await world.told() == before
    done = await world.undo(report.id)
    assert (preview.left, preview.set_back, preview.kept) == (done.left, done.set_back, done.kept)


async def test_twice_is_refused(world: World) -> None:
    report = await world.bring(finding())
    await world.undo(report.id)

    with pytest.raises(ConflictError, match="taken back already"):
        await world.undo(report.id)


@pytest.mark.parametrize("name", ["none", "", "#", "a" * 5_000])
async def test_an_unknown_import_is_not_found(world: World, name: str) -> None:
    with pytest.raises(NotFoundError):
        await world.undo(name)


async def test_an_interrupted_undo_goes_on(world: World) -> None:
    await world.see(HOST, at=NOON - DAY)
    before = await world.told()
    report = await world.bring(*[finding(f"CVE-2023-{1_000 + number}") for number in range(30)])
    apply, left = world.store.apply, iter(range(4))

    async def failing(*arguments: Any, **options: Any) -> Any:
        next(left)
        return await apply(*arguments, **options)

    world.store.apply = failing  # type: ignore[method-assign]  # the store that fails is the point
    with pytest.raises((StopIteration, RuntimeError)):
        await world.undo(report.id)
    world.store.apply = apply  # type: ignore[method-assign]  # see above
    assert (await world.service.ledger.get(ACME, report.id)).state is ImportState.UNDOING

    await world.undo(report.id)

    assert await world.told() == before


HOSTS = st.sampled_from(("a.test", "b.test"))
DOMAINS = st.builds(
    Domain,
    host=HOSTS,
    registrar=st.sampled_from(("", "r", "s")),
    name_servers=st.sampled_from(((), ("n.test",))),
)
ADDRESSES = st.builds(Address, ip=st.just("192.0.2.7"))
LINKS = st.builds(lambda host: link(RelationshipType.RESOLVES_TO, Domain(host=host), HOST), HOSTS)
SAID = st.tuples(st.lists(DOMAINS | ADDRESSES, max_size=3), st.booleans(), HOSTS)
_stores = count()


@settings(max_examples=60)
@given(st.lists(SAID, max_size=3), SAID, st.lists(SAID, max_size=3))
async def test_undoing_leaves_what_the_others_said(
    tmp_path: Path, earlier: list[Any], brought: Any, later: list[Any]
) -> None:
    """Two worlds: in one the import never happened."""
    with_it, without = (World(tmp_path / f"{next(_stores)}.db", tmp_path) for _ in range(2))
    for world in (with_it, without):
        for hour, said in enumerate(earlier):
            await _see(world, said, hour)
    report = await with_it.bring(note(*_all(brought), at=NOON + 10 * HOUR))
    for world in (with_it, without):
        for hour, said in enumerate(later, start=11):
            await _see(world, said, hour)

    await with_it.undo(report.id)

    assert _comparable(await with_it.told(), later) == _comparable(await without.told(), later)
    await with_it.store.close()
    await without.store.close()


def _all(said: Any) -> list[Any]:
    entities, linked, host = said
    # A relationship needs its ends, and an empty note says nothing.
    ends = (
        [Domain(host=host), HOST, link(RelationshipType.RESOLVES_TO, Domain(host=host), HOST)]
        if linked
        else []
    )
    return [*entities, *ends]


async def _see(world: World, said: Any, hour: int) -> None:
    if _all(said):
        await world.see(*_all(said), capability=f"probe-{hour}", at=NOON + hour * HOUR)


def _comparable(told: dict[str, Any], later: list[Any]) -> dict[str, Any]:
    """Leave out when a thing was first seen: for what came again later the first moment is not told apart."""
    again = {one.key for said in later for one in _all(said) if not isinstance(one, Relationship)}
    return {
        key: (*rest[:5], *(rest[6:8] if key in again else rest[5:8]), [_link(one) for one in rest[8]])
        for key, rest in told.items()
    }


def _link(written: str) -> str:
    return written.partition(", first_seen")[0] + written[written.index("origins") :]
