"""Who is asking: the caller of one request, and how a token becomes one."""

import hashlib
import hmac
from typing import Protocol

import msgspec

from chariot.model.keys import Organisation

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
            user=user, organisation=organisation, permissions=frozenset({EVERYTHING}), method="token"
        )

    async def verify(self, token: str) -> Caller | None:
        """See `TokenVerifier.verify`."""
        digest = hashlib.sha256(token.encode()).digest()
        return self._caller if hmac.compare_digest(digest, self._digest) else None
