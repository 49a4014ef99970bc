"""Idempotency keys: a write that is sent again because its answer was lost is done once.

Answers are kept where entities are, for a day, so that a restart forgets none and all servers know of them.
"""

import hashlib
import re
from collections.abc import Awaitable, Callable

import msgspec

from chariot.entrypoints.rest.operations import Answer
from chariot.entrypoints.rest.problems import ReusedKeyError
from chariot.errors import InvalidError
from chariot.model.keys import Organisation
from chariot.modules.receipts.ports import Receipt, Receipts

KEPT_BYTES = 4_000_000
"""A longer answer is not kept: its request is known again, and told that it was done."""
_KEY = re.compile(r"[\x21-\x7e]{1,200}")


class _Kept(msgspec.Struct, array_like=True):
    """An answer as it is kept; one that may not be kept has no status."""

    status: int
    media_type: str = ""
    headers: dict[str, str] = {}
    body: bytes = b""


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Kept).decode
_NOT_KEPT = 0


class IdempotencyKeys:
    """Remembers the answers to keys."""

    def __init__(self, receipts: Receipts) -> None:
        self._receipts = receipts

    async def once(
        self,
        organisation: Organisation,
        whose: tuple[str, ...],
        key: str,
        request: bytes,
        do: Callable[[], Awaitable[Answer]],
        *,
        keeps: bool = True,
    ) -> Answer:
        """Return what *do* answers, or what it answered when *whose* key came first with the same *request*.

        What raises is forgotten, so that it can be tried again. An answer with a secret is not kept (*keeps*).

        Raises:
            InvalidError: the key is not one.
            ReusedKeyError: the key came with another request, its first request is still at work, or the answer
                was not kept.
        """
        if not _KEY.fullmatch(key):
            raise InvalidError("is not 1 to 200 visible ASCII characters", place="idempotency-key")
        digest = hashlib.sha256(request).digest()
        # A digest keeps the name short, and what callers write into their keys out of the store.
        name = hashlib.sha256("\0".join((*whose, key)).encode()).hexdigest()
        found = await self._receipts.begin(organisation, name, digest)
        if found is not None:
            return _again(found, digest)
        try:
            answer = await do()
        except BaseException:
            await self._receipts.drop(organisation, name)
            raise
        kept = _Kept(_NOT_KEPT)
        if keeps and len(answer.body) <= KEPT_BYTES and answer.stream is None:
            kept = _Kept(answer.status, answer.media_type, answer.headers, answer.body)
        await self._receipts.finish(organisation, name, _encode(kept))
        return answer


def _again(found: Receipt, digest: bytes) -> Answer:
    if found.digest != digest:
        raise ReusedKeyError("the Idempotency-Key came before, with another request")
    if found.answer is None:
        raise ReusedKeyError("the first request with this Idempotency-Key is still at work")
    kept = _decode(found.answer)
    if kept.status == _NOT_KEPT:
        raise ReusedKeyError("the request was done before; its answer was not kept")
    return Answer(
        body=kept.body,
        status=kept.status,
        media_type=kept.media_type,
        headers=kept.headers | {"idempotency-replayed": "true"},
    )
