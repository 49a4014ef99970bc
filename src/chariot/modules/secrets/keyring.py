"""The keys of organisations as one process has them open: loaded once, and again when another process made one."""

import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from chariot.model.keys import Organisation
from chariot.modules.secrets.ports import DataKey, DataKeys, Keys

KEY_BYTES: Final = 32
FRESH_S: Final = 30.0
"""How long a process may go on sealing with a key after another one made a newer."""


class OpenKey(msgspec.Struct, frozen=True):
    """One key of one organisation, ready for use."""

    version: int
    made_at: datetime
    """Tells it from one of the same version that was made after all keys had been destroyed."""
    cipher: AESGCM
    nonces: bytes
    """Keys the digest that nonces are made by."""


class KeyRing:
    """Finds keys without waiting, once `ready` or `load` was awaited."""

    def __init__(
        self,
        masters: Keys,
        kept: DataKeys,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._masters = masters
        self._kept = kept
        self._now = now
        self._clock = clock
        self._open: dict[Organisation, dict[int, OpenKey]] = {}
        self._loaded: dict[Organisation, float] = {}

    async def ready(self, organisation: Organisation) -> None:
        """Have a key that seals for *organisation*; its first one is made here."""
        await self.fresh(organisation)
        if not self._open[organisation]:
            await self.add(organisation)

    async def fresh(self, organisation: Organisation) -> None:
        """Have the keys of *organisation* as they were at most `FRESH_S` ago."""
        loaded = self._loaded.get(organisation)
        if loaded is None or self._clock() - loaded >= FRESH_S:
            await self.load(organisation)

    async def load(self, organisation: Organisation) -> None:
        """Open what keys there are and were not open yet; forget those that are gone."""
        known = self._open.get(organisation, {})
        opened: dict[int, OpenKey] = {}
        for key in await self._kept.of(organisation):
            same = known.get(key.version)
            if same is None or same.made_at != key.made_at:
                same = await self._unwrapped(key)
            opened[key.version] = same
        self._open[organisation] = opened
        self._loaded[organisation] = self._clock()

    async def add(self, organisation: Organisation) -> int:
        """Make the next key of *organisation*, by which everything is sealed from now on; return its version."""
        newest = max((key.version for key in await self._kept.of(organisation)), default=0)
        plain, bound = secrets.token_bytes(KEY_BYTES), context(organisation, newest + 1)
        wrapped = await self._masters.wrap(plain, bound)
        made = DataKey(organisation=organisation, version=newest + 1, wrapped=wrapped, made_at=self._now())
        # Where another process was quicker, its key is the one.
        if await self._kept.add(made):
            again = await self._masters.wrap(plain, bound)
            if again.master != wrapped.master:
                # The master key was rotated in between, and whoever did may not have seen this key yet.
                await self._kept.rewrap(made, again)
        await self.load(organisation)
        return newest + 1

    def newest(self, organisation: Organisation) -> OpenKey | None:
        """Return the key that seals, None when `ready` was never awaited."""
        keys = self._open.get(organisation)
        return keys[max(keys)] if keys else None

    def find(self, organisation: Organisation, version: int) -> OpenKey | None:
        """Return one key, None when it is not open here."""
        return self._open.get(organisation, {}).get(version)

    def versions(self, organisation: Organisation) -> list[int]:
        """Return the versions that are open, oldest first."""
        return sorted(self._open.get(organisation, {}))

    async def _unwrapped(self, key: DataKey) -> OpenKey:
        plain = await self._masters.unwrap(key.wrapped, context(key.organisation, key.version))
        return OpenKey(key.version, key.made_at, AESGCM(_derived(plain, b"seal")), _derived(plain, b"nonce"))


def context(organisation: Organisation, version: int) -> bytes:
    """Return what the wrapping of a key is bound to."""
    return f"chariot data key {version} of {organisation}".encode()


def _derived(key: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), length=KEY_BYTES, salt=None, info=b"chariot " + purpose).derive(key)
