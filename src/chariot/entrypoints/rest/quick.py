"""The short way for a read whose answer is in memory: nothing is made for the request but its own headers.

It answers what the edge would answer, byte for byte, and only where all that the edge looks at is plain: a known token,
no header that changes the answer, every bucket with a token in it. Everything else it leaves to the edge.
"""

import time
from collections.abc import Callable, MutableMapping, Sequence
from hashlib import sha256
from itertools import chain
from typing import Any, Protocol

import msgspec

from chariot.entrypoints.rest.cache import AnswerCache, Kept
from chariot.entrypoints.rest.caller import Caller, Remembered, TokenCache
from chariot.entrypoints.rest.compression import LEAST_BYTES
from chariot.entrypoints.rest.context import new_request_id, server_named
from chariot.entrypoints.rest.limits import Buckets
from chariot.modules.audit.service import AuditService
from chariot.modules.surface.ports import Freshness
from chariot.telemetry import NO_TRACE, Tracing

Messages = tuple[MutableMapping[str, Any], MutableMapping[str, Any]]
DRAWN = "chariot.traced"
"""Where a request's scope says that it was drawn to be traced."""
TAKEN = "chariot.taken"
"""Where it holds what was taken from its buckets already."""
_ASKERS_KEPT = 4_096
_PLAIN_BYTES = 8_192
"""Longer headers are looked at closer."""
Header = tuple[bytes, bytes]
_WITHOUT_EFFECT = (b"accept-encoding", b"authorization", b"content-type", b"cookie", b"host", b"user-agent")


class Served(Protocol):
    """What of the services the short way needs."""

    @property
    def store(self) -> Freshness:
        """Tells whether what is kept still holds."""
        ...

    @property
    def cache(self) -> AnswerCache:
        """What is kept."""
        ...

    @property
    def tracing(self) -> Tracing | None:
        """Keeps spans of requests."""
        ...

    @property
    def audit(self) -> AuditService | None:
        """Where reads are counted."""
        ...

    @property
    def hosts(self) -> frozenset[str]:
        """Names that the Host header may carry."""
        ...


class Asker(msgspec.Struct, frozen=True, gc=False):
    """What the headers of a request say, where they are plain: who asks, and how they want it."""

    known: Remembered
    who: str
    """Names the bucket of the caller."""
    reads_codings: bool


class Quick:
    """Answers reads from memory."""

    def __init__(
        self,
        services: Served,
        tokens: TokenCache,
        buckets: Buckets,
        special: frozenset[bytes],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """*special* are the headers that change an answer: a request with one of them goes the long way."""
        self._stamp = services.store.stamp
        self._max_age_s = services.store.max_age_s
        self._cache = services.cache
        self._hosts = services.hosts
        self._tracing = services.tracing
        self._audit = services.audit
        self._tokens = tokens
        self._buckets = buckets
        self._special = special.difference(_WITHOUT_EFFECT)
        self._clock = clock
        self._askers: dict[bytes, Asker] = {}
        """By the SHA-256 of all headers: a client sends the same with each request, and no token is kept."""

    def answer(self, scope: MutableMapping[str, Any]) -> Messages | None:
        """Return the two messages that answer a GET, or None where the edge has to look closer."""
        now = self._clock()
        if self._tracing is not None:
            # Drawn once for each request, here or at the edge.
            scope[DRAWN] = self._tracing.starts(NO_TRACE)
            if scope[DRAWN]:
                return None
        client = scope.get("client")
        if scope["method"] != "GET" or not client:
            return None
        asker = self._asker(scope["headers"], now)
        kept = self._kept(scope, asker) if asker is not None else None
        if asker is None or kept is None:
            return None
        caller, address = asker.known.caller, client[0]
        taken = bucket, left = self._buckets.take(
            asker.who, address, caller.organisation, now=now, rate_per_s=caller.requests_per_s
        )
        request_id = new_request_id()
        if left < 0 or not self._told(address, caller, kept, request_id):
            # The edge says so; a request takes from the buckets once.
            scope[TAKEN] = taken
            return None
        self._cache.hits += 1
        messages = _messages(kept, request_id.encode(), self._buckets.policy, bucket.header(left))
        kept.tally.count(self._clock() - now)
        return messages

    def _told(self, address: str, caller: Caller, kept: Kept, request_id: str) -> bool:
        """Tell the audit log of a read; False where it has no room, which the edge then says."""
        if self._audit is None:
            return True
        # The texts are those of what is kept, so that none is made anew or hashed again for each read.
        read = (caller.organisation, caller.user, kept.permission, kept.path, address)
        return self._audit.seen(read, request_id)

    def _asker(self, headers: Sequence[Header], now: float) -> Asker | None:
        """Return who asks by *headers*; None where one of them asks for more, or nobody is known by them."""
        # No header has the end of a line in it, so that different headers are different texts.
        digest = sha256(b"\n".join(chain.from_iterable(headers))).digest()
        asker = self._askers.get(digest)
        if asker is not None and self._tokens.holds(asker.known, now):
            return asker
        asker = self._plain(headers)
        if asker is not None:
            if len(self._askers) >= _ASKERS_KEPT:
                self._askers.clear()
            self._askers[digest] = asker
        return asker

    def _plain(self, headers: Sequence[Header]) -> Asker | None:
        """See `_asker`: the same, found out anew."""
        named = dict(headers)
        # A header that comes twice is ambiguous.
        if len(named) != len(headers) or not self._special.isdisjoint(named):
            return None
        if sum(map(len, named.values())) > _PLAIN_BYTES:
            return None
        if server_named(named.get(b"host", b"").decode("latin-1")) not in self._hosts:
            return None
        known = self._tokens.known(sha256(named.get(b"authorization", b"")).digest())
        # Where it may come from is looked at closer.
        if known is None or (known.caller.identity is not None and known.caller.identity.networks):
            return None
        who = f"{known.caller.organisation}/{known.caller.user}"
        return Asker(known, who, b"accept-encoding" in named)

    def _kept(self, scope: MutableMapping[str, Any], asker: Asker) -> Kept | None:
        """Return what is kept of the answer, where it may be sent to them as it is."""
        caller = asker.known.caller
        name = (caller.shelf, scope.get("raw_path", b""), scope["query_string"])
        kept = self._cache.peek(name, self._stamp(), self._max_age_s)
        if kept is None or not caller.may(kept.permission):
            return None
        if asker.reads_codings and len(kept.head) + len(kept.tail) >= LEAST_BYTES:
            return None
        return kept


def _messages(kept: Kept, request_id: bytes, policy: Header, left: Header) -> Messages:
    headers = [*kept.headers, policy, kept.length, left, (b"x-request-id", request_id)]
    return (
        {"type": "http.response.start", "status": 200, "headers": headers},
        {
            "type": "http.response.body",
            "body": b"".join((kept.head, request_id, kept.tail)),
            "more_body": False,
        },
    )
