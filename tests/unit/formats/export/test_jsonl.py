from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.formats.export.jsonl import JsonLines
from chariot.formats.export.support.json import encode
from chariot.model.base import Entity
from chariot.model.keys import SHARED
from chariot.model.registry import entity_decoder
from strategies import any_of
from support.exports import BEFORE, CVE, NOW, OTHER, SECRET, SIX, UNRELATED, exported, exported_lines

JSONL = JsonLines()


async def test_the_first_line_tells_the_version_and_what_was_chosen(store: SqliteEntityStore) -> None:
    header, *_ = await exported_lines(JSONL, store, filter="tag.env=prod", kinds=("domain",))

    assert header["chariot"] == 1
    assert (header["organisation"], header["filter"], header["kinds"]) == ("acme", "tag.env=prod", ["domain"])
    assert {"alertrule.channel", "alertrule.signing_key", "apikey.digest"} <= set(header["left_out"])


async def test_the_last_line_counts_the_others(store: SqliteEntityStore) -> None:
    _, *lines, end = await exported_lines(JSONL, store)

    kinds = [line["line"] for line in lines]
    assert end == {
        "line": "end",
        "entities": kinds.count("entity"),
        "relationships": kinds.count("relationship"),
    }
    assert kinds == sorted(kinds)


async def test_every_entity_goes_in_also_what_is_not_on_the_surface(store: SqliteEntityStore) -> None:
    lines = await exported_lines(JSONL, store)

    by_key = {line["key"]: line for line in lines if line.get("line") == "entity"}
    assert by_key[SIX.key]["status"] == "excluded"
    assert by_key["#risk#port#192.0.2.7#tcp#443#CVE-2021-41773"]["decided"] == ["reason", "state"]
    assert by_key["#webapplication#https://app.example.com/"]["first_seen"] == BEFORE.isoformat().replace(
        "+00:00", "Z"
    )


async def test_no_secret_and_nothing_of_another_organisation_comes_out(store: SqliteEntityStore) -> None:
    data = await exported(JSONL, store)

    assert SECRET.encode() not in data
    assert b"secret.other.test" not in data
    assert b"#alertrule#urgent" in data


async def test_of_what_is_shared_only_what_concerns_the_organisation_goes_in(
    store: SqliteEntityStore,
) -> None:
    lines = await exported_lines(JSONL, store)

    shared = [line["key"] for line in lines if line.get("shared")]
    assert shared == [CVE.key]
    assert UNRELATED.key not in await _keys(store, OTHER)


async def _keys(store: SqliteEntityStore, organisation: str) -> list[str]:
    lines = await exported_lines(JSONL, store, organisation=organisation)
    return [line["key"] for line in lines if line.get("line") == "entity"]


async def test_the_shared_part_itself_is_not_marked_as_shared(store: SqliteEntityStore) -> None:
    lines = await exported_lines(JSONL, store, organisation=SHARED)

    assert [(one["key"], one["shared"]) for one in lines[1:-1]] == [(UNRELATED.key, False), (CVE.key, False)]


@pytest.mark.parametrize("as_of", [BEFORE, NOW.replace(year=2020)])
async def test_before_anything_was_written_there_is_nothing(
    store: SqliteEntityStore, as_of: datetime
) -> None:
    lines = await exported_lines(JSONL, store, as_of=as_of)

    assert len(lines) == 2


async def test_an_empty_surface_gives_a_header_and_an_end(empty: SqliteEntityStore) -> None:
    lines = await exported_lines(JSONL, empty)

    assert [line.get("line", "header") for line in lines] == ["header", "end"]


async def test_relationships_to_what_was_not_chosen_are_left_out(store: SqliteEntityStore) -> None:
    lines = await exported_lines(JSONL, store, kinds=("domain", "address"), filter="tag.env=prod host~app")

    assert [line["key"] for line in lines[1:-1]] == ["#domain#app.example.com"]


async def test_relationships_with_both_ends_chosen_go_in(store: SqliteEntityStore) -> None:
    lines = await exported_lines(JSONL, store, kinds=("domain", "address"))

    joined = [line["relationship"]["type"] for line in lines if line.get("line") == "relationship"]
    assert joined == ["RESOLVES_TO", "ALIAS_OF"]


@given(st.sampled_from(JSONL.kinds).flatmap(any_of))
def test_any_entity_is_the_same_after_it_was_written_and_read(entity: Entity) -> None:
    assert entity_decoder.decode(encode(entity)) == entity
