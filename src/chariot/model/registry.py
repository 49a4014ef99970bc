"""The registry: every kind by its name, and the decoder that turns JSON into entities."""

from datetime import timedelta
from functools import cache

import msgspec

from chariot.errors import InvalidError
from chariot.model.base import Entity, FieldSpec
from chariot.model.kinds.access import ApiKey, Member, OrganisationNode, Role
from chariot.model.kinds.candidate import Candidate
from chariot.model.kinds.exchange import Import, ImportPage
from chariot.model.kinds.identity import Session, User
from chariot.model.kinds.incident import Incident
from chariot.model.kinds.integration import ImportJob, Integration, Ticket
from chariot.model.kinds.network import (
    Address,
    Certificate,
    DnsRecord,
    Domain,
    Netblock,
    Port,
    WebApplication,
)
from chariot.model.kinds.scope import Contract
from chariot.model.kinds.weakness import Credential, Risk, Technology, Vulnerability
from chariot.model.kinds.work import AlertRule, Attribute, Comment, File, Job, Scan, Seed, Setting

AnyEntity = (
    Seed
    | Domain
    | Address
    | Netblock
    | DnsRecord
    | Certificate
    | Port
    | WebApplication
    | Technology
    | Vulnerability
    | Risk
    | Attribute
    | Credential
    | File
    | Job
    | Scan
    | AlertRule
    | Setting
    | Import
    | ImportPage
    | Comment
    | ApiKey
    | ImportJob
    | Integration
    | Ticket
    | Incident
    | Candidate
    | Contract
    | User
    | Session
    | OrganisationNode
    | Role
    | Member
)

KINDS: dict[str, type[Entity]] = {cls.kind: cls for cls in AnyEntity.__args__}
"""Every kind by its name, in the order of the reference."""

SEEN: tuple[str, ...] = (
    "domain",
    "address",
    "netblock",
    "dnsrecord",
    "certificate",
    "port",
    "webapplication",
    "technology",
    "vulnerability",
    "risk",
    "attribute",
    "credential",
    "file",
)
"""Kinds that somebody outside can see and report; the others are decisions of people and records of services."""

UNLISTED = frozenset({"user", "session", "organisation"})
"""Kinds that only their own service shows: no list, no query and no export has them."""

GROUPS: dict[str, tuple[str, ...]] = {
    "assets": ("domain", "address", "netblock", "port", "webapplication", "certificate"),
    "findings": ("risk",),
}
"""Names for several kinds at once."""

LIFETIMES: dict[str, timedelta] = {
    "domain": timedelta(days=14),
    "address": timedelta(days=14),
    "dnsrecord": timedelta(days=14),
    "port": timedelta(days=7),
    "webapplication": timedelta(days=7),
    "certificate": timedelta(days=14),
    "technology": timedelta(days=14),
    "attribute": timedelta(days=30),
    "candidate": timedelta(days=60),
}
"""How long a sighting holds. A kind that is not here never expires by silence."""


@cache
def spec_of(kind: str) -> dict[str, FieldSpec]:
    """Return the fields of *kind* by name.

    Raises:
        InvalidError: there is no such kind.
    """
    return {spec.name: spec for spec in kind_class(kind).specs}


def kind_class(kind: str) -> type[Entity]:
    """Return the declaration of *kind*.

    Raises:
        InvalidError: there is no such kind; the text lists those there are.
    """
    try:
        return KINDS[kind]
    except KeyError:
        raise InvalidError(
            f"no kind is called {kind[:40]!r}; there are {', '.join(KINDS)}", place="kind"
        ) from None


def kinds_named(name: str) -> tuple[str, ...]:
    """Return the kinds that a person means by *name*: a kind, its plural, or a group.

    >>> kinds_named("risks")
    ('risk',)
    """
    word = name.lower().replace("-", "").replace("_", "")
    if word in GROUPS:
        return GROUPS[word]
    for candidate in (word, word.removesuffix("s"), word.removesuffix("es"), word.removesuffix("ies") + "y"):
        if candidate in KINDS and candidate not in UNLISTED:
            return (candidate,)
    there_are = ", ".join([*GROUPS, *(kind for kind in KINDS if kind not in UNLISTED)])
    raise InvalidError(f"nothing is listed as {name[:40]!r}; there are {there_are}", place="kind")


entity_decoder = msgspec.json.Decoder(AnyEntity)
"""Decodes one entity from JSON, with full validation."""

entity_encoder = msgspec.json.Encoder(order="deterministic")
"""Encodes entities the same way each time: equal entities give equal bytes."""
