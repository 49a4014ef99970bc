"""What a browser carries between two steps of a sign-in: sealed, for one purpose, for a while, and used once."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final, Protocol

import msgspec

from chariot.errors import ConfigurationError
from chariot.model.keys import SYSTEM
from chariot.modules.identity.proof import UnprovenError
from chariot.modules.receipts.ports import Receipts

HOLDS_S: Final = 600.0
_LONGEST: Final = 4_096
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
    """Steps of sign-ins. What was used is remembered for all processes; it holds for ten minutes in any case."""

    def __init__(self, sealer: Sealer, receipts: Receipts, *, now: Callable[[], datetime]) -> None:
        self._sealer = sealer
        self._receipts = receipts
        self._now = now

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
        digest = hashlib.sha256(text.encode())
        name = f"sign-in {digest.hexdigest()}"
        if await self._receipts.begin(SYSTEM, name, digest.digest()) is not None:
            raise UnprovenError("replayed", _ENDED)
        # What is answered is held for longer than what was sealed may be used.
        await self._receipts.finish(SYSTEM, name, b"")
        return carried.values
