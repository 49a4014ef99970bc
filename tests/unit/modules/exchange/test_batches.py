from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from chariot.format import Parsed, Refused
from chariot.model.kinds.network import Domain
from chariot.model.relationships import RelationshipType
from chariot.modules.exchange.batches import Batch, batches

from .conftest import DAY, NOON, link

MOMENTS = st.sampled_from((None, NOON, NOON - DAY, NOON + DAY))


def parsed(size: int, moment: object, start: int) -> Parsed:
    names = tuple(Domain(host=f"a{start}-{number}.test") for number in range(size))
    links = tuple(link(RelationshipType.ALIAS_OF, names[0], one) for one in names[1:])
    return Parsed(f"record {start}", names, links, seen_at=moment)  # type: ignore[arg-type]  # drawn from MOMENTS


def entities(found: list[Batch]) -> Iterator[tuple[str, object]]:
    for batch in found:
        for one in batch.observations:
            yield from ((entity.key, one.seen_at) for entity in one.entities)


@given(st.lists(st.none() | st.tuples(st.integers(0, 40), MOMENTS), max_size=12), st.integers(1, 20))
def test_nothing_is_lost_and_nothing_comes_twice(
    records: list[tuple[int, object] | None], limit: int
) -> None:
    items = [
        Refused(f"record {number}", "no") if one is None else parsed(*one, number)
        for number, one in enumerate(records)
    ]

    found = list(batches(items, "notes", NOON, limit))

    expected = {
        (entity.key, min(item.seen_at or NOON, NOON))
        for item in items
        if isinstance(item, Parsed)
        for entity in item.entities
    }
    keys = list(entities(found))
    assert set(keys) == expected
    assert len(keys) == len(expected)
    assert sum(len(one.relationships) for batch in found for one in batch.observations) == sum(
        len(item.relationships) for item in items if isinstance(item, Parsed)
    )
    assert [batch.records for batch in found] == sorted(batch.records for batch in found)
    assert all(batch.reaches - batch.records in (0, 1) for batch in found)


def test_a_refusal_finds_its_place_in_the_file() -> None:
    (batch,) = batches([parsed(3, NOON, 7)], "notes", NOON)

    assert batch.place("entities[1]") == "record 7"
    assert batch.place("relationships[1]") == "record 7"
    assert batch.place("relationships[99]") == "relationships[99]"
    assert batch.place("seen_at") == "seen_at"


def test_a_refused_relationship_finds_its_ends() -> None:
    (batch,) = batches([parsed(3, NOON, 7)], "notes", NOON)

    assert batch.ends("relationships[1]") == ("#domain#a7-0.test", "#domain#a7-2.test")
    assert batch.ends("entities[0]") == ("",)
