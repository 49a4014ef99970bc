"""Keys of organisations, and the rights of people over what is kept about them."""

from collections.abc import Callable

from chariot.adapters.keyfile.keys import FileKeys
from chariot.bootstrap.engines import Engines
from chariot.errors import ConfigurationError
from chariot.model.fields import Class
from chariot.model.keys import Organisation
from chariot.modules.audit.ports import Question
from chariot.modules.audit.service import AuditService
from chariot.modules.privacy.residency import Residence, residences
from chariot.modules.privacy.service import PrivacyService
from chariot.modules.secrets.service import KeyService
from chariot.modules.secrets.vault import Vault
from chariot.modules.surface.ports import EntityStore
from chariot.modules.work.scheduler import Action
from chariot.settings import Settings

_COUNTED = 1_000


def make_key_service(masters: FileKeys, engines: Engines, vault: Vault, audit: AuditService) -> KeyService:
    """Return what changes keys."""
    return KeyService(masters, engines.data_keys, vault, engines.mender, engines.checkpoints, audit)


class AuditTrail:
    """See `Trail`."""

    def __init__(self, audit: AuditService) -> None:
        self._audit = audit

    async def count(self, organisation: Organisation, actor: str) -> int:
        """See `Trail.count`."""
        total, before = 0, 0
        while True:
            question = Question(actor=actor, before=before, limit=_COUNTED)
            found, before = await self._audit.find(organisation, question)
            total += len(found)
            if not before:
                return total

    async def forget(self, organisation: Organisation, is_meant: Callable[[str], bool]) -> int:
        """See `Trail.forget`."""
        return await self._audit.forget(organisation, is_meant)


def make_privacy(store: EntityStore, engines: Engines, vault: Vault, audit: AuditService) -> PrivacyService:
    """Return what finds and erases people."""
    return PrivacyService(store, engines.mender, vault, audit, AuditTrail(audit), now=engines.now)


def make_keep(settings: Settings, keys: KeyService, privacy: PrivacyService) -> Action:
    """Return what the clock does each day: what is sealed is sealed with the newest key, what is over is forgotten."""
    retention = settings.retention
    days = {
        Class.RESTRICTED: retention.restricted,
        Class.CONFIDENTIAL: retention.confidential,
        Class.INTERNAL: retention.internal,
        Class.PUBLIC: retention.public,
    }

    async def keep(organisation: Organisation) -> None:
        await keys.reseal(organisation)
        await privacy.retain(organisation, days)

    return keep


def check_residency(settings: Settings) -> list[Residence]:
    """Return where the data of whom is, as far as rules are about it.

    Raises:
        ConfigurationError: data would be kept where it may not be.
    """
    found = residences_of(settings)
    for one in found:
        if not one.is_kept:
            raise ConfigurationError(
                f"residency.{one.organisation} allows {', '.join(one.allowed) or 'no region'}, and its data is in"
                f" {one.region or 'a region that no setting names'}: state `region`, or move the data"
            )
    return found


def residences_of(settings: Settings) -> list[Residence]:
    """Return where the data of whom is, whether it may be there or not."""
    own = {Organisation(name): one.region for name, one in settings.organisations.items()}
    return residences(settings.residency, settings.region, own)
