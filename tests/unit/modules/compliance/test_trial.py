from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.errors import InvalidError
from chariot.modules.compliance.checks import all_checks, read_pack, shipped_packs
from chariot.modules.compliance.platform import FACTS
from chariot.modules.compliance.trial import try_packs
from chariot.modules.surface.service import SurfaceService

PACK = """
name = "ours"
[[case]]
check = "port.telnet"
expect = "fail"
entities = [{ kind = "port", address = "192.0.2.7", protocol = "tcp", number = 23 }]
[[case]]
check = "port.telnet"
expect = "pass"
entities = [{ kind = "port", address = "192.0.2.7", protocol = "tcp", number = 443 }]
[[case]]
check = "port.telnet"
expect = "pass"
[[case]]
check = "audit.holds"
expect = "fail"
facts = { "audit.holds" = false }
[[case]]
check = "risk.critical-open"
expect = "fail"
entities = [
  { kind = "port", address = "192.0.2.7", protocol = "tcp", number = 443 },
  { kind = "risk", target = "#port#192.0.2.7#tcp#443", weakness = "CVE-2023-12345",\
severity = "critical", state = "open" },
]
"""


@pytest.fixture
async def new_surface(tmp_path: Path) -> AsyncIterator[Callable[[], Awaitable[SurfaceService]]]:
    opened: list[SqliteDatabase] = []

    async def make() -> SurfaceService:
        opened.append(SqliteDatabase(tmp_path / f"{len(opened)}.db"))
        return SurfaceService(SqliteEntityStore(opened[-1]))

    yield make
    for database in opened:
        await database.close()


async def test_each_case_is_judged_on_a_surface_of_its_own(new_surface):
    pack = read_pack(PACK.encode(), "ours.toml", FACTS)

    outcomes = await try_packs([pack], all_checks(shipped_packs(FACTS)), new_surface)

    assert [(one.number, one.judged, one.holds) for one in outcomes] == [
        (1, "fail", True),
        (2, "pass", True),
        (3, "cannot-tell", False),
        (4, "fail", True),
        (5, "fail", True),
    ]


@pytest.mark.parametrize(
    ("was", "wrong"),
    [("port.telnet", "port.nothing"), ('"192.0.2.7"', '"nowhere"'), ('"port", address', '"boat", address')],
)
async def test_a_case_that_cannot_be_is_told(new_surface, was, wrong):
    pack = read_pack(PACK.replace(was, wrong).encode(), "ours.toml", FACTS)

    with pytest.raises(InvalidError):
        await try_packs([pack], all_checks(shipped_packs(FACTS)), new_surface)
