"""The short way for a read whose answer is in memory: nothing is made for the request but its own headers.

It answers what the edge would answer, byte for byte, and only where all that the edge looks at is plain: a known token,
no header that changes the answer, every bucket with a token in it. Everything else it leaves to the edge.
"""

import time
from collections.abc import MutableMapping, Sequence
from hashlib import sha256
from typing import Any, Protocol

from chariot.entrypoints.rest.cache import AnswerCache, Kept
from chariot.entrypoints.rest.caller import Caller, TokenCache
from chariot.entrypoints.rest.compression import LEAST_BYTES
from chariot.entrypoints.rest.context import new_request_id, server_named
from chariot.entrypoints.rest.limits import Buckets
from chariot.entrypoints.rest.metrics import Metrics
from chariot.modules.audit.service import AuditService
from chariot.modules.surface.ports import Freshness
from chariot.telemetry import NO_TRACE, Tracing

Messages = tuple[MutableMapping[str, Any], MutableMapping[str, Any]]
DRAWN = "chariot.traced"
"""Where a request's scope says that it was drawn to be traced."""
TAKEN = "chariot.taken"
"""Where it holds what was taken from its buckets already."""
_NAMES_KEPT = 256
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
    def metrics(self) -> Metrics:
        """Where answers are counted."""
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


class Quick:
    """Answers reads from memory."""

    def __init__(
        self,
        services: Served,
        tokens: TokenCache,
        buckets: Buckets,
        special: frozenset[bytes],
    ) -> None:
        """*special* are the headers that change an answer: a request with one of them goes the long way."""
        self._stamp = services.store.stamp
        self._max_age_s = services.store.max_age_s
        self._cache = services.cache
        self._answered = services.metrics.answered
        self._hosts = services.hosts
        self._tracing = services.tracing
        self._audit = services.audit
        self._tokens = tokens
        self._buckets = buckets
        self._special = special.difference(_WITHOUT_EFFECT)
        self._named: set[bytes] = set()
        """Host headers that name this server, as they were sent."""

    def answer(self, scope: MutableMapping[str, Any]) -> Messages | None:
        """Return the two messages that answer a GET, or None where the edge has to look closer."""
        started = time.perf_counter()
        if self._tracing is not None:
            # Drawn once for each request, here or at the edge.
            scope[DRAWN] = self._tracing.starts(NO_TRACE)
            if scope[DRAWN]:
                return None
        client = scope.get("client")
        if scope["method"] != "GET" or not client:
            return None
        credentials, reads_codings = self._plain(scope["headers"])
        found = self._known(scope, credentials) if credentials else None
        if found is None:
            return None
        caller, kept = found
        if reads_codings and len(kept.head) + len(kept.tail) >= LEAST_BYTES:
            return None
        who, organisation = f"{caller.organisation}/{caller.user}", caller.organisation
        bucket, left = self._buckets.take(who, client[0], organisation, rate_per_s=caller.requests_per_s)
        request_id = new_request_id()
        if left < 0 or not self._told(client[0], caller, kept, request_id):
            # The edge says so; a request takes from the buckets once.
            scope[TAKEN] = (bucket, left)
            return None
        self._cache.hits += 1
        messages = _messages(kept, request_id.encode(), self._buckets.policy, bucket.header(left))
        self._answered("GET", kept.route, 200, time.perf_counter() - started)
        return messages

    def _told(self, address: str, caller: Caller, kept: Kept, request_id: str) -> bool:
        """Tell the audit log of a read; False where it has no room, which the edge then says."""
        if self._audit is None:
            return True
        # The texts are those of what is kept, so that none is made anew or hashed again for each read.
        read = (caller.organisation, caller.user, kept.permission, kept.path, address)
        return self._audit.seen(read, request_id)

    def _plain(self, headers: Sequence[Header]) -> tuple[bytes, bool]:
        """Return the credentials and whether codings are named; no credentials where a header asks for more."""
        named = dict(headers)
        # A header that comes twice is ambiguous.
        if len(named) != len(headers) or not self._special.isdisjoint(named):
            return b"", False
        if sum(map(len, named.values())) > _PLAIN_BYTES or not self._is_ours(named.get(b"host", b"")):
            return b"", False
        return named.get(b"authorization", b""), b"accept-encoding" in named

    def _is_ours(self, host: bytes) -> bool:
        """Tell whether a Host header names this server."""
        if host in self._named:
            return True
        if server_named(host.decode("latin-1")) not in self._hosts:
            return False
        if len(self._named) < _NAMES_KEPT:
            self._named.add(host)
        return True

    def _known(self, scope: MutableMapping[str, Any], credentials: bytes) -> tuple[Caller, Kept] | None:
        """Return whose the credentials are and what is kept for them."""
        stamp = self._stamp()
        caller = self._tokens.known(sha256(credentials).digest())
        if caller is None:
            return None
        name = (caller.shelf, scope.get("raw_path", b""), scope["query_string"])
        kept = self._cache.peek(name, stamp, self._max_age_s)
        if kept is None or not caller.may(kept.permission):
            return None
        if caller.identity is not None and caller.identity.networks:
            # Where it may come from is looked at closer.
            return None
        return caller, kept


def _messages(kept: Kept, request_id: bytes, policy: Header, left: Header) -> Messages:
    body = b"".join((kept.head, request_id, kept.tail))
    headers = kept.headers.copy()
    headers += (
        policy,
        left,
        (b"x-request-id", request_id),
        (b"content-length", b"%d" % len(body)),
    )
    return (
        {"type": "http.response.start", "status": 200, "headers": headers},
        {"type": "http.response.body", "body": body, "more_body": False},
    )
