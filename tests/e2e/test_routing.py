"""An organisation with a database of its own: after all that can happen to it, the shared one has no byte of it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import msgspec
import pytest

from chariot.application import Application
from chariot.bootstrap import open_application
from chariot.errors import ConfigurationError
from chariot.model.keys import Key, Organisation
from chariot.model.kinds.network import Address, Domain, Port
from chariot.model.kinds.weakness import Technology
from chariot.model.kinds.work import AlertRule
from chariot.model.observations import Edit, Observations
from chariot.model.relationships import Relationship, RelationshipType
from chariot.model.states import RiskState
from chariot.modules.surface.query import Query
from chariot.settings import OrganisationSettings, Settings
from support.databases import databases
from support.nats_server import NatsServer

APART, OTHERS = Organisation("zebrafish-ltd"), Organisation("globex")
MARK = "zebrafish"
LONGEST_S = 60.0

WEB = Address(ip="192.0.2.77")
PORT = Port(address=WEB.ip, protocol="tcp", number=443, service="https")
NAME = Domain(host=f"www.{MARK}.test")
SERVER = Technology(cpe="cpe:2.3:a:apache:http_server:2.4.49:*:*:*:*:*:*:*")
LINKS = (
    Relationship(RelationshipType.RESOLVES_TO, NAME.key, WEB.key),
    Relationship(RelationshipType.HAS_PORT, WEB.key, PORT.key),
    Relationship(RelationshipType.HAS_TECHNOLOGY, PORT.key, SERVER.key),
)
TELLING = (MARK, WEB.ip)
"""What nobody else has: its name, its names, its address."""


async def everything(application: Application, organisation: Organisation, file: Path) -> None:
    """Observe, edit, import, find and decide risks, tell of them, and keep the schedule."""
    rule = AlertRule(label=f"{MARK}-rule", minimum_score=1, channel=f"https://hooks.{MARK}.test/x")
    await application.alerts.put(organisation, rule, actor=f"ana@{MARK}.test")
    seen = Observations(
        capability="probe",
        seen_at=datetime.now(UTC),
        entities=(NAME, WEB, PORT, SERVER),
        relationships=LINKS,
    )
    await application.surface.observe(organisation, seen)
    tagged = Edit(actor=f"ana@{MARK}.test", key=NAME.key, tags={"owner": MARK})
    await application.surface.edit(organisation, [tagged])
    await application.exchange.import_file(organisation, file, format_name="subfinder")
    await application.scans.start(organisation, [NAME.host], requested_by=f"ana@{MARK}.test")
    running = asyncio.create_task(application.pipeline.run())
    try:
        async with asyncio.timeout(LONGEST_S):
            while not (risks := await risks_of(application, organisation)):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        await application.risk.transition(
            organisation, risks[0], RiskState.OPEN, actor=f"ana@{MARK}.test", why=f"known at {MARK}"
        )
        async with asyncio.timeout(LONGEST_S):
            while not await application.pipeline.relay.is_caught_up():  # noqa: ASYNC110 - nothing tells when
                await asyncio.sleep(0.05)
        await application.scheduler.step()
    finally:
        await application.pipeline.stop()
        await running


async def risks_of(application: Application, organisation: Organisation) -> list[Key]:
    page = await application.store.find(organisation, Query(kinds=("risk",)))
    return [record.key for record in page.items]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / f"{MARK}.txt"
    path.write_text("".join(f"host-{number}.{MARK}.test\n" for number in range(50)))
    return path


def embedded(tmp_path: Path) -> Settings:
    return Settings(
        home=str(tmp_path / "home"),
        organisation=OTHERS,
        resolver="127.0.0.1:9",
        organisations={APART: OrganisationSettings(store=f"sqlite:///{tmp_path / 'apart.db'}")},
    )


@pytest.fixture
async def distributed(tmp_path: Path) -> AsyncIterator[Settings]:
    folder = tmp_path / "nats"
    folder.mkdir()
    nats = NatsServer(folder).start()
    shared, own = await databases().take(), await databases().take()
    yield msgspec.structs.replace(
        embedded(tmp_path),
        store=shared,
        bus=nats.url,
        organisations={APART: OrganisationSettings(store=own)},
    )
    nats.kill()
    for url in (shared, own):
        await databases().give_back(url)


async def rows_of(url: str) -> str:
    """Return every row of every table as text, whoever it belongs to."""
    connection = await asyncpg.connect(url)
    try:
        tables = await connection.fetch("SELECT relname FROM pg_class WHERE relkind IN ('r', 'm')")
        names = [name for (name,) in tables if not name.startswith(("pg_", "sql_"))]
        found = [await connection.fetch(f'SELECT t::text FROM "{name}" AS t') for name in names]
        return "\n".join(str(text) for rows in found for (text,) in rows)
    finally:
        await connection.close()


async def test_no_byte_of_it_is_in_the_shared_file(tmp_path: Path, file: Path) -> None:
    async with open_application(embedded(tmp_path)) as application:
        await everything(application, APART, file)

    home = tmp_path / "home"
    # What is kept to prove the audit logs names organisations, and holds nothing of theirs.
    shared = b"".join(path.read_bytes() for path in home.iterdir() if path.name not in ("intel.db", "audit"))
    own = (tmp_path / "apart.db").read_bytes()
    assert [word for word in TELLING if word.encode() in shared] == []
    assert all(word.encode() in own for word in TELLING)
    assert b"message" in shared


async def test_no_row_of_it_is_in_the_shared_database(distributed: Settings, file: Path) -> None:
    async with open_application(distributed) as application:
        await everything(application, APART, file)

    shared = await rows_of(distributed.store)
    own = await rows_of(distributed.organisations[APART].store)
    assert [word for word in TELLING if word in shared] == []
    assert all(word in own for word in TELLING)
    assert "CVE-2021-41773" in shared


async def test_others_live_in_the_shared_one_alone(tmp_path: Path, file: Path) -> None:
    async with open_application(embedded(tmp_path)) as application:
        await everything(application, OTHERS, file)

        assert await application.store.organisations() == [OTHERS, "shared"]
        assert await application.store.find(APART, Query(kinds=("risk", "domain"))) == await nothing(
            application
        )


async def nothing(application: Application) -> object:
    return await application.store.find(Organisation("nobody"), Query(kinds=("risk",)))


async def test_who_has_data_in_the_shared_one_cannot_be_sent_away(tmp_path: Path, file: Path) -> None:
    settings = embedded(tmp_path)
    async with open_application(msgspec.structs.replace(settings, organisations={})) as application:
        await application.exchange.import_file(APART, file, format_name="subfinder")

    with pytest.raises(ConfigurationError, match=f"'{APART}' has data in the database of all"):
        async with open_application(settings):
            pass


async def test_a_database_of_two_is_nobodys_own(tmp_path: Path, file: Path) -> None:
    settings = embedded(tmp_path)
    own = settings.organisations[APART].store
    async with open_application(
        msgspec.structs.replace(settings, store=own, organisations={})
    ) as application:
        await application.exchange.import_file(OTHERS, file, format_name="subfinder")

    with pytest.raises(ConfigurationError, match=f"holds the organisation '{OTHERS}' too"):
        async with open_application(settings):
            pass


@pytest.mark.parametrize(
    ("name", "store", "says"),
    [
        ("shared", "sqlite:////tmp/x.db", "no organisation that can stand apart"),
        ("acme", "mysql://x", "'mysql' is not known"),
        ("acme", "", "'' is not known"),
    ],
)
async def test_a_wrong_route_is_named(tmp_path: Path, name: str, store: str, says: str) -> None:
    settings = msgspec.structs.replace(
        embedded(tmp_path), organisations={name: OrganisationSettings(store=store)}
    )

    with pytest.raises(ConfigurationError, match=says):
        async with open_application(settings):
            pass


async def test_the_database_of_all_is_nobodys_own(tmp_path: Path) -> None:
    settings = embedded(tmp_path)
    same = {APART: OrganisationSettings(store=settings.store_url)}

    with pytest.raises(ConfigurationError, match="one of its own"):
        async with open_application(msgspec.structs.replace(settings, organisations=same)):
            pass
