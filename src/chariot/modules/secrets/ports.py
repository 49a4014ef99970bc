"""What secrets need from outside: a master key that wraps, and a place for the keys that it wrapped."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from chariot.model.keys import Organisation


class Wrapped(msgspec.Struct, frozen=True):
    """A key that only a master key can open."""

    master: str
    """Names the master key that wrapped it."""
    data: bytes


class MasterKey(msgspec.Struct, frozen=True):
    """What may be told of a master key."""

    id: str
    current: bool
    """Whether new keys are wrapped by it; the others only open what they wrapped."""
    made_at: datetime | None = None


class Keys(Protocol):
    """Holds the master key and never gives it away: a key file, or a key management service.

    *context* is bound to what is wrapped: with another one it does not open.
    """

    async def wrap(self, key: bytes, context: bytes) -> Wrapped:
        """Return *key* wrapped by the current master key, which is made where there is none yet.

        Raises:
            ConfigurationError: the master key cannot be read; the text says what to do.
            UnavailableError: the service that holds it does not answer.
        """
        ...

    async def unwrap(self, wrapped: Wrapped, context: bytes) -> bytes:
        """Return the key that was wrapped, by whichever master key.

        Raises:
            ConfigurationError: the master key is not there, or this was not wrapped by it for *context*.
            UnavailableError: the service that holds it does not answer.
        """
        ...

    async def describe(self) -> Sequence[MasterKey]:
        """Return the master keys there are, the current one first; none before the first was made."""
        ...

    async def rotate(self) -> MasterKey:
        """Make a new master key the current one and return it; the older ones stay and open what they wrapped."""
        ...

    async def retire(self, master: str) -> None:
        """Forget an older master key: what it alone wrapped is lost.

        Raises:
            NotFoundError: there is no such key.
            ConflictError: it is the current one.
        """
        ...


class FirstForm(Protocol):
    """Opens what was sealed before organisations had keys of their own, by keys derived from a master key."""

    def masters(self) -> Sequence[bytes]:
        """Return all master keys there are, the current one first; none when none was made."""
        ...


class DataKey(msgspec.Struct, frozen=True, kw_only=True):
    """One key of one organisation, wrapped."""

    organisation: Organisation
    version: int
    """Counts from 1; the newest one seals, and all open what they sealed."""
    wrapped: Wrapped
    made_at: datetime


class DataKeys(Protocol):
    """Keeps the wrapped keys of organisations, beside their data."""

    async def add(self, key: DataKey) -> bool:
        """Keep *key*; False when the organisation has a key of that version already: then nothing changes."""
        ...

    async def of(self, organisation: Organisation) -> Sequence[DataKey]:
        """Return the keys of an organisation, oldest first; nobody sees those of another."""
        ...

    async def organisations(self) -> Sequence[Organisation]:
        """Return every organisation that has a key, by name."""
        ...

    async def rewrap(self, key: DataKey, wrapped: Wrapped) -> bool:
        """Keep *key*'s content as *wrapped*; False when it is not kept any more as *key* says."""
        ...

    async def remove(self, organisation: Organisation, version: int) -> None:
        """Forget a key for good: what it alone sealed can never be read again."""
        ...
