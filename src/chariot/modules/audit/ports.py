"""What others need of the audit log."""

from typing import Protocol

from chariot.modules.audit.entries import Entry


class Auditor(Protocol):
    """Takes entries."""

    def note(self, entry: Entry) -> None:
        """Take an entry about something that was only read or refused; it is written within a second.

        Raises:
            BusyError: more wait than may; what was asked is then not done.
        """
        ...

    async def record(self, entry: Entry) -> None:
        """Write an entry about something that changes something, and return when it is durable.

        Raises:
            UnavailableError: it cannot be written; what was asked is then not done.
        """
        ...
