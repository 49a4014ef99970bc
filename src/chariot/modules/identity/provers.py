"""Whose a token is: each form of token has its own prover."""

from collections.abc import Callable, Sequence
from typing import Final

from chariot.model.keys import Organisation
from chariot.modules.identity.identity import Identity
from chariot.modules.identity.keys import PREFIX as KEY
from chariot.modules.identity.keys import ApiKeys
from chariot.modules.identity.ports import Issuer
from chariot.modules.identity.proof import UnprovenError
from chariot.modules.identity.sessions import PREFIX as SESSION
from chariot.modules.identity.sessions import Sessions

_LONGEST: Final = 8_192
_OWN: Final = "chariot_"
"""Begins every token that this program makes."""


class Provers:
    """All ways to prove who somebody is by one token."""

    def __init__(
        self,
        *,
        keys: ApiKeys,
        sessions: Sessions,
        issuers: Sequence[Issuer] = (),
        issuer_of: Callable[[str], str] = lambda _: "",
        own: Callable[[str], Identity | None] = lambda _: None,
    ) -> None:
        """*own* knows the token of this installation; *issuer_of* reads which issuer a token names, unproven."""
        self._keys = keys
        self._sessions = sessions
        self._issuers = {one.url: one for one in issuers}
        self._issuer_of = issuer_of
        self._own = own

    async def prove(self, token: str) -> Identity:
        """See `Prover.prove`."""
        if len(token) > _LONGEST:
            raise UnprovenError("too-long")
        if not token.isascii() or not token.isprintable():
            raise UnprovenError("malformed")
        if token.startswith(KEY):
            return await self._by_key(token)
        if token.startswith(SESSION):
            return await self._sessions.prove(token)
        if token.startswith(_OWN) or token.count(".") != 2:
            found = self._own(token)
            if found is None:
                raise UnprovenError("unknown")
            return found
        issuer = self._issuers.get(self._issuer_of(token))
        if issuer is None:
            raise UnprovenError("issuer")
        return await issuer.prove(token)

    async def _by_key(self, token: str) -> Identity:
        grant = await self._keys.verify(token)
        if grant is None:
            raise UnprovenError("unknown")
        return Identity(
            subject=f"key:{grant.id}",
            name=f"key:{grant.label}:{grant.id}",
            home=Organisation(grant.organisation),
            method="key",
            permissions=grant.permissions,
            networks=grant.networks,
        )
