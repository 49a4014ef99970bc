"""What people and the platform keep: seeds, attributes, files, jobs, rules, settings."""

from datetime import datetime
from ipaddress import ip_network
from typing import Annotated

import msgspec

from chariot.model import checks
from chariot.model.base import Entity, declared
from chariot.model.fields import Merge, field
from chariot.model.states import Depth, Outcome, ScanPhase


def seed_value(value: object) -> str:
    """Return a seed in canonical form: a domain, an address, or a netblock that somebody can own."""
    text = checks.filled(value).strip()
    scheme, colon, rest = text.partition("://")
    if scheme and colon:
        host = rest.partition("/")[0].rpartition("@")[2]
        raise ValueError(
            f"a seed is a domain, an address or a netblock, not a URL; give {checks.shown(host)}"
        )
    if "/" in text:
        network = checks.cidr(text)
        return network if ip_network(network).num_addresses > 1 else network.partition("/")[0]
    try:
        return checks.ip(text)
    except ValueError:
        name = checks.host_name(text)
    if "." not in name and name != "localhost":
        raise ValueError(f"a seed is a domain, an address or a netblock: {checks.shown(value)}")
    return name


def places_field(description: str) -> msgspec.Meta:
    """Return the annotation of a field that holds what a person may write as a seed, in canonical form and sorted."""
    return field(description, check=checks.sorted_set(seed_value, 10_000), merge=Merge.DECISION)


@declared
class Seed(Entity, frozen=True, tag="seed"):
    """Where discovery starts, and by whose word: what descends from no seed is never scanned."""

    value: Annotated[str, field("Domain, address or netblock", check=seed_value, identity=True)]
    depth: Annotated[Depth, field("How deep scans may go", merge=Merge.DECISION, indexed=True)] = Depth.NORMAL
    deny: Annotated[
        tuple[str, ...],
        places_field("Names, addresses and netblocks below it that stay untouched"),
    ] = ()
    note: Annotated[str, field("Why it is ours", merge=Merge.DECISION, max_length=2_000)] = ""

    @property
    def is_network(self) -> bool:
        """True for an address or a netblock, False for a domain."""
        try:
            ip_network(self.value)
        except ValueError:
            return False
        return True


@declared
class Attribute(Entity, frozen=True, tag="attribute"):
    """One small fact about another entity that has no field of its own."""

    owner: Annotated[
        str, field("Key of what it describes", check=checks.key, identity=True, key_part=True, indexed=True)
    ]
    label: Annotated[str, field("What it is called", check=checks.slug, identity=True, indexed=True)]
    value: Annotated[
        str, field("What was seen", check=checks.outside, outside=True, identity=True, max_length=4_096)
    ]

    @property
    def name(self) -> str:
        """Label and value."""
        return f"{self.label} = {self.value}"


@declared
class File(Entity, frozen=True, tag="file"):
    """A file that is kept: an import, a report, a proof."""

    path: Annotated[str, field("Name within the organisation", check=checks.filled, identity=True)]
    sha256: Annotated[str, field("Digest of its content", max_length=64)] = ""
    size_bytes: Annotated[int, field("Size in bytes", check=checks.whole(0, 2**53), indexed=True)] = 0
    media_type: Annotated[str, field("Media type", outside=True, max_length=200)] = ""


@declared
class Job(Entity, frozen=True, tag="job"):
    """One capability at one target: whether it ran, or why it could not."""

    capability: Annotated[str, field("Capability", check=checks.slug, identity=True, indexed=True)]
    target: Annotated[
        str, field("Key of its target", check=checks.key, identity=True, key_part=True, indexed=True)
    ]
    outcome: Annotated[Outcome, field("How it ended", merge=Merge.REPLACE, indexed=True)] = Outcome.QUEUED
    reason: Annotated[
        str, field("Why the answer is unknown", outside=True, merge=Merge.REPLACE, max_length=2_000)
    ] = ""
    found: Annotated[int, field("Observations made", check=checks.whole(0, 2**53), merge=Merge.REPLACE)] = 0
    version: Annotated[
        str,
        field("Version of the program that looked", outside=True, merge=Merge.REPLACE, max_length=100),
    ] = ""

    @property
    def name(self) -> str:
        """Capability and target."""
        return f"{self.capability} at {self.target}"


