"""Two organisations in one installation: one with everything, and one that wants it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from chariot.application import Application
from chariot.bootstrap import open_application
from chariot.model.keys import Key, Organisation
from chariot.model.kinds.network import Address, Domain, Port
from chariot.model.kinds.weakness import Risk, Technology
from chariot.model.kinds.work import AlertRule, Seed
from chariot.model.observations import Edit, Observations
from chariot.model.registry import KINDS
from chariot.model.relationships import Relationship, RelationshipType
from chariot.model.states import Severity
from chariot.modules.surface.query import Query
from chariot.modules.work.messages import Message
from chariot.settings import Settings

VICTIM, THIEF = Organisation("victim-corp"), Organisation("thief")
MARK = "zebra7crossing"
"""Stands in the name of everything that the victim has: a thief may guess it."""
SECRET = "quokka9island"
"""Stands in what the victim knows of these things: nobody can guess it."""
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

NAME = Domain(host=f"www.{MARK}.test", registrar=SECRET)
ADDRESS = Address(ip="192.0.2.77")
PORT = Port(address=ADDRESS.ip, protocol="tcp", number=443, service=SECRET)
SERVER = Technology(cpe=f"cpe:2.3:a:{MARK}:server:1.0:*:*:*:*:*:*:*")
RISK = Risk(target=PORT.key, weakness=f"{MARK}-weakness", title=SECRET, severity=Severity.HIGH, score=90)
SEED = Seed(value=f"{MARK}.test")
RULE = AlertRule(label=MARK, channel=f"https://hooks.{SECRET}.test/T0K3N", signing_key=f"{SECRET}-key")
LINKS = (
    Relationship(RelationshipType.RESOLVES_TO, NAME.key, ADDRESS.key),
    Relationship(RelationshipType.HAS_PORT, ADDRESS.key, PORT.key),
    Relationship(RelationshipType.HAS_TECHNOLOGY, PORT.key, SERVER.key),
)
QUEUE = "notify"


async def fill(application: Application, folder: Path) -> None:
    """Give the victim one of everything, and the thief a little of its own."""
    surface = application.surface
    await surface.edit(VICTIM, [Edit(actor=SECRET, entity=SEED)])
    await application.alerts.put(VICTIM, RULE, actor=SECRET)
    for registrar in (SECRET, f"{SECRET}-later"):
        seen = Observations(
            capability="probe",
            seen_at=NOON if registrar == SECRET else NOON + timedelta(hours=1),
            entities=(msgspec.structs.replace(NAME, registrar=registrar), ADDRESS, PORT, SERVER, RISK),
            relationships=LINKS,
            tags={"owner": SECRET},
        )
        await surface.observe(VICTIM, seen)
    file = folder / f"{MARK}.txt"
    file.write_text("".join(f"host-{number}.{MARK}.test\n" for number in range(5)))
    await application.exchange.import_file(VICTIM, file, format_name="subfinder", requested_by=SECRET)
    letter = Message(
        queue=QUEUE, id=f"{MARK}-1", organisation=VICTIM, order_key=NAME.key, body=SECRET.encode()
    )
    await application.bus.publish([letter])
    for delivery in await application.bus.lease(QUEUE, limit=1, lease_s=30, owner="test"):
        await application.bus.bury(delivery, f"{SECRET} failed")
    own = Observations(capability="probe", seen_at=NOON, entities=(Domain(host="own.thief.test"),))
    await surface.observe(THIEF, own)


async def state(application: Application, organisation: Organisation = VICTIM) -> dict[str, Any]:
    """Return all that can be read of an organisation."""
    store, bus = application.store, application.bus
    page = await store.find(organisation, Query(kinds=tuple(KINDS), everything=True, limit=1_000))
    return {
        "records": [
            (record.key, record.entity, record.status, record.revision, record.tags, record.origins)
            for record in page.items
        ],
        "changes": await store.changes(0, 10_000, organisation=organisation),
        "counts": await store.counts(organisation),
        "letters": await bus.dead_letters(organisation),
        "queues": [
            (depth.queue, depth.live, depth.dead) for depth in await bus.depths(organisation) if depth.dead
        ],
    }


async def identifiers(application: Application) -> list[str]:
    """Return everything by which something of the victim can be named."""
    page = await application.store.find(VICTIM, Query(kinds=tuple(KINDS), everything=True, limit=1_000))
    letters = await application.bus.dead_letters(VICTIM)
    own = [value for record in page.items for value in _identities(record.entity)]
    return list(
        dict.fromkeys(
            [*(record.key for record in page.items), *own, *(one.number for one in letters), VICTIM]
        )
    )


def _identities(entity: Any) -> list[str]:
    values = (getattr(entity, spec.name) for spec in entity.specs if spec.mark.identity)
    return [value for value in values if isinstance(value, str) and value]


@asynccontextmanager
async def opened(settings: Settings, folder: Path) -> AsyncIterator[Application]:
    """Open an installation with both in it."""
    async with open_application(settings) as application:
        await fill(application, folder)
        yield application


KEYS: tuple[Key, ...] = (NAME.key, ADDRESS.key, PORT.key, RISK.key, SEED.key)
