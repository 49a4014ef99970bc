"""What discovery needs from outside."""

from typing import Protocol

from chariot.capability import Network
from chariot.model.keys import Organisation
from chariot.model.records import Record
from chariot.modules.discovery.guard import Egress
from chariot.modules.discovery.journal import Sent


class Journal(Protocol):
    """Keeps what was sent."""

    def record(self, sent: Sent) -> None:
        """Keep one line, before the thing is sent."""
        ...


class Files(Protocol):
    """Keeps what runs make, such as pictures."""

    async def replace(
        self, organisation: Organisation, path: str, data: bytes, *, media_type: str, actor: str
    ) -> Record:
        """Keep *data* as the file *path*, in place of what was there."""
        ...


class NetworkFactory(Protocol):
    """Makes the networks that capabilities get."""

    def network(self, egress: Egress) -> Network:
        """Return the way out for one run: everything that it sends passes *egress* first."""
        ...


class Sources(Protocol):
    """Third parties that know something of our targets."""

    async def ask(self, source: str, path: str) -> bytes:
        """Return what *source* has at *path*.

        Raises:
            NoAnswerError: it knows nothing of that.
            CannotRunError: it is not enabled, refused the key, asks to be left alone, or is away.
        """
        ...
