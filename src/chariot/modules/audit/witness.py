"""Checkpoints told to somebody else as they are made, so that a log that was cut or put back is seen from elsewhere."""

from typing import Final, Protocol

import structlog

from chariot.errors import ChariotError
from chariot.model.keys import Organisation
from chariot.modules.audit.seals import Checkpoint, Signed, opened
from chariot.modules.audit.service import AuditService
from chariot.modules.work.ports import Checkpoints

_log = structlog.get_logger(__name__)
_PLACE: Final = "audit-witness"


class Witness(Protocol):
    """Keeps checkpoints where nobody here can take them back."""

    async def tell(self, checkpoint: Signed) -> None:
        """Give *checkpoint* away; it may come more than once.

        Raises:
            UnavailableError, InvalidError: it was not taken.
        """
        ...


class Witnessing:
    """Tells the witness of each new checkpoint, soonest of all where a log has grown."""

    def __init__(self, audit: AuditService, witness: Witness, told: Checkpoints) -> None:
        """*told* remembers how far the witness was told of each log."""
        self._audit = audit
        self._witness = witness
        self._told = told

    async def tick(self) -> int:
        """Set a checkpoint where there is something new, and tell of it; return of how many logs was told."""
        count = 0
        for organisation in await self._audit.log.organisations():
            try:
                count += await self._tell(organisation)
            except ChariotError as error:
                # The next tick tries again; one log that cannot be told of holds up no other.
                _log.warning("checkpoint_not_told", organisation=organisation, reason=str(error))
        return count

    async def _tell(self, organisation: Organisation) -> bool:
        signed = await self._audit.checkpoint(organisation)
        place, last = f"{_PLACE}/{organisation}", opened(signed, Checkpoint).sequence
        if last == await self._told.get(place):
            return False
        await self._witness.tell(signed)
        await self._told.put(place, last)
        return True
