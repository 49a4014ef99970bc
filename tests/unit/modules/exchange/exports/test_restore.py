import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.errors import InvalidError, NotFoundError
from chariot.formats.export.jsonl import JsonLines
from chariot.model.base import Entity
from chariot.model.keys import SHARED, Key
from chariot.model.kinds.network import Domain
from chariot.model.observations import Observations
from chariot.model.records import Op
from chariot.modules.exchange.exports.restore import RestoreReport, RestoreService
from chariot.modules.exchange.exports.service import ABOUT_PEOPLE
from chariot.modules.exchange.exports.source import without_secrets
from chariot.modules.surface.service import SurfaceService
from strategies import any_of
from support.exports import ACME, CVE, DOMAIN, NOW, OTHER, SECRET, SIX, exported, exported_lines

LATER = NOW + timedelta(days=1)
SAMPLE = Path(__file__).parents[3] / "formats" / "samples" / "chariot.1.jsonl"
LINES = [json.loads(line) for line in SAMPLE.read_text(encoding="utf-8").splitlines()]


async def load(
    store: SqliteEntityStore, path: Path, *, organisation: str = ACME, shared: bool = True, **asked: Any
) -> RestoreReport:
    service = RestoreService(store, now=lambda: LATER)
    return await service.restore(organisation, path, actor="cli:ann", shared=shared, **asked)


@pytest.fixture
async def file(store: SqliteEntityStore, tmp_path: Path) -> Path:
    path = tmp_path / "surface.jsonl"
    path.write_bytes(await exported(JsonLines(), store))
    return path


def told(lines: list[Any]) -> list[Any]:
    """Return what two exports of one surface must agree on: all but when and how often it was written."""
    return [
        {name: value for name, value in line.items() if name not in ("updated", "revision", "made_at")}
        for line in lines
    ]


def rewrite(file: Path, change: Callable[[str], str]) -> None:
    file.write_text(change(file.read_text()))


async def test_the_export_of_what_was_loaded_is_the_same(
    store: SqliteEntityStore, empty: SqliteEntityStore, file: Path
) -> None:
    report = await load(empty, file)

    assert (report.refused, report.kept, report.errors) == (0, 0, [])
    assert told(await exported_lines(JsonLines(), empty)) == told(await exported_lines(JsonLines(), store))


async def test_loading_twice_changes_nothing(empty: SqliteEntityStore, file: Path) -> None:
    first = await load(empty, file)
    sequence = await empty.last_sequence()

    again = await load(empty, file)

    assert (again.entities, again.relationships) == (0, 0)
    assert again.kept == first.entities + first.relationships
    assert await empty.last_sequence() == sequence


async def test_what_is_there_already_stays_as_it_is(empty: SqliteEntityStore, file: Path) -> None:
    mine = Domain(host=DOMAIN.host, registrar="mine")
    await SurfaceService(empty, now=lambda: NOW).observe(
        ACME, Observations(capability="probe", seen_at=NOW, entities=(mine,))
    )

    report = await load(empty, file)

    assert report.kept == 1
    assert (await empty.get(ACME, [DOMAIN.key]))[DOMAIN.key].entity == mine


async def test_the_change_says_who_loaded_it_and_why(empty: SqliteEntityStore, file: Path) -> None:
    await load(empty, file)

    (version,) = (await empty.versions(ACME, SIX.key)).items
    assert (version.change.op, version.change.actor) == (Op.CREATED, "cli:ann")
    assert version.change.why == "restored from an export"
    assert version.status.value == "excluded"


async def test_a_decision_is_still_decided(empty: SqliteEntityStore, file: Path) -> None:
    await load(empty, file)
    key = Key("#risk#domain#app.example.com#leaked-key")

    record = (await empty.get(ACME, [key]))[key]

    assert record.decided == ("reason", "state")
    assert getattr(record.entity, "reason", "") == "a test key"


async def test_a_dry_run_writes_nothing(empty: SqliteEntityStore, file: Path) -> None:
    report = await load(empty, file, dry_run=True)

    assert report.entities > 10
    assert not report.written
    assert await empty.last_sequence() == 0


