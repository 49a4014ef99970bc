"""The audit log, with its key and its checkpoints in the data folder, and what looks at it."""

import importlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import msgspec

from chariot.adapters.keyfile.audit import FileAnchors, FileSigner, PublicKeys
from chariot.adapters.keyfile.keys import FileKeys
from chariot.bootstrap.engines import Engines
from chariot.bootstrap.places import Clock
from chariot.errors import ConfigurationError, InvalidError
from chariot.model.keys import Organisation
from chariot.model.kinds.work import Setting
from chariot.modules.access.widening import Seen
from chariot.modules.audit.offline import ExportedLog
from chariot.modules.audit.ports import Checker, Question
from chariot.modules.audit.pseudonyms import Pseudonyms
from chariot.modules.audit.seals import Checkpoint, Signed, opened
from chariot.modules.audit.service import RETENTION_DAYS, AuditService, Retention
from chariot.modules.audit.verification import Verification, Verifier
from chariot.modules.audit.witness import Witnessing
from chariot.modules.detection.detector import Detector
from chariot.modules.detection.incidents import Incidents
from chariot.modules.detection.places import read as read_places
from chariot.modules.detection.rules import with_own
from chariot.modules.detection.watching import Watch
from chariot.modules.secrets.vault import Vault
from chariot.modules.surface.ports import EntityReader
from chariot.modules.surface.service import SurfaceService
from chariot.modules.work.scheduler import AUDIT_UPKEEP, AUDIT_WITNESS, DETECT, Action
from chariot.settings import Settings

RETENTION_SETTING = "audit.retention-days"
_OF_LATE = timedelta(days=90)


def make_audit(home: Path, engines: Engines, vault: Vault, stack: AsyncExitStack) -> AuditService:
    """Return the audit log; *stack* writes what waits at the end."""
    folder = home / "audit"
    audit = AuditService(
        engines.audit,
        signer(home),
        FileAnchors(folder),
        pseudonyms=Pseudonyms(engines.aliases, vault),
        retention=retention_of(engines.store),
        now=engines.now,
    )
    stack.push_async_callback(audit.close)
    return audit


def signer(home: Path) -> FileSigner:
    """Return what signs the audit log, and exports of the journal, of the installation in *home*."""
    return FileSigner(home / "audit", FileKeys(home / "master.key"))


def public_key(home: Path) -> str:
    """Return the public key that this installation signs with, in hexadecimal."""
    return signer(home).public


def checker(home: Path, keys: Sequence[str]) -> Checker:
    """Return what trusts *keys* alone, or where there are none those that *home* trusts."""
    return PublicKeys(keys) if keys else signer(home)


async def verified_export(
    file: Path, home: Path, keys: Sequence[str], kept: Sequence[Signed]
) -> Verification:
    """Return whether an exported log holds: by *keys*, or where there are none by those that *home* trusts.

    Raises:
        InvalidError: the file is no export.
    """
    with file.open("rb") as opened_file:
        try:
            log = ExportedLog(opened_file)
        except InvalidError as error:
            raise InvalidError(str(error), place=str(file)) from None
        mine = [one for one in kept if opened(one, Checkpoint).organisation == log.organisation]
        return await Verifier(log, checker(home, keys)).verify(log.organisation, mine)


def retention_of(store: EntityReader) -> Retention:
    """Return what reads for how long an organisation keeps its entries; `AuditService` holds to the least."""
    key = Setting(label=RETENTION_SETTING).key

    async def retention(organisation: Organisation) -> int:
        record = (await store.get(organisation, [key])).get(key)
        text = record.entity.value if record is not None and isinstance(record.entity, Setting) else ""
        # What is no number of days changes nothing: to keep too long mends itself, to keep too little does not.
        return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else RETENTION_DAYS

    return retention


def did(audit: AuditService, now: Clock) -> Seen:
    """Return what tells whether somebody did something of late; see `Seen`."""

    async def seen(organisation: Organisation, actor: str, actions: Sequence[str]) -> bool:
        since = now() - _OF_LATE
        questions = [Question(actor=actor, action=one, since=since, limit=1) for one in actions]
        return any([(await audit.find(organisation, one))[0] for one in questions])

    return seen


class Detection(msgspec.Struct, frozen=True):
    """What finds incidents, what people do with them, and what the clock starts."""

    incidents: Incidents
    look: Callable[[], Awaitable[int]]
    actions: Mapping[str, Action]


def make_detection(
    settings: Settings, home: Path, engines: Engines, audit: AuditService, surface: SurfaceService
) -> Detection:
    """Return what looks at the audit log.

    Raises:
        ConfigurationError: `detection.toml` or `places.csv` in the data folder is wrong.
    """
    own, table = home / "detection.toml", home / "places.csv"
    rules = with_own(_text(own), str(own))
    places = read_places(_text(table), str(table))
    incidents = Incidents(surface, audit, now=engines.now)
    watch = Watch(
        audit,
        incidents,
        engines.checkpoints,
        lambda: Detector(rules, places),
        home=Organisation(settings.organisation),
        now=engines.now,
    )
    return Detection(
        incidents,
        watch.tick,
        {
            DETECT: lambda _: watch.tick_at_ease(),
            AUDIT_UPKEEP: lambda _: watch.upkeep(),
            AUDIT_WITNESS: _witnessing(settings, engines, audit),
        },
    )


def _witnessing(settings: Settings, engines: Engines, audit: AuditService) -> Action:
    """Return what tells somebody else of checkpoints; what speaks to them is loaded only where there is one.

    Raises:
        ConfigurationError: `audit_witness` is no web address.
    """
    if not settings.audit_witness:

        async def nothing(organisation: Organisation) -> int:
            del organisation
            return 0

        return nothing
    if not settings.audit_witness.startswith(("https://", "http://")):
        raise ConfigurationError("audit_witness is no web address: it begins with https://")
    guard = importlib.import_module("chariot.adapters.webhook.guard").Guard(settings.webhook_networks)
    outgoing = importlib.import_module("chariot.adapters.outgoing.client").Outgoing(
        guard, now=engines.now, timeout_s=10.0, places=engines.breakers.witness
    )
    witness = importlib.import_module("chariot.adapters.webhook.witness").WebhookWitness(
        outgoing, settings.audit_witness
    )
    witnessing = Witnessing(audit, witness, engines.checkpoints)
    return lambda _: witnessing.tick()


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8") if path.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"cannot read {path}") from error
