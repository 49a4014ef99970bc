"""Who may do what: organisations above one another, roles, members, and the keys of programs."""

import re
from datetime import datetime
from ipaddress import ip_network
from typing import Annotated

from chariot.model import checks
from chariot.model.base import Entity, declared
from chariot.model.fields import Merge, field
from chariot.model.states import Severity


def network(value: object) -> str:
    """Return an address or a network as `address/length`; private ones too, host bits not."""
    try:
        if isinstance(value, str) and len(value) <= 64:
            return str(ip_network(value))
    except ValueError:
        pass
    raise ValueError(f"{checks.shown(value)} is no network such as 10.0.0.0/8 or 192.0.2.7")


@declared
class ApiKey(Entity, frozen=True, tag="apikey"):
    """A key by which a program asks the API, for one organisation, with some permissions, until it ends."""

    id: Annotated[str, field("Its public part", check=checks.slug, identity=True)]
    label: Annotated[
        str, field("What it is for", check=checks.slug, merge=Merge.DECISION, max_length=100, indexed=True)
    ] = "key"
    permissions: Annotated[
        tuple[str, ...],
        field("What it may do", check=checks.sorted_set(checks.line, 200), merge=Merge.DECISION),
    ] = ()
    expires_at: Annotated[
        datetime | None, field("When it ends; null is never", check=checks.utc, merge=Merge.DECISION)
    ] = None
    networks: Annotated[
        tuple[str, ...],
        field(
            "Networks that it may be used from; none is no such limit",
            check=checks.sorted_set(network, 50),
            merge=Merge.DECISION,
        ),
    ] = ()
    revoked: Annotated[bool, field("Whether it was taken back", merge=Merge.DECISION)] = False
    digest: Annotated[
        str, field("SHA-256 of its secret part", secret=True, merge=Merge.DECISION, max_length=1_000)
    ] = ""

    @property
    def name(self) -> str:
        """What it is for."""
        return self.label


_PERMISSION = re.compile(r"\*|[a-z][a-z-]{0,40}:(?:[a-z]{1,20}|\*)|\*:[a-z]{1,20}")
_TAG = re.compile(r"[\w.-]{1,100}(?:=[^\n]{0,500})?")


def permission(value: object) -> str:
    """Return a permission such as `risks:write`; a star stands for every resource or every action."""
    if not isinstance(value, str) or not _PERMISSION.fullmatch(value):
        raise ValueError(f"{checks.shown(value)} is no permission such as risks:write, risks:* or *:read")
    return value


def _wanted_tag(value: object) -> str:
    text = checks.line(value)
    if not _TAG.fullmatch(text):
        raise ValueError(f"{checks.shown(value)} is no tag such as env=prod, or env for any value")
    return text


@declared
class OrganisationNode(Entity, frozen=True, tag="organisation"):
    """An organisation and the one above it. All of them together are a tree, kept by the installation itself."""

    id: Annotated[str, field("Its name; never changes", check=checks.slug, identity=True)]
    title: Annotated[str, field("What people call it", merge=Merge.DECISION, max_length=200)] = ""
    parent: Annotated[
        str,
        field(
            "The organisation above it; empty at the top", merge=Merge.DECISION, max_length=63, indexed=True
        ),
    ] = ""
    suspended: Annotated[bool, field("Nobody may do anything in it, or below it", merge=Merge.DECISION)] = (
        False
    )

    @property
    def name(self) -> str:
        """What people call it."""
        return self.title or self.id


@declared
class Role(Entity, frozen=True, tag="role"):
    """What its members may do, and of what. It holds in the organisation that keeps it, and in all below."""

    label: Annotated[str, field("Name of the role", check=checks.slug, identity=True)]
    title: Annotated[str, field("What it is for", merge=Merge.DECISION, max_length=200)] = ""
    permissions: Annotated[
        tuple[str, ...],
        field(
            "Resource and action, such as risks:write",
            check=checks.sorted_set(permission, 200),
            merge=Merge.DECISION,
        ),
    ] = ()
    kinds: Annotated[
        tuple[str, ...],
        field(
            "Only things of these kinds, and what is about them",
            check=checks.sorted_set(checks.slug, 100),
            merge=Merge.DECISION,
        ),
    ] = ()
    asset_tags: Annotated[
        tuple[str, ...],
        field(
            "Only assets with one of these tags",
            check=checks.sorted_set(_wanted_tag, 100),
            merge=Merge.DECISION,
        ),
    ] = ()
    netblocks: Annotated[
        tuple[str, ...],
        field(
            "Only what lies in one of these, or below one of the names",
            check=checks.sorted_set(network, 500),
            merge=Merge.DECISION,
        ),
    ] = ()
    names: Annotated[
        tuple[str, ...],
        field(
            "Only what is one of these or below it, or lies in a netblock",
            check=checks.sorted_set(checks.host_name, 500),
            merge=Merge.DECISION,
        ),
    ] = ()
    highest_severity: Annotated[
        Severity | None, field("Risks are shown up to this one; null is all", merge=Merge.DECISION)
    ] = None
    requests_per_s: Annotated[
        int | None,
        field(
            "How fast a member may ask; null is as fast as anybody",
            check=checks.optional(checks.whole(1, 100_000)),
            merge=Merge.DECISION,
        ),
    ] = None

    @property
    def name(self) -> str:
        """Its label."""
        return self.label


@declared
class Member(Entity, frozen=True, tag="member"):
    """Somebody and their roles in the organisation that keeps this, and in all below."""

    id: Annotated[
        str, field("Who: the subject of an identity, such as user:anna", check=checks.filled, identity=True)
    ]
    label: Annotated[
        str, field("As people know them", merge=Merge.DECISION, max_length=200, personal=True)
    ] = ""
    roles: Annotated[
        tuple[str, ...],
        field("Their roles", check=checks.sorted_set(checks.slug, 50), merge=Merge.DECISION),
    ] = ()

    @property
    def name(self) -> str:
        """As people know them."""
        return self.label or self.id
