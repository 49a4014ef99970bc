"""Single decisions; that whole imports leave no trace stands in the tests of imports."""

from datetime import UTC, datetime

from chariot.model.base import Entity
from chariot.model.kinds.candidate import Candidate, Clue
from chariot.model.kinds.network import Domain
from chariot.model.records import Op
from chariot.model.registry import entity_decoder
from chariot.modules.surface.merge import common_doc, entity_doc
from chariot.modules.surface.retract import Facts, Retraction, Standing
from chariot.modules.surface.states import Common, Stored, StoredEdge, Writes, micros
from chariot.modules.surface.trace import Touched, TouchedEdge, Trace, Was

NOON_US = micros(datetime(2026, 1, 1, 12, tzinfo=UTC))
HOUR_US = 3_600_000_000
SHOP = Domain(host="shop.test")
NAMED = Domain(host="shop.test", registrar="r")
BROUGHT = Touched(SHOP.key, None, 1, NOON_US, NOON_US, "{}")
EDGE = (SHOP.key, "ALIAS_OF", Domain(host="blog.test").key)


def held(entity: Entity = SHOP, **values: object) -> Stored:
    said = {
        "revision": 1,
        "status": "active",
        "common": "{}",
        "origins": "notes",
        "visited_us": NOON_US,
        **values,
    }
    return Stored(
        int(str(said["revision"])), str(said["status"]), entity_doc(entity), str(said["common"]), NOON_US, NOON_US,
        int(str(said["visited_us"])), str(said["origins"]), "",
    )  # fmt: skip


def retracted(
    touched: Touched, stored: Stored, standing: Standing | None = None, **versions: Entity
) -> tuple[Writes, Retraction]:
    facts = {
        (touched.key, int(name.removeprefix("v"))): Facts(entity, "active")
        for name, entity in versions.items()
    }
    retraction = Retraction(
        Trace(capability="notes", entities=(touched,)),
        facts,
        standing or Standing(),
        actor="ana",
        why="wrong",
    )
    return retraction({touched.key: stored}, {}), retraction


def test_what_nobody_else_says_leaves() -> None:
    writes, retraction = retracted(BROUGHT, held())

    (write,) = writes.entities
    assert (write.op, write.status, write.presence.origins) == (Op.GONE, "gone", "")
    assert (write.actor, write.why) == ("ana", "wrong")
    assert retraction.left == [SHOP.key]


def test_doing_it_again_changes_nothing() -> None:
    writes, _ = retracted(BROUGHT, held(status="gone", origins=""))

    assert writes == Writes()


def test_a_name_that_stands_for_nothing_keeps_nothing() -> None:
    standing = Standing(counts=lambda name: name != "assessor")

    writes, _ = retracted(BROUGHT, held(origins="assessor,notes"), standing)

    assert writes.entities[0].op is Op.GONE


def test_what_was_decided_stays() -> None:
    common = common_doc(Common(decided={"registrar": NOON_US}))

    writes, retraction = retracted(BROUGHT, held(common=common, origins="ana,notes"), v1=SHOP)

    assert writes.entities == []
    assert writes.presences[0].origins == "ana"
    assert retraction.kept == [SHOP.key]


def test_what_others_saw_later_keeps_when_they_saw_it() -> None:
    later = held(NAMED, origins="notes,probe", visited_us=NOON_US + HOUR_US)

    writes, _ = retracted(BROUGHT, later, v1=SHOP)

    assert (writes.presences[0].origins, writes.presences[0].visited_us) == ("probe", NOON_US + HOUR_US)


def test_another_trace_of_the_same_name_keeps_the_name() -> None:
    standing = Standing(others=lambda _: ["notes"])

    writes, retraction = retracted(BROUGHT, held(), standing, v1=SHOP)

    assert writes.presences[0].origins == "notes"
    assert retraction.left == []


