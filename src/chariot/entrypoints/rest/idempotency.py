"""Idempotency keys: a write that is sent again because its answer was lost is done once.

Kept in memory, bounded in number and time: a restart forgets. The writes themselves are safe to repeat; a key
spares the second scan, and gives the first answer again.
"""

import hashlib
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable

import msgspec

from chariot.entrypoints.rest.operations import Answer
from chariot.entrypoints.rest.problems import ReusedKeyError
from chariot.errors import InvalidError

KEPT = 10_000
HELD_S = 24 * 3_600.0
_KEY = re.compile(r"[\x21-\x7e]{1,200}")


class _Entry(msgspec.Struct):
    digest: bytes
    at_s: float
    answer: Answer | None = None


class IdempotencyKeys:
    """Remembers the answers to keys."""

    def __init__(self, *, clock: Callable[[], float], kept: int = KEPT, held_s: float = HELD_S) -> None:
        self._clock = clock
        self._kept = kept
        self._held_s = held_s
        self._entries: OrderedDict[tuple[str, ...], _Entry] = OrderedDict()

    async def once(
        self, whose: tuple[str, ...], key: str, request: bytes, do: Callable[[], Awaitable[Answer]]
    ) -> Answer:
        """Return what *do* answers, or what it answered when *whose* key came first with the same *request*.

        What raises is forgotten, so that it can be tried again.

        Raises:
            InvalidError: the key is not one.
            ReusedKeyError: the key came with another request, or its first request is still at work.
        """
        if not _KEY.fullmatch(key):
            raise InvalidError("is not 1 to 200 visible ASCII characters", place="idempotency-key")
        self._forget_old()
        digest = hashlib.sha256(request).digest()
        name = (*whose, key)
        entry = self._entries.get(name)
        if entry is not None:
            return _again(entry, digest)
        entry = self._entries[name] = _Entry(digest, self._clock())
        try:
            entry.answer = await do()
        finally:
            if entry.answer is None:
                self._entries.pop(name, None)
        return entry.answer

    def _forget_old(self) -> None:
        oldest_kept = self._clock() - self._held_s
        while self._entries:
            first = next(iter(self._entries.values()))
            if len(self._entries) < self._kept and first.at_s >= oldest_kept:
                return
            self._entries.popitem(last=False)


def _again(entry: _Entry, digest: bytes) -> Answer:
    if entry.digest != digest:
        raise ReusedKeyError("the Idempotency-Key came before, with another request")
    if entry.answer is None:
        raise ReusedKeyError("the first request with this Idempotency-Key is still at work")
    return msgspec.structs.replace(
        entry.answer, headers=entry.answer.headers | {"idempotency-replayed": "true"}
    )
