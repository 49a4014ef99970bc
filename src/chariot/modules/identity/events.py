"""What the audit log is told of sign-ins, sessions and accounts."""

from typing import Any

import msgspec

from chariot.model.keys import SYSTEM
from chariot.modules.audit.entries import Ending, Entry
from chariot.modules.audit.ports import Auditor
from chariot.modules.identity.proof import UnprovenError


class Visit(msgspec.Struct, frozen=True):
    """Where a request came from."""

    address: str = ""
    request_id: str = ""
    agent: str = ""
    """The program, as it calls itself."""


NOWHERE = Visit()


class Events:
    """Tells an audit log, where there is one."""

    def __init__(self, auditor: Auditor | None = None) -> None:
        self._auditor = auditor

    def refused(
        self, action: str, visit: Visit, error: UnprovenError, *, object_: str = "", **details: str
    ) -> None:
        """Tell that somebody could not prove who they are.

        Raises:
            BusyError: the log cannot take it now.
        """
        if self._auditor is not None:
            self._auditor.note(
                self._entry(action, visit, "", object_, {"reason": error.reason, **details}, Ending.REFUSED)
            )

    async def done(self, action: str, visit: Visit, actor: str, *, object_: str = "", **details: str) -> None:
        """Tell what was done, and return when that is durable."""
        if self._auditor is not None:
            await self._auditor.record(self._entry(action, visit, actor, object_, details, Ending.ALLOWED))

    @staticmethod
    def _entry(
        action: str, visit: Visit, actor: str, object_: str, details: dict[str, Any], ending: Ending
    ) -> Entry:
        return Entry(
            organisation=SYSTEM,
            actor=actor,
            action=action,
            object=object_,
            ending=ending,
            address=visit.address,
            request_id=visit.request_id,
            details=details,
        )
