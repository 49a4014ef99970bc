"""The audit log of the databases that the settings name, with its key and its checkpoints in the data folder."""

from contextlib import AsyncExitStack
from pathlib import Path

from chariot.adapters.keyfile.audit import FileAnchors, FileSigner
from chariot.bootstrap.engines import Engines
from chariot.bootstrap.places import now
from chariot.model.keys import Organisation
from chariot.model.kinds.work import Setting
from chariot.modules.audit.service import RETENTION_DAYS, AuditService, Retention
from chariot.modules.surface.ports import EntityReader

RETENTION_SETTING = "audit.retention-days"


def make_audit(home: Path, engines: Engines, stack: AsyncExitStack) -> AuditService:
    """Return the audit log; *stack* writes what waits at the end."""
    folder = home / "audit"
    audit = AuditService(
        engines.audit,
        FileSigner(folder),
        FileAnchors(folder),
        retention=retention_of(engines.store),
        now=now,
    )
    stack.push_async_callback(audit.close)
    return audit


def retention_of(store: EntityReader) -> Retention:
    """Return what reads for how long an organisation keeps its entries; `AuditService` holds to the least."""
    key = Setting(label=RETENTION_SETTING).key

    async def retention(organisation: Organisation) -> int:
        record = (await store.get(organisation, [key])).get(key)
        text = record.entity.value if record is not None and isinstance(record.entity, Setting) else ""
        # What is no number of days changes nothing: to keep too long mends itself, to keep too little does not.
        return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else RETENTION_DAYS

    return retention
