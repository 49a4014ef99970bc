"""The journal: what was sent to whom, when, and by whose word."""

from collections import Counter, deque
from datetime import datetime

import msgspec

from chariot.model.keys import Organisation

_KEPT = 1_000


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that left this machine."""

    at: datetime
    organisation: Organisation
    scan: str
    capability: str
    target: str
    """Key of the entity that was looked at."""
    what: str
    """dns, tcp, udp, tls or http."""
    host: str
    """As the capability named it."""
    address: str
    """To which it went; for dns, the resolver's."""
    port: int
    detail: str = ""


class CountingJournal:
    """Counts by organisation and what was sent, and keeps the last thousand lines. See `ports.Journal`."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[Organisation, str]] = Counter()
        self.last: deque[Sent] = deque(maxlen=_KEPT)

    def record(self, sent: Sent) -> None:
        """See `ports.Journal.record`."""
        self.counts[sent.organisation, sent.what] += 1
        self.last.append(sent)
