from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from chariot.format import Parsed, Refused
from chariot.model.kinds.network import Domain
from chariot.model.relationships import RelationshipType
from chariot.modules.exchange.batches import Batch, batches
from chariot.modules.surface.states import instant

from .conftest import DAY, NOON, link

MOMENTS = st.sampled_from((None, NOON, NOON - DAY, NOON + DAY))


def parsed(size: int, moment: object, start: int) -> Parsed:
    names = tuple(Domain(host=f"a{start}-{number}.test") for number in range(size))
    links = tuple(link(RelationshipType.ALIAS_OF, names[0], one) for one in names[1:])
    return Parsed(f"record {start}", names, links, seen_at=moment)  # type: ignore[arg-type]  # drawn from MOMENTS


def entities(found: list[Batch]) -> Iterator[tuple[str, object]]:
    for batch in found:
        for part in batch.parts:
            yield from ((one.key, instant(part.by.seen_us)) for one in part.seen)


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
    assert sum(len(part.links) for batch in found for part in batch.parts) == sum(
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


def test_what_is_said_twice_is_written_once_and_its_later_words_beside_it() -> None:
    domain, known = Domain(host="a.test"), Domain(host="a.test", registrar="Example")
    records = [
        Parsed(f"line {number}", (one,), findings=1) for number, one in enumerate((domain, domain, known))
    ]

    (batch,) = batches(records, "notes", NOON)

    (part,) = batch.parts
    assert [one.key for one in part.seen] == [domain.key] * 2
    assert [batch.place(f"entities[{number}]") for number in range(2)] == ["line 0", "line 2"]
    assert batch.findings == 3


def test_a_file_of_refusals_alone_does_not_pile_up() -> None:
    found = list(batches((Refused(f"line {number}", "no") for number in range(12_000)), "notes", NOON))

    assert len(found) > 1
    assert sum(len(batch.refused) for batch in found) == 12_000
    assert not any(batch.parts for batch in found)