def test_what_was_there_by_a_name_that_fell_leaves_too() -> None:
    was = Was(1, NOON_US - HOUR_US, NOON_US - HOUR_US, "notes", "")
    touched = Touched(SHOP.key, was, 1, NOON_US - HOUR_US, NOON_US)

    writes, _ = retracted(touched, held(), Standing(fallen=lambda _: ["notes"]))

    assert writes.entities[0].op is Op.GONE


def test_a_changed_value_is_set_back_to_the_version_before() -> None:
    was = Was(1, NOON_US - HOUR_US, NOON_US - HOUR_US, "probe", "", "{}")
    touched = Touched(SHOP.key, was, 2, NOON_US - HOUR_US, NOON_US, "{}")

    writes, retraction = retracted(touched, held(NAMED, revision=2, origins="notes,probe"), v1=SHOP, v2=NAMED)

    (write,) = writes.entities
    assert (write.doc, write.fields, write.revision) == (entity_doc(SHOP), "registrar", 3)
    assert (write.presence.visited_us, write.presence.origins) == (NOON_US - HOUR_US, "probe")
    assert retraction.set_back == [SHOP.key]


def test_a_value_that_was_overwritten_stays() -> None:
    was = Was(1, NOON_US - HOUR_US, NOON_US - HOUR_US, "probe", "", "{}")
    touched = Touched(SHOP.key, was, 2, NOON_US - HOUR_US, NOON_US, "{}")
    newer = Domain(host="shop.test", registrar="s")

    writes, _ = retracted(touched, held(newer, revision=3, origins="notes,probe"), v1=SHOP, v2=NAMED)

    assert writes.entities == []


def candidate(*weights: int) -> Candidate:
    clues = tuple(Clue("certificate", str(weight), "shop", "", weight) for weight in weights)
    return Candidate(about=SHOP.key, clues=clues)


def test_what_is_computed_follows_what_is_set_back() -> None:
    ours, theirs = candidate(40, 20), candidate(20)
    touched = Touched(ours.key, Was(1, NOON_US, NOON_US, "theirs", "", "{}"), 2, NOON_US, NOON_US, "{}")

    writes, _ = retracted(touched, held(ours, revision=2, origins="notes,theirs"), v1=theirs, v2=ours)

    (write,) = writes.entities
    assert (write.fields, entity_decoder.decode(write.doc)) == ("confidence,clues", theirs)


def test_what_is_computed_from_what_others_say_is_no_change() -> None:
    nothing, ours, now = candidate(), candidate(40), candidate(40, 20)
    touched = Touched(ours.key, Was(1, NOON_US, NOON_US, "theirs", "", "{}"), 2, NOON_US, NOON_US, "{}")

    writes, _ = retracted(touched, held(now, revision=3, origins="notes,theirs"), v1=nothing, v2=ours)

    assert [(write.fields, entity_decoder.decode(write.doc)) for write in writes.entities] == []


def test_a_relationship_that_nobody_else_says_is_unlinked() -> None:
    edge = TouchedEdge(*EDGE, None, NOON_US, 0)
    retraction = Retraction(
        Trace(capability="notes", edges=(edge,)), {}, Standing(), actor="ana", why="wrong"
    )

    (write,) = retraction({}, {EDGE: StoredEdge(True, "", NOON_US, NOON_US, "notes", 0)}).edges

    assert (write.op, write.origins) == (Op.UNLINKED, "")


def test_a_relationship_that_others_say_stays_without_our_evidence() -> None:
    edge = TouchedEdge(*EDGE, None, NOON_US, NOON_US)
    retraction = Retraction(
        Trace(capability="notes", edges=(edge,)), {}, Standing(), actor="ana", why="wrong"
    )

    stored = StoredEdge(
        True, '[{"form":"banner","text":"ours"}]', NOON_US, NOON_US + HOUR_US, "notes,probe", NOON_US
    )
    (write,) = retraction({}, {EDGE: stored}).edges

    assert (write.op, write.evidence, write.evidence_us, write.origins) == (Op.UPDATED, "", 0, "probe")
