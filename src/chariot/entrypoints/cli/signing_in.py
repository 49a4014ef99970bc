"""Signing a command line in by a browser elsewhere: at the server, or at an issuer that it trusts. Source: RFC 8628."""

import time
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import httpx
import msgspec

from chariot.errors import ConfigurationError, DeniedError, InvalidError, UnavailableError
from chariot_client.profiles import Profile, Profiles, Renewal

T = TypeVar("T")
GRANT: Final = "urn:ietf:params:oauth:grant-type:device_code"
EARLY_S: Final = 60.0
"""How long before its end a token is renewed."""
_TIMEOUT_S: Final = 30.0
_LIMIT_BYTES: Final = 1_000_000
_LONGEST_S: Final = 1_800.0

Show = Callable[[str, str], None]
"""Shows a person the address to open, and the code to type there."""


class IssuerWay(msgspec.Struct, frozen=True):
    """An issuer that a server trusts."""

    name: str
    title: str
    url: str
    cli_client_id: str
    audience: str = ""


class _Ways(msgspec.Struct, frozen=True):
    issuers: tuple[IssuerWay, ...] = ()


class _Data(msgspec.Struct, frozen=True):
    data: msgspec.Raw


class _Codes(msgspec.Struct, frozen=True):
    device_code: str
    user_code: str
    verification_uri: str
    expires_in: float
    interval: float = 5.0


class _SignedIn(msgspec.Struct, frozen=True):
    token: str | None = None
    needs: tuple[str, ...] = ()


class _Published(msgspec.Struct, frozen=True):
    issuer: str
    token_endpoint: str
    device_authorization_endpoint: str = ""


class _Tokens(msgspec.Struct, frozen=True):
    access_token: str = ""
    refresh_token: str = ""
    expires_in: float = 300.0
    error: str = ""


