"""What it costs that secrets and what is about people are stored encrypted: fields, and pages that hold one."""

import asyncio
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.rows import row
from chariot.adapters.keyfile.keys import FileKeys
from chariot.adapters.sqlite.data_keys import SqliteDataKeys
from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.model.keys import Organisation
from chariot.model.kinds.weakness import Risk
from chariot.model.observations import Edit, Observations
from chariot.modules.secrets.keyring import KeyRing
from chariot.modules.secrets.store import OpeningStore
from chariot.modules.secrets.vault import Vault
from chariot.modules.surface.ports import EntityStore
from chariot.modules.surface.query import Query
from chariot.modules.surface.service import SurfaceService

_RISKS = 2_000
_FIELDS = 20_000
_PAGES = 50
_ROUNDS = 3
_ACME = Organisation("acme")
_SEEN = datetime(2026, 1, 1, tzinfo=UTC)
_AIM = 1.3


def run(rows: list[dict[str, Any]]) -> None:
    """Add the figures, all in processor time."""
    with tempfile.TemporaryDirectory() as name:
        rows += asyncio.run(_run(Path(name)))


async def _run(folder: Path) -> list[dict[str, Any]]:
    kept = SqliteDatabase(folder / "keys.db")
    masters = FileKeys(folder / "master.key")
    vault = Vault(KeyRing(masters, SqliteDataKeys(kept)), masters)
    await vault.ready(_ACME)
    plain, sealed = await _filled(folder / "plain.db", None), await _filled(folder / "sealed.db", vault)
    texts = [vault.seal(_ACME, f"somebody {number}") for number in range(_FIELDS)]
    pages = [await _page_us(store) for store in (plain, OpeningStore(sealed, vault))]
    ratio = pages[1] / pages[0]
    found = [
        row("a field sealed", _each_us(lambda n: vault.seal(_ACME, f"somebody {n}")), "us CPU"),
        row("a field opened", _each_us(lambda n: vault.open(_ACME, texts[n])), "us CPU"),
        row("a page of 100 risks whose owners are sealed, against plain ones", round(pages[1]), "us CPU",
            reference=round(pages[0]), ratio=round(ratio, 2), aim=f"<= {_AIM}x", met=ratio <= _AIM),
    ]  # fmt: skip
    for store in (plain, sealed):
        await store.close()
    await kept.close()
    return found


async def _filled(path: Path, vault: Vault | None) -> SqliteEntityStore:
    store = SqliteEntityStore(SqliteDatabase(path))
    # A service that seals nothing keeps fields about people as they are.
    surface = (
        SurfaceService(store) if vault is None else SurfaceService(store, seal=vault.seal, ready=vault.ready)
    )
    risks = tuple(
        Risk(target=f"#domain#h{number}.example.com", weakness="CVE-2023-12345") for number in range(_RISKS)
    )
    await surface.observe(_ACME, Observations(capability="bench", seen_at=_SEEN, entities=risks))
    owners = [
        Edit(actor="bench", key=risk.key, fields={"owner": f"owner-{number % 200}@example.com"})
        for number, risk in enumerate(risks)
    ]
    for first in range(0, _RISKS, 500):
        await surface.edit(_ACME, owners[first : first + 500])
    return store


def _each_us(work: Callable[[int], object]) -> float:
    started = time.process_time()
    for number in range(_FIELDS):
        work(number)
    return round((time.process_time() - started) / _FIELDS * 1e6, 1)


async def _page_us(store: EntityStore) -> float:
    taken = []
    for _ in range(_ROUNDS):
        cursor, started = "", time.process_time()
        for _ in range(_PAGES):
            page = await store.find(_ACME, Query(kinds=("risk",), limit=100, cursor=cursor))
            cursor = page.cursor
        taken.append((time.process_time() - started) / _PAGES * 1e6)
    return min(taken)
