"""What the routes of sign-ins, sessions and accounts share."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.cookies import CookieError, SimpleCookie

from chariot.entrypoints.rest.operations import Call
from chariot.entrypoints.rest.problems import RateLimitedError, UnauthenticatedError
from chariot.errors import DeniedError, UnavailableError
from chariot.modules.identity.devices import PendingError
from chariot.modules.identity.events import Visit
from chariot.modules.identity.identity import Identity
from chariot.modules.identity.proof import UnprovenError
from chariot.modules.identity.services import IdentityServices
from chariot.modules.identity.sign_in import FactorNeededError
from chariot.modules.identity.throttle import SlowDownError

COOKIE = "chariot_session"
_LONGEST_COOKIE = 8_192


def identity_services(call: Call) -> IdentityServices:
    """Return what knows people.

    Raises:
        UnavailableError: this server knows none.
    """
    if call.services.identity is None:
        raise UnavailableError("this server signs nobody in")
    return call.services.identity


def visit_of(call: Call) -> Visit:
    """Return where the request came from."""
    return Visit(call.address, call.request_id, call.headers.get("user-agent", ""))


def somebody(call: Call) -> Identity:
    """Return who asks.

    Raises:
        UnauthenticatedError: nobody is known.
    """
    if call.caller.identity is None:
        raise UnauthenticatedError("send a token: Authorization: Bearer …")
    return call.caller.identity


def person(call: Call) -> Identity:
    """Return who asks, where that is a person who signed in.

    Raises:
        UnauthenticatedError: nobody is known.
        DeniedError: it is a program.
    """
    identity = somebody(call)
    if identity.method not in ("password", "oidc"):
        raise DeniedError("this is for people who signed in, not for keys and tokens")
    return identity


@contextmanager
def answered() -> Iterator[None]:
    """Turn what sign-ins raise into what callers are told.

    Raises:
        UnauthenticatedError: something did not prove who they are.
        RateLimitedError: too many attempts failed.
    """
    try:
        yield
    except (FactorNeededError, PendingError):
        # Nothing is wrong: the answer says what is missing.
        raise
    except UnprovenError as error:
        raise UnauthenticatedError(str(error), tried=True) from error
    except SlowDownError as error:
        raise RateLimitedError(str(error), retry_after_s=error.retry_after_s) from error


def session_cookie(token: str, services: IdentityServices) -> str:
    """Return the header that gives a browser its session; no script can read it."""
    secure = "; Secure" if services.is_encrypted else ""
    return f"{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict{secure}"


def cookie_in(call: Call, name: str) -> str:
    """Return the value of one cookie, empty when there is none."""
    raw = call.headers.get("cookie", "")
    if not raw or len(raw) > _LONGEST_COOKIE:
        return ""
    try:
        found = SimpleCookie(raw).get(name)
    except CookieError:
        return ""
    return found.value if found is not None else ""