class Sleeper:
    """Waits between two questions, and says when it was long enough."""

    def __init__(
        self, seconds: float, *, sleep: Callable[[float], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._sleep = sleep
        self._clock = clock
        self._until = clock() + min(seconds, _LONGEST_S)

    def wait(self, seconds: float) -> None:
        """Wait.

        Raises:
            DeniedError: nobody approved it in time.
        """
        if self._clock() >= self._until:
            raise DeniedError("nobody approved it in time; try again")
        self._sleep(min(max(seconds, 1.0), 60.0))


def ways_at(server: str) -> tuple[IssuerWay, ...]:
    """Return the issuers that *server* trusts."""
    return _data(_asked("GET", f"{server.rstrip('/')}/api/v1/signin"), _Ways).issuers


def signed_in_at_server(server: str, show: Show, *, sleep: Callable[[float], None] = time.sleep) -> str:
    """Return the token of a session at *server*, once a person approved it in a browser.

    Raises:
        DeniedError: nobody approved it, or somebody sent it away.
    """
    base = server.rstrip("/")
    codes = _data(_asked("POST", f"{base}/api/v1/device"), _Codes)
    show(codes.verification_uri, codes.user_code)
    sleeper = Sleeper(codes.expires_in, sleep=sleep)
    while True:
        answer = _asked("POST", f"{base}/api/v1/device/token", json={"device_code": codes.device_code})
        if answer.status_code == 401:
            raise DeniedError("somebody sent this program away, or it waited for too long")
        signed = _data(answer, _SignedIn)
        if signed.token:
            return signed.token
        sleeper.wait(codes.interval)


def signed_in_by_password(server: str, user: str, password: str, ask_code: Callable[[], str]) -> str:
    """Return the token of a session at *server*, for an account there; *ask_code* is asked for a second factor.

    Raises:
        DeniedError: something is wrong, or the account wants a passkey.
    """
    address = _safe(f"{server.rstrip('/')}/api/v1/signin/password")
    body = {"user": user, "password": password}
    answer = _asked("POST", address, json=body)
    if answer.status_code == 401:
        raise DeniedError("the user name, the password or the code is wrong")
    signed = _data(answer, _SignedIn)
    if not signed.token and "code" in signed.needs:
        answer = _asked("POST", address, json=body | {"code": ask_code()})
        if answer.status_code == 401:
            raise DeniedError("the user name, the password or the code is wrong")
        signed = _data(answer, _SignedIn)
    if not signed.token:
        raise DeniedError("this account signs in by a passkey; leave --user out, and approve it in a browser")
    return signed.token


def signed_in_at_issuer(
    issuer: IssuerWay, show: Show, *, sleep: Callable[[float], None] = time.sleep
) -> tuple[str, Renewal | None]:
    """Return an access token of *issuer*, and how it is renewed, once a person approved it there.

    Raises:
        ConfigurationError: the issuer signs no command lines in.
        DeniedError: nobody approved it.
    """
    url = _safe(issuer.url)
    published = _plain(_asked("GET", f"{url.rstrip('/')}/.well-known/openid-configuration"), _Published)
    if published.issuer != url or not published.device_authorization_endpoint or not issuer.cli_client_id:
        raise ConfigurationError(f"{issuer.name} signs no command lines in; leave --issuer out")
    asked = {"client_id": issuer.cli_client_id, "scope": "openid profile offline_access"}
    if issuer.audience:
        asked["audience"] = issuer.audience
    codes = _plain(_asked("POST", _safe(published.device_authorization_endpoint), data=asked), _Codes)
    show(codes.verification_uri, codes.user_code)
    sleeper, interval_s = Sleeper(codes.expires_in, sleep=sleep), codes.interval
    form = {"grant_type": GRANT, "device_code": codes.device_code, "client_id": issuer.cli_client_id}
    while True:
        sleeper.wait(interval_s)
        tokens = _plain(
            _asked("POST", _safe(published.token_endpoint), data=form), _Tokens, also=(400, 401, 403)
        )
        if tokens.access_token:
            return tokens.access_token, _renewal(published.token_endpoint, issuer.cli_client_id, tokens)
        if tokens.error == "slow_down":
            interval_s += 5.0
        elif tokens.error != "authorization_pending":
            raise DeniedError(f"{issuer.name} did not sign this program in: {tokens.error[:100]}")


def renewed(profile: Profile) -> Profile | None:
    """Return *profile* with a new token where its own has ended or soon will; None where it is good as it is.

    Raises:
        DeniedError: the issuer renews it no more: sign in again.
    """
    renewal = profile.renewal
    if renewal is None or not _is_due(profile):
        return None
    form = {
        "grant_type": "refresh_token",
        "refresh_token": renewal.refresh_token,
        "client_id": renewal.client_id,
    }
    tokens = _plain(_asked("POST", _safe(renewal.endpoint), data=form), _Tokens, also=(400, 401, 403))
    if not tokens.access_token:
        raise DeniedError("the sign-in has ended; run: chariot login")
    # An issuer that gives no new one lets the old one be used again.
    kept = msgspec.structs.replace(tokens, refresh_token=tokens.refresh_token or renewal.refresh_token)
    following = _renewal(renewal.endpoint, renewal.client_id, kept)
    return msgspec.structs.replace(profile, token=tokens.access_token, renewal=following)


def renew(server: str, name: str, profiles: Profiles) -> None:
    """Renew the token of the profile that will be used, where it has to be and no other process just did."""
    if not name and server:
        same = server.rstrip("/").lower()
        everyone = profiles.all().items()
        name = next((key for key, one in everyone if one.server.rstrip("/").lower() == same), "")
    name = name or profiles.used
    if not _is_due(profiles.all().get(name)):
        return
    with profiles.renewing():
        chosen = profiles.all().get(name)
        following = renewed(chosen) if chosen is not None else None
        if following is not None:
            profiles.replace(name, following)


def _is_due(profile: Profile | None) -> bool:
    renewal = profile.renewal if profile is not None else None
    return renewal is not None and renewal.expires_at - time.time() <= EARLY_S


def _renewal(endpoint: str, client_id: str, tokens: _Tokens) -> Renewal | None:
    if not tokens.refresh_token:
        return None
    return Renewal(
        endpoint=endpoint,
        client_id=client_id,
        refresh_token=tokens.refresh_token,
        expires_at=time.time() + tokens.expires_in,
    )


def _asked(
    method: str, address: str, *, json: Any = None, data: Mapping[str, str] | None = None
) -> httpx.Response:
    try:
        answer = httpx.request(
            method, address, json=json, data=data, timeout=_TIMEOUT_S, headers={"Accept": "application/json"}
        )
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise UnavailableError(
            f"{urlsplit(address).netloc} cannot be reached ({type(error).__name__})"
        ) from error
    if len(answer.content) > _LIMIT_BYTES:
        raise UnavailableError(f"{urlsplit(address).netloc} answered too much")
    if answer.status_code in (429, 503):
        raise UnavailableError(f"{urlsplit(address).netloc} asks to be left alone for a while; try again")
    return answer


def _data(answer: httpx.Response, to: type[T]) -> T:
    return _decoded(_plain(answer, _Data).data, to, answer)


def _plain(answer: httpx.Response, to: type[T], *, also: tuple[int, ...] = ()) -> T:
    if answer.status_code >= 300 and answer.status_code not in also:
        raise UnavailableError(f"{answer.url.host} answered {answer.status_code}")
    return _decoded(answer.content, to, answer)


def _decoded(body: Any, to: type[T], answer: httpx.Response) -> T:
    try:
        return msgspec.json.decode(body, type=to)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise UnavailableError(f"{answer.url.host} answered something else than was asked for") from None


def _safe(address: str) -> str:
    """Return *address*, where nobody on the way can read what is sent there.

    Raises:
        InvalidError: it is without TLS, and not on this machine.
    """
    parts = urlsplit(address)
    if parts.scheme == "https" or (parts.scheme == "http" and _is_here(parts.hostname or "")):
        return address
    raise InvalidError(f"{address[:200]} is without TLS; nothing secret is sent there")


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
