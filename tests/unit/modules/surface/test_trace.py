"""What a transaction keeps of itself; that it can be taken back stands in test_retract and in the imports."""

from datetime import UTC, datetime

import pytest

from chariot.errors import ConflictError
from chariot.model.base import Entity
from chariot.model.keys import Key
from chariot.model.kinds.exchange import ImportPage
from chariot.model.kinds.network import Domain
from chariot.model.records import Op
from chariot.model.relationships import Relationship, RelationshipType
from chariot.modules.surface.decide import Seen, link, observe
from chariot.modules.surface.merge import entity_doc, sighting
from chariot.modules.surface.states import Common, Decide, Stored, StoredEdge, micros
from chariot.modules.surface.trace import Traced, Tracer, Was

NOON_US = micros(datetime(2026, 1, 1, 12, tzinfo=UTC))
SHOP, BLOG = Domain(host="shop.test"), Domain(host="blog.test")
ALIAS = Relationship(RelationshipType.ALIAS_OF, SHOP.key, BLOG.key)
EDGE = (SHOP.key, "ALIAS_OF", BLOG.key)


def stored(entity: Entity, *, status: str = "active", origins: str = "probe") -> dict[Key, Stored]:
    held = Stored(1, status, entity_doc(entity), "{}", NOON_US, NOON_US - 5, NOON_US - 5, origins, "")
    return {entity.key: held}


def seeing(*entities: Entity, relationships: tuple[Relationship, ...] = ()) -> Decide:
    by = sighting("notes", NOON_US, Common())
    items = [Seen(place, one.key, one, entity_doc(one)) for place, one in enumerate(entities)]
    return observe(items, [link(place, one) for place, one in enumerate(relationships)], by)


def traced(decide: Decide, held: dict[Key, Stored], edges: dict[tuple[Key, str, Key], StoredEdge]) -> Traced:
    tracer = Tracer(decide, "notes", "import a")
    tracer(held, edges)
    return tracer.traced


def test_what_is_new_was_nothing() -> None:
    (touched,) = traced(seeing(SHOP), {}, {}).trace.entities

    assert (touched.key, touched.was, touched.revision) == (SHOP.key, None, 1)


def test_what_is_seen_again_is_kept_as_it_was() -> None:
    (touched,) = traced(seeing(SHOP), stored(SHOP), {}).trace.entities

    assert touched.was == Was(1, NOON_US - 5, NOON_US - 5, "probe", "")
    assert (touched.revision, touched.visited_us) == (1, NOON_US)


def test_what_changes_keeps_what_all_kinds_have_in_common() -> None:
    (touched,) = traced(seeing(Domain(host="shop.test", registrar="r")), stored(SHOP), {}).trace.entities

    assert touched.was is not None
    assert (touched.revision, touched.was.common) == (2, "{}")


def test_what_all_took_back_was_nothing() -> None:
    (touched,) = traced(seeing(SHOP), stored(SHOP, status="gone", origins=""), {}).trace.entities

    assert (touched.was, touched.revision) == (None, 2)


def test_a_relationship_is_kept_as_it_was() -> None:
    held = StoredEdge(True, "", NOON_US - 5, NOON_US - 5, "probe", 0)

    (edge,) = traced(
        seeing(SHOP, BLOG, relationships=(ALIAS,)), {**stored(SHOP), **stored(BLOG)}, {EDGE: held}
    ).trace.edges

    assert (edge.id, edge.was, edge.last_seen_us) == (EDGE, held, NOON_US)


def test_a_relationship_that_all_took_back_was_nothing() -> None:
    held = StoredEdge(False, "", NOON_US - 5, NOON_US - 5, "", 0)

    (edge,) = traced(seeing(SHOP, BLOG, relationships=(ALIAS,)), {}, {EDGE: held}).trace.edges

    assert edge.was is None


def test_every_version_says_why() -> None:
    tracer = Tracer(seeing(SHOP, BLOG, relationships=(ALIAS,)), "notes", "import a")

    writes = tracer({}, {})

    assert {write.why for write in (*writes.entities, *writes.edges)} == {"import a"}


def test_the_page_is_written_with_it_and_off_the_surface() -> None:
    page = ImportPage(owner="a", number=0)
    tracer = Tracer(seeing(SHOP), "notes", "import a", page=page.key, keep=lambda _: page)

    shop, kept = tracer({}, {}).entities

    assert (shop.key, kept.key) == (SHOP.key, page.key)
    assert (kept.op, kept.status) == (Op.CREATED, "gone")


def test_a_page_that_is_there_stops_everything() -> None:
    page = ImportPage(owner="a", number=0)
    tracer = Tracer(seeing(SHOP), "notes", "import a", page=page.key, keep=lambda _: page)

    with pytest.raises(ConflictError, match="another process"):
        tracer(stored(page), {})
