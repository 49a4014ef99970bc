"""What an issuer publishes: its addresses and its keys, fetched when needed and kept while it is away."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

import msgspec
from joserfc import jwk
from joserfc.errors import JoseError

from chariot.adapters.oidc.options import IssuerOptions
from chariot.adapters.outgoing.client import Outgoing
from chariot.errors import ChariotError, UnavailableError
from chariot.modules.identity.proof import UnprovenError

T = TypeVar("T")
FRESH_S: Final = 600.0
"""How long what was fetched is taken as it is."""
STALE_S: Final = 86_400.0
"""How long it is used while the issuer is away."""
AGAIN_S: Final = 10.0
"""How often an unknown key, or a failure, may ask the issuer again: many wrong tokens are no flood for it."""
_LIMIT_BYTES: Final = 1_000_000
_KEYS_LIMIT: Final = 100
_WAIT_S: Final = 10.0
_RSA_BITS: Final = 2_048
_TYPES: Final = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}
_CURVES: Final = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}
AnyKey = jwk.RSAKey | jwk.ECKey | jwk.OKPKey


class Metadata(msgspec.Struct, frozen=True):
    """The part that is used of what an issuer publishes. Source: OpenID Connect Discovery 1.0, section 3."""

    issuer: str
    jwks_uri: str
    authorization_endpoint: str = ""
    token_endpoint: str = ""
    userinfo_endpoint: str = ""
    introspection_endpoint: str = ""
    device_authorization_endpoint: str = ""
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)


class _KeySet(msgspec.Struct, frozen=True):
    keys: list[dict[str, Any]]


class Fetcher:
    """Asks one issuer."""

    def __init__(self, outgoing: Outgoing, options: IssuerOptions) -> None:
        self._outgoing = outgoing
        self._options = options

    async def json(
        self,
        address: str,
        to: type[T],
        *,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> T:
        """Return what is at *address*, or what it answers to *form*.

        Raises:
            InvalidError: it refused the form.
            UnavailableError: it is away, or says something else.
        """
        name = self._options.name
        if not address.startswith("https://") and not self._options.is_plain:
            raise UnavailableError(f"the issuer {name} names an address without TLS")
        try:
            async with (
                asyncio.timeout(_WAIT_S),
                self._outgoing.to(address, {"Accept": "application/json"}) as client,
            ):
                method = "GET" if form is None else "POST"
                reply = await client.request(method, address, form=form, headers=headers, again=False)
        except TimeoutError:
            raise UnavailableError(f"the issuer {name} did not answer in time") from None
        if len(reply.body) > _LIMIT_BYTES:
            raise UnavailableError(f"the issuer {name} answered more than {_LIMIT_BYTES:,} bytes")
        try:
            return msgspec.json.decode(reply.body, type=to)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise UnavailableError(f"the issuer {name} answered something else than was asked for") from None


class Published:
    """What one issuer publishes."""

    def __init__(self, fetcher: Fetcher, options: IssuerOptions, *, clock: Callable[[], float]) -> None:
        self._fetcher = fetcher
        self._options = options
        self._clock = clock
        self._lock = asyncio.Lock()
        self._metadata: Metadata | None = None
        self._keys: list[AnyKey] = []
        self._fetched_at = self._asked_at = float("-inf")

    async def metadata(self) -> Metadata:
        """Return the addresses of the issuer.

        Raises:
            UnavailableError: it is away, and nothing is known of it that is young enough.
        """
        await self._renew(FRESH_S)
        assert self._metadata is not None  # Or else it would not be young enough.
        return self._metadata

    async def key(self, kid: str, algorithm: str) -> AnyKey:
        """Return the key that signs as *kid* with *algorithm*; an unknown one is asked for, but not often.

        Raises:
            UnprovenError: there is no such key.
            UnavailableError: the issuer is away, and its keys are not known.
        """
        await self._renew(FRESH_S)
        found = self._find(kid, algorithm)
        if found is None:
            await self._renew(AGAIN_S)
            found = self._find(kid, algorithm)
        if found is None:
            raise UnprovenError("key")
        return found

    async def _renew(self, older_than_s: float) -> None:
        """Fetch what is older than that, unless the issuer was asked a moment ago; keep what is there if it is away."""
        age_s = self._clock() - self._fetched_at
        # Nobody waits for what is only being made fresh.
        if age_s < older_than_s or (older_than_s == FRESH_S and self._lock.locked() and age_s < STALE_S):
            return
        async with self._lock:
            now = self._clock()
            if now - self._fetched_at < older_than_s:
                return
            try:
                if now - self._asked_at < AGAIN_S:
                    raise UnavailableError(f"the issuer {self._options.name} did not answer a moment ago")
                self._asked_at = now
                await self._fetch()
                self._fetched_at = now
            except ChariotError as error:
                if self._metadata is None or now - self._fetched_at > STALE_S:
                    raise UnavailableError(f"the issuer {self._options.name} is away: {error}") from error

    async def _fetch(self) -> None:
        url = self._options.url
        address = f"{url.rstrip('/')}/.well-known/openid-configuration"
        metadata = await self._fetcher.json(address, Metadata)
        if metadata.issuer != url:
            raise UnavailableError(
                f"calls itself {metadata.issuer[:200]!r}, and not {url!r} as the settings do"
            )
        found = await self._fetcher.json(metadata.jwks_uri, _KeySet)
        self._metadata, self._keys = metadata, _usable(found.keys)

    def _find(self, kid: str, algorithm: str) -> AnyKey | None:
        fitting = [one for one in self._keys if _fits(one, algorithm)]
        if kid:
            return next((one for one in fitting if one.kid == kid), None)
        # A token that names no key is only clear where there is one.
        return fitting[0] if len(fitting) == 1 else None


def _usable(keys: list[dict[str, Any]]) -> list[AnyKey]:
    """Return the public keys that sign; what is for something else, shared, weak or unreadable is left out."""
    found: list[AnyKey] = []
    for one in keys[:_KEYS_LIMIT]:
        if one.get("use", "sig") != "sig" or one.get("kty") not in ("RSA", "EC", "OKP"):
            continue
        try:
            key = jwk.import_key(one)
        except (JoseError, ValueError, TypeError, KeyError):
            continue
        if isinstance(key, jwk.RSAKey) and key.raw_value.key_size < _RSA_BITS:
            continue
        if isinstance(key, jwk.RSAKey | jwk.ECKey | jwk.OKPKey):
            found.append(key)
    return found


def _fits(key: AnyKey, algorithm: str) -> bool:
    """Tell whether *key* is one for *algorithm*: the type, the curve, and what the key itself says."""
    stated = key.get("alg")
    if stated is not None and stated != algorithm and {stated, algorithm} != {"EdDSA", "Ed25519"}:
        return False
    if key.key_type != _TYPES.get(algorithm[:2]):
        return False
    return algorithm not in _CURVES or key.get("crv") == _CURVES[algorithm]
