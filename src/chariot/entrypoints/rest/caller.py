"""Who is asking: the caller of one request, and how a token becomes one."""

import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from ipaddress import ip_address, ip_network
from typing import Protocol

import msgspec

from chariot.model.keys import Organisation
from chariot.modules.access.grants import Access
from chariot.modules.identity.identity import Identity
from chariot.modules.identity.ports import Prover
from chariot.modules.identity.proof import UnprovenError
from chariot.modules.surface.sight import Sight

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
    identity: Identity | None = None
    """Who they proved to be; None for nobody."""
    access: Access | None = None
    """What their roles allow; None where `permissions` says all of it."""
    shelf: str = ""
    """Under which answers to them are kept in memory: alike for all who see the same."""
    requests_per_s: int | None = None
    """How fast their roles let them ask; None is as fast as anybody."""

    def __post_init__(self) -> None:
        if not self.shelf:
            msgspec.structs.force_setattr(self, "shelf", self.organisation)

    @property
    def known(self) -> bool:
        """True for everybody who proved who they are."""
        return bool(self.method)

    @property
    def subject(self) -> str:
        """Who asks, as nobody else is called; of those known by a header or a token alone, their name."""
        return self.identity.subject if self.identity is not None else self.user

    def may(self, permission: str) -> bool:
        """Tell whether the caller has *permission*, be it for a part of the surface alone."""
        if permission == PUBLIC or permission in self.permissions or EVERYTHING in self.permissions:
            return True
        return self.access is not None and self.access.may(permission)

    def may_within(self, permission: str, other: str) -> bool:
        """Tell whether the caller has *permission* for all that they see by the permission *other*."""
        if not self.may(permission):
            return False
        sight = self.sight(permission)
        return sight is None or sight == self.sight(other)

    def sight(self, permission: str) -> Sight | None:
        """Return for what of the surface *permission* holds; None is all of it."""
        return None if self.access is None else self.access.sight(permission)

    def may_come_from(self, address: str) -> bool:
        """Tell whether the caller is let in from *address*: some keys are not, from everywhere."""
        if self.identity is None or not self.identity.networks:
            return True
        try:
            there = ip_address(address)
        except ValueError:
            return False
        return any(there in ip_network(one) for one in self.identity.networks)


NOBODY = Caller(user="", organisation=Organisation(""), permissions=frozenset(), method="")
"""The caller of a request without a token."""


class TokenVerifier(Protocol):
    """Knows the callers by their tokens."""

    async def verify(self, token: str) -> Caller | None:
        """Return whose *token* it is, or None.

        Raises:
            UnprovenError: as None, with the reason for the log.
        """
        ...


Admit = Callable[[Identity], Awaitable[Caller | None]]
"""Returns what somebody may do, who proved who they are; None for those who may do nothing at all."""


class SingleToken:
    """One token that may do everything in one organisation: what a server on loopback starts with.

    Only the token's digest is kept, and it is compared in constant time.
    """

    def __init__(self, token: str, organisation: Organisation, *, user: str = "local") -> None:
        self._digest = hashlib.sha256(token.encode()).digest()
        self._identity = Identity(
            subject="token", name=user, home=organisation, method="token", roles=("admin",)
        )
        self._caller = Caller(
            user=user,
            organisation=organisation,
            permissions=frozenset({EVERYTHING}),
            method="token",
            roams=True,
            identity=self._identity,
        )

    async def verify(self, token: str) -> Caller | None:
        """See `TokenVerifier.verify`."""
        return self._caller if self.prove(token) is not None else None

    def prove(self, token: str) -> Identity | None:
        """Return who holds *token*, or None."""
        digest = hashlib.sha256(token.encode()).digest()
        return self._identity if hmac.compare_digest(digest, self._digest) else None


class Proven:
    """Callers by all that proves who somebody is."""

    def __init__(self, prover: Prover, admit: Admit) -> None:
        self._prover = prover
        self._admit = admit

    async def verify(self, token: str) -> Caller | None:
        """See `TokenVerifier.verify`."""
        return await self._admit(await self._prover.prove(token))


class Remembered(msgspec.Struct, frozen=True, gc=False):
    """Whose a token was found to be."""

    caller: Caller
    stamp: int
    at: float


class TokenCache:
    """Remembers for a moment whose a token is, so that not every request asks the store.

    A key that was taken back is refused once the stamp moved, on other servers within *ttl_s*. Only digests
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
        self._callers: OrderedDict[bytes, Remembered] = OrderedDict()

    def known(self, digest: bytes) -> Remembered | None:
        """Return who is remembered; *digest* is the SHA-256 of `Bearer ` and the token."""
        known = self._callers.get(digest)
        return known if known is not None and self.holds(known, self._clock()) else None

    def holds(self, known: Remembered, now: float) -> bool:
        """Tell whether what is remembered still holds; *now* is the clock's time."""
        return known.stamp == self._stamp() and now - known.at < self._ttl_s

    async def verify(self, token: str) -> Caller | None:
        """See `TokenVerifier.verify`."""
        digest = hashlib.sha256(b"Bearer " + token.encode("utf-8", "surrogatepass")).digest()
        known = self.known(digest)
        if known is not None:
            return known.caller
        stamp, now = self._stamp(), self._clock()
        try:
            caller = await self._verifier.verify(token)
        except UnprovenError:
            self._callers.pop(digest, None)
            raise
        if caller is None:
            self._callers.pop(digest, None)
            return None
        self._callers[digest] = Remembered(caller, stamp, now)
        if len(self._callers) > self._kept:
            self._callers.popitem(last=False)
        return caller
