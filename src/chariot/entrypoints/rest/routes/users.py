"""Accounts of this installation, as administrators see them."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from chariot.entrypoints.rest.operations import Answer, Call, Operations
from chariot.entrypoints.rest.routes.organisations import administration, asker
from chariot.entrypoints.rest.routes.parameters import Cursor, Limit, Why
from chariot.entrypoints.rest.signing import identity_services, visit_of
from chariot.errors import ConflictError, DeniedError, NotFoundError
from chariot.modules.identity.accounts import Account
from chariot.modules.identity.people import SUBJECT

OPERATIONS = Operations("Users")
Label = Annotated[str, Meta(max_length=200, description="As people know them")]
Roles = Annotated[
    list[Annotated[str, Meta(pattern="^[a-z0-9][a-z0-9._-]{0,62}$", examples=["analyst"])]],
    Meta(
        max_length=50,
        description="Roles in the organisation; needs `users:grant`, and nobody gives what they have not",
    ),
]
_NAME = {"user": "Name to sign in with"}


class UsersParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which accounts."""

    limit: Limit = 100
    cursor: Cursor = ""


class UserBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A new account."""

    user: Annotated[str, Meta(min_length=1, max_length=64, description="Name to sign in with")]
    label: Label = ""
    roles: Roles = []


class UserPatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What changes; what is not stated stays."""

    label: Label | UnsetType = UNSET
    roles: Roles | UnsetType = UNSET
    suspended: Annotated[bool, Meta(description="Who is suspended is signed out everywhere")] | UnsetType = (
        UNSET
    )
    why: Why = ""


class WhyParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why an account goes."""

    why: Why = ""


class Invited(msgspec.Struct, frozen=True):
    """An account, and the code by which its owner sets a password."""

    account: Account
    code: str
    """Told now and never again; holds for three days, once."""
    address: str
    """Opens the dashboard where the code is taken."""


def _invited(call: Call, account: Account, code: str, *, status: int = 200) -> Answer:
    # What stands behind the # is sent to no server and stands in no log.
    address = f"{identity_services(call).public_url}/#invitation={account.user}:{code}"
    return call.one(Invited(account, code, address), status=status)


@OPERATIONS.add("GET", "/api/v1/users", "users:read", data=Account, paged=True, parameters=UsersParameters)
async def list_users(call: Call) -> Answer:
    """List the accounts of the organisation by name."""
    asked: UsersParameters = call.parameters
    accounts = identity_services(call).accounts
    page = await accounts.page(call.caller.organisation, limit=asked.limit, cursor=asked.cursor)
    return call.page(page.items, limit=asked.limit, cursor=page.cursor)


@OPERATIONS.add(
    "GET", "/api/v1/users/{user}", "users:read", data=Account, names=_NAME, errors=(NotFoundError,)
)
async def read_user(call: Call) -> Answer:
    """Give one account of the organisation."""
    accounts = identity_services(call).accounts
    return call.one(await accounts.get(call.names["user"], call.caller.organisation))


@OPERATIONS.add(
    "POST",
    "/api/v1/users",
    "users:write",
    data=Invited,
    status=201,
    body=UserBody,
    secret=True,
    repeatable=True,
    errors=(ConflictError,),
    example={"user": "ada", "label": "Ada Lovelace", "roles": ["analyst"]},
)
async def add_user(call: Call) -> Answer:
    """Make an account in the organisation; its owner sets the password by the code that comes back."""
    body: UserBody = call.body
    if body.roles:
        await _check_roles(call, body.roles)
    account, code = await identity_services(call).accounts.add(
        body.user,
        call.caller.organisation,
        label=body.label,
        roles=body.roles,
        actor=call.caller.user,
        visit=visit_of(call),
    )
    return _invited(call, account, code, status=201)


@OPERATIONS.add(
    "PATCH",
    "/api/v1/users/{user}",
    "users:write",
    data=Account,
    names=_NAME,
    body=UserPatch,
    repeatable=True,
    errors=(NotFoundError,),
    example={"suspended": True, "why": "left the company"},
)
async def change_user(call: Call) -> Answer:
    """Change what is stated of an account."""
    body: UserPatch = call.body
    await _check_rank(call)
    if body.roles is not UNSET:
        await _check_roles(call, body.roles)
    account = await identity_services(call).accounts.change(
        call.names["user"],
        call.caller.organisation,
        label=None if body.label is UNSET else body.label,
        roles=None if body.roles is UNSET else body.roles,
        suspended=None if body.suspended is UNSET else body.suspended,
        actor=call.caller.user,
        why=body.why,
        visit=visit_of(call),
    )
    return call.one(account)


@OPERATIONS.add(
    "POST",
    "/api/v1/users/{user}/invitation",
    "users:recover",
    data=Invited,
    names=_NAME,
    secret=True,
    errors=(NotFoundError,),
)
async def invite_user(call: Call) -> Answer:
    """Give a code by which the owner of an account, who may do no more than the caller, sets a new password."""
    await _check_rank(call)
    account, code = await identity_services(call).accounts.invite(
        call.names["user"], call.caller.organisation, actor=call.caller.user, visit=visit_of(call)
    )
    return _invited(call, account, code)


@OPERATIONS.add(
    "DELETE",
    "/api/v1/users/{user}/factors",
    "users:recover",
    data=Account,
    names=_NAME,
    errors=(NotFoundError,),
)
async def remove_factors(call: Call) -> Answer:
    """Take password and second factors from somebody who lost them, and may do no more than the caller."""
    await _check_rank(call)
    account = await identity_services(call).accounts.without_factors(
        call.names["user"], call.caller.organisation, actor=call.caller.user, visit=visit_of(call)
    )
    return call.one(account)


@OPERATIONS.add(
    "DELETE",
    "/api/v1/users/{user}",
    "users:write",
    data=Account,
    names=_NAME,
    parameters=WhyParameters,
    errors=(NotFoundError,),
)
async def remove_user(call: Call) -> Answer:
    """End an account for good, with its sessions."""
    asked: WhyParameters = call.parameters
    await _check_rank(call)
    accounts = identity_services(call).accounts
    account = await accounts.get(call.names["user"], call.caller.organisation)
    await accounts.remove(
        account.user, call.caller.organisation, actor=call.caller.user, why=asked.why, visit=visit_of(call)
    )
    return call.one(account)


async def _check_rank(call: Call) -> None:
    """Refuse to touch the account that is asked for, if its owner may do what the caller may not.

    Raises:
        NotFoundError: there is none in the organisation.
        DeniedError: its owner may.
    """
    name = call.names["user"]
    account = await identity_services(call).accounts.get(name, call.caller.organisation)
    await administration(call).check_outranks(asker(call), f"{SUBJECT}{account.user}", account.roles)


async def _check_roles(call: Call, roles: Sequence[str]) -> None:
    """Refuse to give roles that the caller has not.

    Raises:
        DeniedError: the caller gives no roles to accounts, or not these.
        InvalidError: there is no such role.
    """
    if not call.caller.may_within("users:grant", "users:write"):
        raise DeniedError("this needs the permission users:grant")
    await administration(call).check_given(asker(call), roles)
