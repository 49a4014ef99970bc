import msgspec
import pytest

from chariot.errors import InvalidError
from chariot.model.registry import KINDS, SEEN
from chariot.modules.surface.incoming import check_size, read_batch

_IDENTITIES: dict[str, object] = {
    "about": "#domain#a.test",
    "target": "#domain#a.test",
    "risk": "#risk#domain#a.test#x",
    "number": 7,
    "value": "a.test",
}


def written(kind: str) -> dict[str, object]:
    """Return an entity of *kind* with its identity alone."""
    names = [spec.name for spec in KINDS[kind].specs if spec.mark.identity]
    return {"kind": kind, **{name: _IDENTITIES.get(name, "a1") for name in names}}


HEAD = b'{"capability":"probe","seen_at":"2026-01-01T12:00:00Z"'


def test_an_entity_is_checked_no_further_than_its_identity_until_it_is_compared() -> None:
    data = HEAD + b',"entities":[{"kind":"domain","host":"b.test"},{ "kind":"address","ip":"192.0.2.7"}]}'

    items = read_batch(data).part.seen

    assert [(one.place, one.key, one.entity, one.doc) for one in items] == [
        (1, "#address#192.0.2.7", None, '{"kind":"address","ip":"192.0.2.7"}'),
        (0, "#domain#b.test", None, '{"kind":"domain","host":"b.test"}'),
    ]


def test_what_names_nothing_is_refused_with_what_is_wrong() -> None:
    came = read_batch(HEAD + b',"entities":[{"kind":"domain","host":"a b"}],"relationships":[5]}')

    assert came.part.seen == []
    assert [refusal.place for refusal in came.refused] == ["entities[0]", "relationships[0]"]
    assert "not a DNS name" in came.refused[0].reason


@pytest.mark.parametrize("kind", sorted(set(KINDS) - set(SEEN)))
def test_what_people_decide_and_services_keep_is_no_sighting(kind: str) -> None:
    item = b'{"kind":"domain","host":"a.test"},' + msgspec.json.encode(written(kind))

    came = read_batch(HEAD + b',"entities":[' + item + b"]}")

    assert [one.key for one in came.part.seen] == ["#domain#a.test"]
    assert [refusal.place for refusal in came.refused] == ["entities[1]"]
    assert f"a {kind} is not seen but decided" in came.refused[0].reason


@pytest.mark.parametrize(("entities", "relationships"), [(50_001, 0), (0, 50_001)])
def test_a_batch_has_a_limit(entities: int, relationships: int) -> None:
    with pytest.raises(InvalidError, match="more than 50,000"):
        check_size(entities, relationships)
