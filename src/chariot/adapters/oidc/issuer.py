"""One issuer: tokens of its people are proven, and browsers are sent to it to sign in. See `Issuer`."""

import hashlib
import hmac
import secrets
import time
from base64 import b64encode, urlsafe_b64encode
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote, urlencode

import msgspec

from chariot.adapters.oidc.metadata import Fetcher, Metadata, Published
from chariot.adapters.oidc.options import IssuerOptions
from chariot.adapters.oidc.tokens import TokenCheck
from chariot.adapters.outgoing.client import Outgoing
from chariot.errors import ConflictError, InvalidError, NotFoundError, UnavailableError
from chariot.modules.identity.claims import claim, identity_of, instant
from chariot.modules.identity.identity import Identity
from chariot.modules.identity.proof import UnprovenError

INTROSPECTED_S: Final = 30.0
"""How long the issuer's word that a token still holds is taken."""
_KEPT: Final = 10_000
_CODE_LIMIT: Final = 4_096

Recall = Callable[[str, str, datetime | None], Awaitable[None]]
"""Lets a token pass by its subject and the moment it was issued, unless it was taken back here."""


class _Tokens(msgspec.Struct, frozen=True):
    """What an issuer answers to a code. Source: OpenID Connect Core 1.0, section 3.1.3.3."""

    id_token: str
    access_token: str = ""


class _Introspected(msgspec.Struct, frozen=True):
    """What an issuer says of a token. Source: RFC 7662, section 2.2."""

    active: bool


class OidcIssuer:
    """See `Issuer`."""

    def __init__(
        self,
        outgoing: Outgoing,
        options: IssuerOptions,
        *,
        recall: Recall,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._options = options
        self._recall = recall
        self._clock = clock
        self._fetcher = Fetcher(outgoing, options)
        self._published = Published(self._fetcher, options, clock=clock)
        self._check = TokenCheck(options, self._published, now=now)
        self._active: OrderedDict[bytes, float] = OrderedDict()

    @property
    def name(self) -> str:
        """See `Issuer.name`."""
        return self._options.name

    @property
    def title(self) -> str:
        """See `Issuer.title`."""
        return self._options.title or self._options.name

    @property
    def url(self) -> str:
        """See `Issuer.url`."""
        return self._options.url

    @property
    def cli_client(self) -> str:
        """See `Issuer.cli_client`."""
        return self._options.cli_client_id

    @property
    def audience(self) -> str:
        """See `Issuer.audience`."""
        return self._options.audiences[0] if self._options.audiences else ""

    async def prove(self, token: str) -> Identity:
        """See `Issuer.prove`."""
        options = self._options
        if not options.audiences:
            raise UnprovenError("audience")
        claims = await self._check.claims(token, options.audiences, audience_claim=options.audience_claim)
        if "at_hash" in claims or claims.get("typ") == "ID" or claims.get("token_use") == "id":
            # What tells a client who signed in is no key to this API. Names: OpenID Connect, Keycloak, Cognito.
            raise UnprovenError("purpose")
        if "cnf" in claims:
            # It holds for who has a key beside it, which is not asked for here. Source: RFC 9449, section 7.1.
            raise UnprovenError("bound")
        identity = identity_of(claims, options.rules, options.url, called=self.name)
        await self._recall(token, identity.subject, instant(claims.get("iat")))
        if options.introspects:
            await self._introspect(token)
        return identity

    async def begin(self, redirect: str) -> tuple[str, Mapping[str, str]]:
        """See `Issuer.begin`."""
        metadata = await self._published.metadata()
        if not metadata.authorization_endpoint or not self._options.client_id:
            raise UnavailableError(f"the issuer {self.name} signs no browser in: is client_id set?")
        verifier, state, nonce = (secrets.token_urlsafe(48) for _ in range(3))
        challenge = urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        asked = {
            "response_type": "code",
            "client_id": self._options.client_id,
            "redirect_uri": redirect,
            "scope": self._options.scopes,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        joint = "&" if "?" in metadata.authorization_endpoint else "?"
        remembered = {"issuer": self.name, "state": state, "nonce": nonce, "verifier": verifier}
        return f"{metadata.authorization_endpoint}{joint}{urlencode(asked)}", remembered

    async def finish(self, code: str, redirect: str, remembered: Mapping[str, str]) -> Identity:
        """See `Issuer.finish`."""
        if not code or len(code) > _CODE_LIMIT:
            raise UnprovenError("malformed", "the issuer sent no code")
        metadata = await self._published.metadata()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect,
            "code_verifier": remembered.get("verifier", ""),
        }
        tokens = await self._ask(metadata.token_endpoint, form, metadata, _Tokens)
        claims = await self._check.claims(tokens.id_token, [self._options.client_id])
        nonce = str(claims.get("nonce", ""))
        if not hmac.compare_digest(nonce.encode(), remembered.get("nonce", "").encode()) or not nonce:
            raise UnprovenError("replayed")
        if claims.get("azp", self._options.client_id) != self._options.client_id:
            raise UnprovenError("audience")
        claims = await self._completed(claims, tokens.access_token, metadata)
        return identity_of(claims, self._options.rules, self._options.url, called=self.name)

    async def _completed(
        self, claims: Mapping[str, Any], access_token: str, metadata: Metadata
    ) -> Mapping[str, Any]:
        """Return *claims* with what only the issuer's user information has, where something is missing in them."""
        rules = self._options.rules
        wanted = [name for name in (rules.organisation_claim, rules.roles_claim, rules.name_claim) if name]
        missing = [name for name in wanted if claim(claims, name) is None]
        if not missing or not metadata.userinfo_endpoint or not access_token:
            return claims
        headers = {"Authorization": f"Bearer {access_token}"}
        try:
            more = await self._fetcher.json(metadata.userinfo_endpoint, dict[str, Any], headers=headers)
        except (InvalidError, NotFoundError):
            return claims
        if more.get("sub") != claims.get("sub"):
            raise UnprovenError("claims")
        return {**more, **claims}

    async def _introspect(self, token: str) -> None:
        digest, now = hashlib.sha256(token.encode()).digest(), self._clock()
        if now - self._active.get(digest, float("-inf")) < INTROSPECTED_S:
            return
        metadata = await self._published.metadata()
        if not metadata.introspection_endpoint:
            raise UnavailableError(f"the issuer {self.name} does not tell whether a token still holds")
        form = {"token": token, "token_type_hint": "access_token"}
        told = await self._ask(metadata.introspection_endpoint, form, metadata, _Introspected)
        if not told.active:
            self._active.pop(digest, None)
            raise UnprovenError("revoked")
        self._active[digest] = now
        if len(self._active) > _KEPT:
            self._active.popitem(last=False)

    async def _ask(self, address: str, form: Mapping[str, str], metadata: Metadata, to: type[Any]) -> Any:
        """Return what the issuer answers its client. Source: RFC 6749, section 2.3.1."""
        client, secret = self._options.client_id, self._options.client_secret
        headers: dict[str, str] = {}
        sent = dict(form)
        if not secret:
            sent["client_id"] = client
        elif "client_secret_basic" in metadata.token_endpoint_auth_methods_supported:
            pair = f"{quote(client, safe='')}:{quote(secret, safe='')}"
            headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
        else:
            sent |= {"client_id": client, "client_secret": secret}
        try:
            return await self._fetcher.json(address, to, form=sent, headers=headers)
        except (InvalidError, NotFoundError, ConflictError) as error:
            raise UnprovenError("wrong-secret", "the issuer did not confirm the sign-in") from error
