"""The caller's own account: password, second factors."""

from base64 import b64decode, b64encode
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from chariot.entrypoints.rest.caller import PUBLIC
from chariot.entrypoints.rest.operations import Answer, Call, Operations
from chariot.entrypoints.rest.routes.signin import Challenge, Password
from chariot.entrypoints.rest.signing import answered, identity_services, person, visit_of
from chariot.errors import ConflictError, DeniedError, NotFoundError
from chariot.modules.identity.accounts import Account

OPERATIONS = Operations("Account")
_ERRORS = (DeniedError, NotFoundError, ConflictError)


class NewPasswordBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The password now, and the one to come."""

    password: Password
    new_password: Password


class ConfirmBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The password, shown again before something important."""

    password: Password


class CodeBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the new authenticator shows."""

    code: Annotated[str, Meta(min_length=1, max_length=20, description="Six digits")]


class PasskeyAddBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a new passkey answered."""

    state: Annotated[str, Meta(max_length=4_096, description="As it came with the challenge")]
    answer: Annotated[dict[str, Any], Meta(description="What `navigator.credentials` gave, as JSON")]
    label: Annotated[str, Meta(min_length=1, max_length=100, description="What people call it")]


class PasskeyRemoveBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which passkey goes."""

    password: Password
    label: Annotated[str, Meta(min_length=1, max_length=100, description="What people call it")]


class NewCode(msgspec.Struct, frozen=True):
    """A new authenticator, until it is confirmed."""

    key: str
    address: str
    """Shown as a picture for an authenticator to read."""


class RecoveryCodes(msgspec.Struct, frozen=True):
    """Codes for a sheet of paper, each good once; told now and never again."""

    codes: list[str]


@OPERATIONS.add("GET", "/api/v1/account", PUBLIC, data=Account, errors=_ERRORS)
async def read_account(call: Call) -> Answer:
    """Tell what is set up in the caller's own account."""
    return call.one(await identity_services(call).accounts.own(person(call)))


@OPERATIONS.add(
    "PUT",
    "/api/v1/account/password",
    PUBLIC,
    data=Account,
    body=NewPasswordBody,
    errors=_ERRORS,
    example={"password": "tintenfass rollt bergab", "new_password": "kumquat fliegt im nebel"},
)
async def set_password(call: Call) -> Answer:
    """Set another password: 15 characters, or 8 beside a second factor. All other sessions end."""
    body: NewPasswordBody = call.body
    identity, accounts = person(call), identity_services(call).accounts
    with answered():
        await accounts.set_password(
            identity.subject, body.password, body.new_password, session=identity.session, visit=visit_of(call)
        )
    return call.one(await accounts.own(identity))


@OPERATIONS.add(
    "POST",
    "/api/v1/account/code",
    PUBLIC,
    data=NewCode,
    body=ConfirmBody,
    secret=True,
    errors=_ERRORS,
    example={"password": "tintenfass rollt bergab"},
)
async def begin_code(call: Call) -> Answer:
    """Begin to add an authenticator; it counts once a code of it is confirmed."""
    body: ConfirmBody = call.body
    identity = person(call)
    with answered():
        key, address = await identity_services(call).accounts.begin_code(identity.subject, body.password)
    return call.one(NewCode(key, address))


@OPERATIONS.add(
    "POST",
    "/api/v1/account/code/confirmation",
    PUBLIC,
    data=RecoveryCodes,
    body=CodeBody,
    secret=True,
    errors=_ERRORS,
    example={"code": "123456"},
)
async def finish_code(call: Call) -> Answer:
    """Add the authenticator that was begun; gives codes to keep on paper."""
    body: CodeBody = call.body
    identity = person(call)
    accounts = identity_services(call).accounts
    return call.one(
        RecoveryCodes(await accounts.finish_code(identity.subject, body.code, visit=visit_of(call)))
    )


@OPERATIONS.add(
    "POST",
    "/api/v1/account/code/removal",
    PUBLIC,
    data=Account,
    body=ConfirmBody,
    errors=_ERRORS,
    example={"password": "tintenfass rollt bergab"},
)
async def remove_code(call: Call) -> Answer:
    """Take the authenticator away."""
    body: ConfirmBody = call.body
    identity, accounts = person(call), identity_services(call).accounts
    with answered():
        await accounts.remove_code(identity.subject, body.password, visit=visit_of(call))
    return call.one(await accounts.own(identity))


@OPERATIONS.add(
    "POST",
    "/api/v1/account/passkeys/challenge",
    PUBLIC,
    data=Challenge,
    body=ConfirmBody,
    secret=True,
    errors=_ERRORS,
    example={"password": "tintenfass rollt bergab"},
)
async def begin_passkey(call: Call) -> Answer:
    """Give what a browser makes a passkey by."""
    body: ConfirmBody = call.body
    identity, services = person(call), identity_services(call)
    with answered():
        options, challenge = await services.accounts.begin_passkey(identity.subject, body.password)
    carried = {"challenge": b64encode(challenge).decode(), "subject": identity.subject}
    return call.one(Challenge(options, await services.flows.carry("new-passkey", carried)))


@OPERATIONS.add(
    "POST",
    "/api/v1/account/passkeys",
    PUBLIC,
    data=Account,
    body=PasskeyAddBody,
    errors=_ERRORS,
    example={"state": "sealed:…", "answer": {"id": "…", "response": {}}, "label": "laptop"},
)
async def add_passkey(call: Call) -> Answer:
    """Add a passkey."""
    body: PasskeyAddBody = call.body
    identity, services = person(call), identity_services(call)
    with answered():
        carried = await services.flows.take("new-passkey", body.state)
        if carried["subject"] != identity.subject:
            raise DeniedError("that challenge was given to somebody else")
        account = await services.accounts.finish_passkey(
            identity.subject, body.answer, b64decode(carried["challenge"]), body.label, visit=visit_of(call)
        )
    return call.one(account)


@OPERATIONS.add(
    "POST",
    "/api/v1/account/passkeys/removal",
    PUBLIC,
    data=Account,
    body=PasskeyRemoveBody,
    errors=_ERRORS,
    example={"password": "tintenfass rollt bergab", "label": "laptop"},
)
async def remove_passkey(call: Call) -> Answer:
    """Take a passkey away."""
    body: PasskeyRemoveBody = call.body
    identity, accounts = person(call), identity_services(call).accounts
    with answered():
        account = await accounts.remove_passkey(
            identity.subject, body.password, body.label, visit=visit_of(call)
        )
    return call.one(account)
