"""What an alert says, and the port that carries it to people and machines."""

from datetime import datetime
from typing import Final, Protocol

import msgspec

from chariot.errors import ChariotError
from chariot.model.keys import Key, Organisation
from chariot.model.kinds.weakness import Factor
from chariot.model.states import Decision, RiskState, Severity

VERSION: Final = 1
"""Version of the wire form; it grows when a reader of the old form would misread the new one."""


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """One risk that began to meet one rule. Texts in it may come from outside: escape them where they are shown."""

    id: str
    """The same for each attempt to tell of the same thing."""
    version: int = VERSION
    rule: str
    cause: str
    """`new`, `raised`, `returned` or `reopened`; `incident` for one; `trial` when a person tries the rule out."""
    began_at: datetime
    organisation: Organisation
    risk: Key
    target: Key
    weakness: str
    title: str
    score: int
    decision: Decision | None
    severity: Severity | None
    state: RiskState
    known_exploited: bool
    remediation: str
    factors: tuple[Factor, ...]


class UndeliveredError(ChariotError):
    """A channel did not take an alert now; it may later."""


class Channel(Protocol):
    """Carries alerts over one kind of way."""

    async def send(self, address: str, alert: Alert, *, signing_key: str) -> None:
        """Hand over *alert* to *address* within a time limit; no error or log quotes the address or the key.

        Raises:
            InvalidError: it will never arrive so: the address is wrong, or the receiver refuses it.
            UnavailableError: it may arrive later.
        """
        ...


class Channels(msgspec.Struct, frozen=True):
    """The channels that there are, chosen by the scheme of an address."""

    webhook: Channel
    """For `https:` and `http:`."""
    services: Channel
    """For every other scheme."""

    def of(self, address: str) -> Channel:
        """Return the channel for *address*."""
        scheme = address.partition(":")[0].lower()
        return self.webhook if scheme in ("https", "http") else self.services
