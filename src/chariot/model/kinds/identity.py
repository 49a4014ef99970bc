"""People of this installation and their sessions. Both are kept in the organisation `system`, never in a customer's."""

import re
from datetime import datetime
from typing import Annotated

from chariot.model import checks
from chariot.model.base import Entity, declared
from chariot.model.fields import Merge, field

PASSKEYS_LIMIT = 20
_USER = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,63}")


def user_name(value: object) -> str:
    """Return the name that somebody signs in with: lower-case letters and digits, and `.`, `_`, `@`, `+`, `-`."""
    if not isinstance(value, str) or not _USER.fullmatch(value.lower()):
        raise ValueError(
            f"{checks.shown(value)} is no user name: use letters, digits, '.', '_', '@', '+' and '-'"
        )
    return value.lower()


@declared
class User(Entity, frozen=True, tag="user"):
    """Somebody who signs in here, with the factors that prove it; what they may do is for roles to say."""

    id: Annotated[str, field("Name to sign in with", check=user_name, identity=True)]
    label: Annotated[
        str, field("As people know them", merge=Merge.DECISION, max_length=200, personal=True)
    ] = ""
    home: Annotated[
        str, field("Organisation that they belong to", merge=Merge.DECISION, indexed=True, max_length=63)
    ] = ""
    roles: Annotated[
        tuple[str, ...],
        field(
            "Roles in the home organisation", check=checks.sorted_set(checks.line, 50), merge=Merge.DECISION
        ),
    ] = ()
    suspended: Annotated[bool, field("Whether they are kept out", merge=Merge.DECISION)] = False
    password: Annotated[
        str, field("Argon2id hash of the password", secret=True, merge=Merge.DECISION, max_length=1_000)
    ] = ""
    password_at: Annotated[
        datetime | None, field("When the password was set", check=checks.utc, merge=Merge.DECISION)
    ] = None
    totp: Annotated[
        str, field("Key of the authenticator", secret=True, merge=Merge.DECISION, max_length=1_000)
    ] = ""
    totp_pending: Annotated[
        str,
        field(
            "Key of an authenticator that is being added", secret=True, merge=Merge.DECISION, max_length=1_000
        ),
    ] = ""
    totp_step: Annotated[
        int,
        field("Time step of the last code that was used", check=checks.whole(0, 2**40), merge=Merge.DECISION),
    ] = 0
    recovery: Annotated[
        str,
        field("Digests of unused recovery codes", secret=True, merge=Merge.DECISION, max_length=4_000),
    ] = ""
    passkeys: Annotated[
        tuple[str, ...],
        field(
            "Passkeys: id, public key, count and label of each",
            check=checks.sorted_set(checks.line, PASSKEYS_LIMIT),
            merge=Merge.DECISION,
        ),
    ] = ()
    invitation: Annotated[
        str,
        field("Digest of the code that sets a password", secret=True, merge=Merge.DECISION, max_length=1_000),
    ] = ""
    invited_until: Annotated[
        datetime | None, field("Until when that code holds", check=checks.utc, merge=Merge.DECISION)
    ] = None
    failures: Annotated[
        int,
        field("Failed attempts since the last success", check=checks.whole(0, 2**31), merge=Merge.DECISION),
    ] = 0
    failed_at: Annotated[
        datetime | None, field("When the last attempt failed", check=checks.utc, merge=Merge.DECISION)
    ] = None
    signed_in_at: Annotated[
        datetime | None, field("When they last signed in", check=checks.utc, merge=Merge.DECISION)
    ] = None
    generation: Annotated[
        int, field("How often all sessions were ended", check=checks.whole(0, 2**40), merge=Merge.DECISION)
    ] = 0


@declared
class Session(Entity, frozen=True, tag="session"):
    """One sign-in: from where, until when, and whether it was ended. Also a token of an issuer that was taken back."""

    id: Annotated[str, field("Its public part", check=checks.slug, identity=True)]
    use: Annotated[
        str,
        field(
            "browser, cli; device before it is approved; token or subject for what was taken back",
            check=checks.slug,
            merge=Merge.DECISION,
            indexed=True,
        ),
    ] = "browser"
    subject: Annotated[str, field("Who signed in", merge=Merge.DECISION, indexed=True, max_length=1_000)] = ""
    label: Annotated[
        str, field("As people know them", merge=Merge.DECISION, max_length=200, personal=True)
    ] = ""
    home: Annotated[
        str, field("Organisation that they belong to", merge=Merge.DECISION, indexed=True, max_length=63)
    ] = ""
    method: Annotated[str, field("How it was proven", merge=Merge.DECISION, max_length=20)] = ""
    roles: Annotated[
        tuple[str, ...],
        field("Roles that were stated", check=checks.sorted_set(checks.line, 50), merge=Merge.DECISION),
    ] = ()
    factors: Annotated[
        int, field("How many factors were shown", check=checks.whole(0, 100), merge=Merge.DECISION)
    ] = 0
    digest: Annotated[
        str, field("SHA-256 of its secret part", secret=True, merge=Merge.DECISION, max_length=1_000)
    ] = ""
    code: Annotated[
        str,
        field("What a person types to approve a device", merge=Merge.DECISION, indexed=True, max_length=20),
    ] = ""
    began_at: Annotated[
        datetime | None, field("When it was proven", check=checks.utc, merge=Merge.DECISION)
    ] = None
    ends_at: Annotated[
        datetime | None, field("When it ends at the latest", check=checks.utc, merge=Merge.DECISION)
    ] = None
    address: Annotated[str, field("Where it began", merge=Merge.DECISION, max_length=64, personal=True)] = ""
    agent: Annotated[
        str, field("Program that it began with", outside=True, merge=Merge.DECISION, max_length=200)
    ] = ""
    revoked: Annotated[bool, field("Whether it was ended early", merge=Merge.DECISION)] = False
    generation: Annotated[
        int,
        field(
            "How often all sessions of the account had been ended when this was proven",
            check=checks.whole(0, 2**40),
            merge=Merge.DECISION,
        ),
    ] = 0
