"""Signing in: by password and second factor, by passkey, by invitation, or at an issuer."""

from base64 import b64decode, b64encode
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from chariot.entrypoints.rest.caller import PUBLIC
from chariot.entrypoints.rest.operations import Answer, Call, Operations
from chariot.entrypoints.rest.signing import answered, cookie_in, identity_services, session_cookie, visit_of
from chariot.errors import NotFoundError, UnavailableError
from chariot.modules.identity.identity import Identity
from chariot.modules.identity.ports import LiveSession
from chariot.modules.identity.proof import UnprovenError
from chariot.modules.identity.sign_in import FactorNeededError

OPERATIONS = Operations("Sign-in")
CALLBACK = "/api/v1/session/callback"
"""Where an issuer sends a browser back to."""
STATE_COOKIE = "chariot_signin"
UserName = Annotated[str, Meta(min_length=1, max_length=200, description="Name to sign in with")]
Password = Annotated[str, Meta(min_length=1, max_length=1_000, description="The password")]
Code = Annotated[
    str, Meta(max_length=100, description="What the authenticator shows, or a recovery code; empty at first")
]
AsCookie = Annotated[
    bool, Meta(description="Keep the token in a cookie that no script can read, and do not tell it")
]
_STATE_ATTRIBUTES = f"Path={CALLBACK}; HttpOnly; SameSite=Lax; Max-Age=600"


class IssuerWay(msgspec.Struct, frozen=True):
    """An issuer that signs people in."""

    name: str
    title: str
    url: str
    cli_client_id: str
    """The public client of command lines; empty where they sign in through a browser."""
    audience: str
    """Whom its access tokens are for."""


class Ways(msgspec.Struct, frozen=True):
    """How people sign in here."""

    password: bool
    passkey: bool
    device: bool
    issuers: tuple[IssuerWay, ...]


class PasswordBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who somebody says they are, and what proves it."""

    user: UserName
    password: Password
    code: Code = ""
    cookie: AsCookie = False


class InvitationBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The code of an invitation, and the password that is set by it."""

    user: UserName
    code: Annotated[str, Meta(min_length=1, max_length=200, description="As it was told when it was made")]
    password: Password
    cookie: AsCookie = False


class PasskeyBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a passkey answered."""

    state: Annotated[str, Meta(max_length=4_096, description="As it came with the challenge")]
    answer: Annotated[dict[str, Any], Meta(description="What `navigator.credentials` gave, as JSON")]
    cookie: AsCookie = False


class Challenge(msgspec.Struct, frozen=True):
    """What a browser asks a passkey."""

    options: dict[str, Any]
    """For `navigator.credentials`."""
    state: str
    """To be sent back with the answer; holds for ten minutes, once."""


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """A session, or what is missing for one."""

    token: str | None = None
    """`Authorization: Bearer <token>`; null where it went into a cookie, or there is none yet."""
    session: LiveSession | None = None
    needs: tuple[str, ...] = ()
    """Second factors, one of which is asked for: `code`, `recovery`, `passkey`."""


class IssuerParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where to sign in."""

    issuer: Annotated[
        str, Meta(min_length=1, max_length=40, description="Name of the issuer", examples=["corporate"])
    ]


class CallbackParameters(msgspec.Struct, frozen=True):
    """What an issuer sends a browser back with; it may add more, which is left alone."""

    code: Annotated[str, Meta(max_length=4_096, description="What stands for the sign-in")] = ""
    state: Annotated[str, Meta(max_length=200, description="As it was sent")] = ""
    error: Annotated[str, Meta(max_length=1_000, description="Why there is no code")] = ""
    iss: Annotated[str, Meta(max_length=1_000, description="The issuer that sent the browser back")] = ""


@OPERATIONS.add("GET", "/api/v1/signin", PUBLIC, data=Ways, quick=True)
async def read_ways(call: Call) -> Answer:
    """Tell how people sign in here."""
    services = identity_services(call)
    issuers = tuple(
        IssuerWay(one.name, one.title, one.url, one.cli_client, one.audience) for one in services.issuers
    )
    return call.one(Ways(password=True, passkey=services.passkeys is not None, device=True, issuers=issuers))


@OPERATIONS.add(
    "POST",
    "/api/v1/signin/password",
    PUBLIC,
    data=SignedIn,
    body=PasswordBody,
    secret=True,
    example={"user": "ada", "password": "tintenfass rollt bergab", "code": "123456"},
)
async def sign_in_by_password(call: Call) -> Answer:
    """Sign in with an account of this installation; where a second factor is needed, `needs` names it."""
    body: PasswordBody = call.body
    services = identity_services(call)
    try:
        with answered():
            identity = await services.sign_in.with_password(
                body.user, body.password, body.code, visit_of(call)
            )
    except FactorNeededError as error:
        return call.one(SignedIn(needs=error.ways))
    return await begun(call, identity, cookie=body.cookie)


