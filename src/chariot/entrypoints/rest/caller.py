"""Who is asking: the caller of one request, and how a token becomes one."""

import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol

import msgspec

from chariot.model.keys import Organisation
from chariot.modules.identity.keys import PREFIX, ApiKeys

PUBLIC = "public"
"""The permission that everybody has, known or not."""
EVERYTHING = "*"
"""Stands for all permissions."""


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks, for which organisation, and what they may do."""

    user: str
    """Stands as the actor in history."""
    organisation: Organisation
    permissions: frozenset[str]
    method: str
    """How they proved who they are; empty when they did not."""
    roams: bool = False
    """May ask for any organisation, one with each request."""

    @property
    def known(self) -> bool:
        """True for everybody who proved who they are."""
        return bool(self.method)

    def may(self, permission: str) -> bool:
        """Tell whether the caller has *permission*."""
        return permission == PUBLIC or permission in self.permissions or EVERYTHING in self.permissions


NOBODY = Caller(user="", organisation=Organisation(""), permissions=frozenset(), method="")
"""The caller of a request without a token."""


class TokenVerifier(Protocol):
    """Knows the callers by their tokens."""

    async def verify(self, token: str) -> Caller | None:
        """Return whose *token* it is, or None."""
        ...


class SingleToken:
    """One token that may do everything in one organisation: what a server on loopback starts with.

    Only the token's digest is kept, and it is compared in constant time.
    """

    def __init__(self, token: str, organisation: Organisation, *, user: str = "local") -> None:
        self._digest = hashlib.sha256(token.encode()).digest()
        self._caller = Caller(
            user=user,
            organisation=organisation,
            permissions=frozenset({EVERYTHING}),
            method="token",
            roams=True,
        )

    async def verify(self, token: str) -> Caller | None:
        """See `TokenVerifier.verify`."""
        digest = hashlib.sha256(token.encode()).digest()
        return self._caller if hmac.compare_digest(digest, self._digest) else None


class KeysAndToken:
    """API keys, and beside them the one token of this installation."""

    def __init__(self, keys: ApiKeys, token: TokenVerifier) -> None:
        self._keys = keys
        self._token = token

    async def verify(self, token: str) -> Caller | None:
        """See `TokenVerifier.verify`."""
        if not token.startswith(PREFIX):
            return await self._token.verify(token)
        grant = await self._keys.verify(token)
        if grant is None:
            return None
        return Caller(
            user=f"key:{grant.label}:{grant.id}",
            organisation=grant.organisation,
            permissions=frozenset(grant.permissions),
            method="key",
        )


class TokenCache:
    """Remembers for a moment whose a token is, so that not every request asks the store.

    A key that was taken back is refused once the store's stamp moved, on other servers within *ttl_s*. Only digests
    of tokens are kept, and nothing of those that are nobody's.
    """

    def __init__(
        self,
        verifier: TokenVerifier,
        *,
        stamp: Callable[[], int],
        clock: Callable[[], float],
        ttl_s: float = 2.0,
        kept: int = 10_000,
    ) -> None:
        self._verifier = verifier
        self._stamp = stamp
        self._clock = clock
        self._ttl_s = ttl_s
        self._kept = kept
        self._callers: OrderedDict[bytes, tuple[Caller, int, float]] = OrderedDict()

    def known(self, digest: bytes, stamp: int) -> Caller | None:
        """Return who is remembered; *digest* is the SHA-256 of `Bearer ` and the token."""
        known = self._callers.get(digest)
        if known is not None and known[1] == stamp and self._clock() - known[2] < self._ttl_s:
            return known[0]
        return None

    async def verify(self, token: str) -> Caller | None:
        """See `TokenVerifier.verify`."""
        digest = hashlib.sha256(b"Bearer " + token.encode("utf-8", "surrogatepass")).digest()
        stamp = self._stamp()
        known = self.known(digest, stamp)
        if known is not None:
            return known
        now = self._clock()
        caller = await self._verifier.verify(token)
        if caller is None:
            self._callers.pop(digest, None)
            return None
        self._callers[digest] = (caller, stamp, now)
        if len(self._callers) > self._kept:
            self._callers.popitem(last=False)
        return caller
