"""What a browser carries between two steps of a sign-in: sealed, for one purpose, for a while, and used once."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final, Protocol

import msgspec

from chariot.errors import ConfigurationError
from chariot.modules.identity.proof import UnprovenError

HOLDS_S: Final = 600.0
_LONGEST: Final = 4_096
_KEPT: Final = 50_000
_ENDED: Final = "the sign-in took too long, or was finished already; begin again"


class Sealer(Protocol):
    """Seals texts of the installation itself."""

    async def seal(self, text: str) -> str:
        """Return *text* as only `open` reads it."""
        ...

    async def open(self, text: str) -> str:
        """Return what was sealed.

        Raises:
            ConfigurationError: it was not sealed here, or was changed.
        """
        ...


class _Carried(msgspec.Struct, frozen=True):
    purpose: str
    until: float
    values: dict[str, str]


class Flows:
    """Steps of sign-ins. What was used is remembered by this process; it holds for ten minutes in any case."""

    def __init__(self, sealer: Sealer, *, now: Callable[[], datetime]) -> None:
        self._sealer = sealer
        self._now = now
        self._used: OrderedDict[bytes, None] = OrderedDict()

    async def carry(self, purpose: str, values: Mapping[str, str]) -> str:
        """Return *values* as a browser carries them to the next step."""
        carried = _Carried(purpose, self._now().timestamp() + HOLDS_S, dict(values))
        return await self._sealer.seal(msgspec.json.encode(carried).decode())

    async def take(self, purpose: str, text: str) -> Mapping[str, str]:
        """Return what was carried for *purpose*; a second time there is nothing.

        Raises:
            UnprovenError: it was not made here, not for this, too long ago, or was taken before.
        """
        if not text.startswith("sealed:") or len(text) > _LONGEST or not text.isascii():
            raise UnprovenError("malformed", _ENDED)
        try:
            carried = msgspec.json.decode(await self._sealer.open(text), type=_Carried)
        except (ConfigurationError, msgspec.DecodeError):
            raise UnprovenError("signature", _ENDED) from None
        if carried.purpose != purpose:
            raise UnprovenError("purpose", _ENDED)
        if carried.until <= self._now().timestamp():
            raise UnprovenError("expired", _ENDED)
        digest = hashlib.sha256(text.encode()).digest()
        if digest in self._used:
            raise UnprovenError("replayed", _ENDED)
        self._used[digest] = None
        if len(self._used) > _KEPT:
            self._used.popitem(last=False)
        return carried.values
