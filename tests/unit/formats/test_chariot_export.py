import io
from collections import Counter
from pathlib import Path

import pytest

from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.errors import InvalidError
from chariot.format import Parsed, Refused
from chariot.formats.chariot_export import ChariotExport
from chariot.formats.export.jsonl import JsonLines
from chariot.model.relationships import RelationshipType
from support.exports import ACME, BEFORE, DOMAIN, NOW, OPEN, exported, fill


@pytest.fixture
async def data(tmp_path: Path) -> bytes:
    store = SqliteEntityStore(SqliteDatabase(tmp_path / "t.db"), now=lambda: NOW)
    await fill(store)
    written = await exported(JsonLines(), store)
    await store.close()
    return written


def test_it_is_known_by_its_first_bytes() -> None:
    assert ChariotExport().sniff(b'{"chariot":1,"program":"Chariot 0.1.0"}') == 100
    assert ChariotExport().sniff(b'{"template-id":"x"}') == 0


async def test_what_is_on_the_surface_becomes_sightings(data: bytes) -> None:
    items = [one for one in ChariotExport().parse(io.BytesIO(data)) if isinstance(one, Parsed)]

    seen = {entity.key: one for one in items for entity in one.entities}
    assert seen[DOMAIN.key].entities == (DOMAIN,)
    assert seen[DOMAIN.key].seen_at == BEFORE
    assert seen[OPEN.key].findings == 1
    types = {relationship.type for one in items for relationship in one.relationships}
    assert RelationshipType.RESOLVES_TO in types


async def test_what_is_no_sighting_is_refused_with_the_way_to_keep_it(data: bytes) -> None:
    refused = [one for one in ChariotExport().parse(io.BytesIO(data)) if isinstance(one, Refused)]

    said = Counter(one.reason.partition(": ")[0] for one in refused)
    assert said == {
        "a seed is nothing that was seen": 1,
        "a job is nothing that was seen": 1,
        "a alertrule is nothing that was seen": 1,
        "is shared by all organisations": 1,
        "is excluded": 1,
        "its end '#seed#example.com' was refused or is not there": 1,
        "its end '#vulnerability#CVE-2021-41773' was refused or is not there": 2,
    }
    assert all("chariot load" in one.reason for one in refused if "its end" not in one.reason)


def test_a_cut_file_is_refused_whole() -> None:
    with pytest.raises(InvalidError, match="cut"):
        list(ChariotExport().parse(io.BytesIO(b'{"chariot":1}\n')))


async def test_an_export_names_the_organisation_it_is_of(data: bytes) -> None:
    assert f'"organisation":"{ACME}"'.encode() in data.splitlines()[0]
