"""What the claims of an issuer mean here: who it is, of which organisation, with which roles."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from chariot.model.keys import SHARED, SYSTEM, Organisation
from chariot.modules.identity.identity import Identity
from chariot.modules.identity.proof import UnprovenError

SIGNED_ON: Final = "oidc:"
"""Begins the subject, and the name, of whoever an issuer vouches for; an account here is never called so."""
_ORGANISATION: Final = re.compile(r"[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?")
_TEXT_LIMIT: Final = 255
_ROLES_LIMIT: Final = 50
_VALUES_LIMIT: Final = 1_000
_MULTI_FACTOR: Final = frozenset({"mfa", "otp", "hwk", "fido", "face", "fpt", "sc", "swk", "sms", "tel"})
"""Methods that are, or come with, a second factor. Source: RFC 8176, section 2."""


class ClaimRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How claims are read. A claim is named whole, or by its path with dots: `realm_access.roles`."""

    organisation: str = ""
    """The organisation of everybody whom this issuer knows …"""
    organisation_claim: str = ""
    """… or the claim that names it …"""
    organisations: dict[str, str] = {}
    """… by these values; a value that is not here is refused. Without them the value is the name itself."""
    roles_claim: str = ""
    """The claim with roles or groups: a list, a text with spaces, or an object whose names are the roles."""
    roles: dict[str, str] = {}
    """Which of its values is which role here; all others count for nothing."""
    default_roles: tuple[str, ...] = ()
    """Roles of everybody whom this issuer knows."""
    name_claim: str = ""
    """What people know somebody by; by default `preferred_username`, `email` or `name`, the first there is."""
    required: dict[str, str] = {}
    """Claims that must have, or hold, these values, such as `token_use = "access"`."""


def identity_of(claims: Mapping[str, Any], rules: ClaimRules, issuer: str, *, called: str) -> Identity:
    """Return who *claims*, which were proven, are about; the settings name their *issuer* as it is *called*.

    Raises:
        UnprovenError: they are about nobody who is let in here.
    """
    for name, value in rules.required.items():
        if value not in values_of(claims, name):
            raise UnprovenError("claims")
    sub = claims.get("sub")
    if not isinstance(sub, str) or not sub or len(sub) > _TEXT_LIMIT or not sub.isprintable():
        raise UnprovenError("claims")
    return Identity(
        subject=f"{SIGNED_ON}{issuer}#{sub}",
        # People choose such names themselves: nobody thereby bears that of an account, a program or another issuer's.
        name=f"{SIGNED_ON}{called}/{_name(claims, rules.name_claim) or sub}"[:_TEXT_LIMIT],
        home=_organisation(claims, rules),
        method="oidc",
        roles=_roles(claims, rules),
        factors=2 if _MULTI_FACTOR & set(values_of(claims, "amr")) else 1,
        proven_at=instant(claims.get("auth_time")) or instant(claims.get("iat")),
    )


def values_of(claims: Mapping[str, Any], name: str) -> Sequence[str]:
    """Return the values of one claim, whatever form it has."""
    found = claim(claims, name)
    if isinstance(found, str):
        return (found, *found.split()) if " " in found else (found,)
    if isinstance(found, bool):
        return ("true" if found else "false",)
    if isinstance(found, list | dict):
        return [one for one in list(found)[:_VALUES_LIMIT] if isinstance(one, str)]
    return ()


def claim(claims: Mapping[str, Any], name: str) -> Any:
    """Return one claim by its whole name, or by its path; None where there is none."""
    if not name:
        return None
    if name in claims:
        return claims[name]
    found: Any = claims
    for part in name.split("."):
        if not isinstance(found, Mapping) or part not in found:
            return None
        found = found[part]
    return found


def instant(value: Any) -> datetime | None:
    """Return a moment in seconds since 1970 as an instant; None when it is no such number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 2**36:
        return None
    return datetime.fromtimestamp(value, UTC)


def _name(claims: Mapping[str, Any], chosen: str) -> str:
    for name in (chosen,) if chosen else ("preferred_username", "email", "name"):
        found = claim(claims, name)
        if isinstance(found, str) and found.strip():
            return "".join(one if one.isprintable() else " " for one in found[:_TEXT_LIMIT]).strip()
    return ""


def _organisation(claims: Mapping[str, Any], rules: ClaimRules) -> Organisation:
    name = rules.organisation
    if rules.organisation_claim:
        stated = values_of(claims, rules.organisation_claim)
        known = [rules.organisations.get(one, "") for one in stated] if rules.organisations else list(stated)
        name = next((one for one in known if one), "")
    if not _ORGANISATION.fullmatch(name) or name in (SHARED, SYSTEM):
        raise UnprovenError("organisation")
    return Organisation(name)


def _roles(claims: Mapping[str, Any], rules: ClaimRules) -> tuple[str, ...]:
    stated = values_of(claims, rules.roles_claim)
    known = {rules.roles[one] for one in stated if one in rules.roles}
    return tuple(sorted(known | set(rules.default_roles)))[:_ROLES_LIMIT]