@declared
class Scan(Entity, frozen=True, tag="scan"):
    """One order to look: who asked for what, how far it is, and what could not be looked at."""

    id: Annotated[str, field("Names it", check=checks.slug, identity=True)]
    state: Annotated[ScanPhase, field("Where it is in its life", merge=Merge.DECISION, indexed=True)] = (
        ScanPhase.RUNNING
    )
    requested_by: Annotated[
        str, field("Who ordered it", merge=Merge.DECISION, max_length=200, indexed=True, personal=True)
    ] = ""
    seeds: Annotated[
        tuple[str, ...],
        places_field("Where it starts; empty for all that is known"),
    ] = ()
    deny: Annotated[
        tuple[str, ...],
        places_field("What it was told to leave alone"),
    ] = ()
    depth: Annotated[Depth | None, field("How deep it was told to go", merge=Merge.DECISION)] = None
    due_only: Annotated[
        bool, field("Leaves alone what was looked at within its period", merge=Merge.DECISION)
    ] = False
    started_at: Annotated[
        datetime | None, field("When it was ordered", check=checks.utc, merge=Merge.DECISION, indexed=True)
    ] = None
    ended_at: Annotated[
        datetime | None,
        field("When nothing of it was left to do", check=checks.utc, merge=Merge.DECISION, indexed=True),
    ] = None
    rounds: Annotated[
        int, field("How often it was begun or went on", check=checks.whole(0, 10_000), merge=Merge.DECISION)
    ] = 0
    looked: Annotated[
        int, field("Looks that ended since it began", check=checks.whole(0, 2**53), merge=Merge.DECISION)
    ] = 0
    unknown: Annotated[
        int,
        field("Of these, those whose answer is unknown", check=checks.whole(0, 2**53), merge=Merge.DECISION),
    ] = 0
    waiting: Annotated[
        int, field("Pieces of work that were left then", check=checks.whole(0, 2**53), merge=Merge.DECISION)
    ] = 0
    gaps: Annotated[
        str,
        field(
            "What could not be looked at, by capability and reason, as JSON",
            outside=True,
            merge=Merge.DECISION,
            max_length=1_000_000,
        ),
    ] = ""

    @property
    def name(self) -> str:
        """What it starts from, and the id."""
        first = ", ".join(self.seeds[:3]) or "all that is known"
        return f"{first}{', …' if len(self.seeds) > 3 else ''} ({self.id})"


@declared
class AlertRule(Entity, frozen=True, tag="alertrule"):
    """When to tell whom. The address of the channel may hold a token, so it is secret."""

    label: Annotated[str, field("Name of the rule", check=checks.slug, identity=True)]
    minimum_score: Annotated[
        int, field("Tell of risks with this score or more", check=checks.whole(0, 100), merge=Merge.DECISION)
    ] = 70
    known_exploited_only: Annotated[
        bool, field("Tell only of known exploited ones", merge=Merge.DECISION)
    ] = False
    overdue_only: Annotated[bool, field("Tell only of those whose due date passed", merge=Merge.DECISION)] = (
        False
    )
    channel: Annotated[
        str, field("Webhook or apprise address", secret=True, merge=Merge.DECISION, max_length=4_000)
    ] = ""
    signing_key: Annotated[
        str, field("Key that signs webhook bodies", secret=True, merge=Merge.DECISION, max_length=1_000)
    ] = ""
    enabled: Annotated[bool, field("Whether it is in force", merge=Merge.DECISION, indexed=True)] = True


@declared
class Setting(Entity, frozen=True, tag="setting"):
    """One setting of the organisation, changed without a restart."""

    label: Annotated[str, field("Name", check=checks.slug, identity=True)]
    value: Annotated[str, field("Value", merge=Merge.DECISION, max_length=10_000)] = ""


@declared
class Comment(Entity, frozen=True, tag="comment"):
    """What a person said about another entity. Who and when stand in its history."""

    about: Annotated[
        str, field("Key of what it is about", check=checks.key, identity=True, key_part=True, indexed=True)
    ]
    id: Annotated[
        str, field("Tells comments apart; later ones sort behind", check=checks.slug, identity=True)
    ]
    text: Annotated[
        str,
        field("What was said", check=checks.outside, outside=True, merge=Merge.DECISION, max_length=10_000),
    ] = ""
    author: Annotated[
        str, field("Who said it", merge=Merge.DECISION, max_length=200, indexed=True, personal=True)
    ] = ""

    @property
    def name(self) -> str:
        """Who said it."""
        return f"comment of {self.author or 'nobody'}"