@OPERATIONS.add(
    "POST",
    "/api/v1/signin/invitation",
    PUBLIC,
    data=SignedIn,
    body=InvitationBody,
    secret=True,
    example={"user": "ada", "code": "gM3vPq", "password": "tintenfass rollt bergab"},
)
async def sign_in_by_invitation(call: Call) -> Answer:
    """Set a password by the code of an invitation, which holds once, and sign in."""
    body: InvitationBody = call.body
    services = identity_services(call)
    try:
        with answered():
            identity = await services.sign_in.with_invitation(
                body.user, body.code, body.password, visit_of(call)
            )
    except FactorNeededError as error:
        return call.one(SignedIn(needs=error.ways))
    return await begun(call, identity, cookie=body.cookie)


@OPERATIONS.add("POST", "/api/v1/signin/passkey/challenge", PUBLIC, data=Challenge, secret=True)
async def challenge_passkey(call: Call) -> Answer:
    """Give what a browser asks any passkey of this address."""
    services = identity_services(call)
    if services.passkeys is None:
        raise UnavailableError("this server knows no passkeys")
    options, challenge = services.passkeys.to_use()
    state = await services.flows.carry("passkey", {"challenge": b64encode(challenge).decode()})
    return call.one(Challenge(options, state))


@OPERATIONS.add(
    "POST",
    "/api/v1/signin/passkey",
    PUBLIC,
    data=SignedIn,
    body=PasskeyBody,
    secret=True,
    example={"state": "sealed:…", "answer": {"id": "…", "response": {}}},
)
async def sign_in_by_passkey(call: Call) -> Answer:
    """Sign in by a passkey, which counts as two factors."""
    body: PasskeyBody = call.body
    services = identity_services(call)
    with answered():
        carried = await services.flows.take("passkey", body.state)
        challenge = b64decode(carried["challenge"])
        identity = await services.sign_in.with_passkey(body.answer, challenge, visit_of(call))
    return await begun(call, identity, cookie=body.cookie)


@OPERATIONS.add(
    "GET",
    "/api/v1/session/begin",
    PUBLIC,
    data=str,
    status=302,
    enveloped=False,
    media_type="text/html",
    parameters=IssuerParameters,
    errors=(NotFoundError,),
)
async def begin_at_issuer(call: Call) -> Answer:
    """Send a browser to an issuer to sign in there: authorization code with PKCE."""
    asked: IssuerParameters = call.parameters
    services = identity_services(call)
    location, remembered = await services.issuer(asked.issuer).begin(services.public_url + CALLBACK)
    state = await services.flows.carry("issuer", remembered)
    secure = "; Secure" if services.is_encrypted else ""
    return _redirect(location, f"{STATE_COOKIE}={state}; {_STATE_ATTRIBUTES}{secure}")


@OPERATIONS.add(
    "GET",
    CALLBACK,
    PUBLIC,
    data=str,
    status=302,
    enveloped=False,
    media_type="text/html",
    parameters=CallbackParameters,
    errors=(NotFoundError,),
)
async def finish_at_issuer(call: Call) -> Answer:
    """Take a browser back from an issuer, and begin its session; the dashboard says what went wrong."""
    services, visit = identity_services(call), visit_of(call)
    try:
        identity = await _returned(call)
    except UnprovenError as error:
        services.events.refused("session:begin", visit, error)
        return _redirect("/#signin=refused")
    _, token = await services.sessions.begin(identity, address=visit.address, agent=visit.agent)
    await services.events.done("session:begin", visit, identity.subject, method=identity.method)
    return _redirect("/", session_cookie(token, services))


async def _returned(call: Call) -> Identity:
    """Return who came back from an issuer."""
    asked: CallbackParameters = call.parameters
    services = identity_services(call)
    carried = await services.flows.take("issuer", cookie_in(call, STATE_COOKIE))
    if not asked.state or asked.state != carried["state"]:
        # Another site began this sign-in, or another tab.
        raise UnprovenError("purpose")
    issuer = services.issuer(carried["issuer"])
    if asked.error or (asked.iss and asked.iss != issuer.url):
        raise UnprovenError("issuer" if asked.iss else "factor")
    return await issuer.finish(asked.code, services.public_url + CALLBACK, carried)


async def begun(call: Call, identity: Identity, *, cookie: bool) -> Answer:
    """Return the answer that begins a session of *identity*."""
    services, visit = identity_services(call), visit_of(call)
    session, token = await services.sessions.begin(
        identity, use="browser" if cookie else "cli", address=visit.address, agent=visit.agent
    )
    await services.events.done("session:begin", visit, identity.subject, method=identity.method)
    if not cookie:
        return call.one(SignedIn(token=token, session=session))
    return call.one(SignedIn(session=session), headers={"set-cookie": session_cookie(token, services)})


def _redirect(location: str, cookie: str = "") -> Answer:
    headers = {"location": location} | ({"set-cookie": cookie} if cookie else {})
    return Answer(status=302, media_type="text/html", headers=headers)