async def test_a_cut_file_leaves_nothing_half_written(empty: SqliteEntityStore, file: Path) -> None:
    rewrite(file, lambda text: text[:-100])

    with pytest.raises(InvalidError, match="cut"):
        await load(empty, file)

    assert await empty.last_sequence() == 0


async def test_who_does_not_run_the_installation_writes_nothing_shared(
    empty: SqliteEntityStore, file: Path
) -> None:
    report = await load(empty, file, shared=False)

    assert await empty.get(SHARED, [CVE.key]) == {}
    assert "operator" in report.errors[0].reason
    # The relationships to it lead nowhere then, and say so.
    assert report.refused == 3


async def test_it_lands_where_it_is_loaded_and_nowhere_else(empty: SqliteEntityStore, file: Path) -> None:
    await load(empty, file, organisation=OTHER)

    assert DOMAIN.key in await empty.get(OTHER, [DOMAIN.key])
    assert await empty.get(ACME, [DOMAIN.key]) == {}


async def test_a_secret_that_somebody_wrote_into_the_file_is_left_out(
    empty: SqliteEntityStore, file: Path
) -> None:
    added = f'{{"kind":"alertrule","channel":"{SECRET}",'
    rewrite(file, lambda text: text.replace('{"kind":"alertrule",', added))

    await load(empty, file)

    record = (await empty.get(ACME, [Key("#alertrule#urgent")]))[Key("#alertrule#urgent")]
    assert getattr(record.entity, "channel", None) == ""


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('"tags":{"env":"prod"}', '"tags":{"UPPER CASE":"x"}', "UPPER CASE"),
        ('"origins":["probe"]', '"origins":[""]', "empty"),
        ('"decided":[]', '"decided":["nonsense"]', "nonsense"),
    ],
)
async def test_a_wrong_common_field_is_refused_with_its_line(
    empty: SqliteEntityStore, file: Path, old: str, new: str, reason: str
) -> None:
    rewrite(file, lambda text: text.replace(old, new, 1))

    report = await load(empty, file)

    assert report.refused >= 1
    assert any(reason in one.reason and one.place.startswith("line ") for one in report.errors)


async def test_nothing_was_seen_later_than_now(empty: SqliteEntityStore, file: Path) -> None:
    rewrite(file, lambda text: text.replace('"last_seen":"2026-', '"last_seen":"2099-'))

    await load(empty, file)

    assert (await empty.get(ACME, [DOMAIN.key]))[DOMAIN.key].visited == LATER


async def test_a_file_that_is_not_there_is_named(empty: SqliteEntityStore, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"none\.jsonl"):
        await load(empty, tmp_path / "none.jsonl")


# What is about people goes into an export only by the name of its kind.
@given(st.lists(st.sampled_from(sorted({*JsonLines.kinds} - ABOUT_PEOPLE)).flatmap(any_of), max_size=5))
async def test_any_entities_come_back_as_they_were(
    tmp_path_factory: pytest.TempPathFactory, entities: list[Entity]
) -> None:
    folder = tmp_path_factory.mktemp("loaded")
    first, second = [
        SqliteEntityStore(SqliteDatabase(folder / f"{name}.db"), now=lambda: NOW) for name in "ab"
    ]
    await SurfaceService(first, now=lambda: NOW).observe(
        ACME, Observations(capability="probe", seen_at=NOW, entities=tuple(entities))
    )
    path = folder / "surface.jsonl"
    path.write_bytes(await exported(JsonLines(), first))

    await load(second, path)

    keys = [entity.key for entity in entities]
    before, after = [await store.get(ACME, keys) for store in (first, second)]
    assert {key: without_secrets(one.entity) for key, one in before.items()} == {
        key: one.entity for key, one in after.items()
    }
    assert json.loads(path.read_text().splitlines()[-1])["entities"] == len(before)
    await first.close()
    await second.close()


async def test_a_file_that_the_first_release_wrote_is_loaded_whole(empty: SqliteEntityStore) -> None:
    report = await load(empty, SAMPLE)

    assert (report.entities, report.relationships, report.refused) == (5, 2, 0)
    again = await exported_lines(JsonLines(), empty)
    assert told(again)[1:] == told(LINES)[1:]
