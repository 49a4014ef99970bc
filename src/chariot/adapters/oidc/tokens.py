"""Tokens of an issuer, proven: signature, issuer, audience, and time."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import JoseError, UnsupportedAlgorithmError
from joserfc.jws import JWSRegistry

from chariot.adapters.oidc.metadata import Published
from chariot.adapters.oidc.options import IssuerOptions
from chariot.modules.identity.claims import claim, instant
from chariot.modules.identity.compact import check_unrepeated, unproven
from chariot.modules.identity.proof import UnprovenError

_TYPES: Final = frozenset({"", "jwt", "at+jwt", "application/at+jwt", "application/jwt"})
"""Types of tokens that stand for somebody; tokens that say that somebody signed out are signed as well."""


class _Registry(JWSRegistry):
    """The allowed algorithms. Issuers still write `EdDSA`, which the library would warn about at each token."""

    def get_alg(self, name: str) -> Any:
        """Return one algorithm by its name."""
        if name not in (self.allowed or ()):
            raise UnsupportedAlgorithmError(f"{name} is not allowed")
        return self.algorithms[name]


class TokenCheck:
    """Proves tokens of one issuer."""

    def __init__(self, options: IssuerOptions, published: Published, *, now: Callable[[], datetime]) -> None:
        self._options = options
        self._published = published
        self._now = now
        # Which parts of a header are known is not asked: issuers add their own, and none of them is obeyed.
        self._registry = _Registry(algorithms=list(options.algorithms), strict_check_header=False)

    async def claims(
        self, token: str, audiences: Sequence[str], *, audience_claim: str = "aud"
    ) -> Mapping[str, Any]:
        """Return what *token* says, proven to be of this issuer and for one of *audiences*.

        Raises:
            UnprovenError: it is not, or it holds no more.
            UnavailableError: the issuer is away, and its keys are not known.
        """
        header, _ = unproven(token)
        algorithm, kid = header.get("alg"), header.get("kid", "")
        if algorithm not in self._options.algorithms or not isinstance(algorithm, str):
            raise UnprovenError("algorithm")
        if not isinstance(kid, str) or "crit" in header or str(header.get("typ", "")).lower() not in _TYPES:
            raise UnprovenError("malformed")
        check_unrepeated(token)
        key = await self._published.key(kid, algorithm)
        try:
            claims = jwt.decode(token, key, algorithms=[algorithm], registry=self._registry).claims
        except (JoseError, ValueError, TypeError, json.JSONDecodeError):
            raise UnprovenError("signature") from None
        self._check(claims, audiences, audience_claim)
        return claims

    def _check(self, claims: Mapping[str, Any], audiences: Sequence[str], audience_claim: str) -> None:
        if claims.get("iss") != self._options.url:
            raise UnprovenError("issuer")
        if not set(audiences) & _audiences(claim(claims, audience_claim)):
            raise UnprovenError("audience")
        now, skew_s = self._now().timestamp(), self._options.skew_s
        ends, begins, issued = (instant(claims.get(name)) for name in ("exp", "nbf", "iat"))
        for name, found in (("exp", ends), ("nbf", begins), ("iat", issued)):
            if found is None and (name == "exp" or claims.get(name) is not None):
                raise UnprovenError("claims")
        if ends is not None and ends.timestamp() + skew_s <= now:
            raise UnprovenError("expired")
        if any(one is not None and one.timestamp() - skew_s > now for one in (begins, issued)):
            raise UnprovenError("not-yet-valid")


def _audiences(stated: Any) -> set[str]:
    """Return whom a token is for: one, or a list of them, each to the letter. Source: RFC 7519, section 4.1.3."""
    if isinstance(stated, str):
        return {stated}
    return {one for one in stated if isinstance(one, str)} if isinstance(stated, list) else set()
