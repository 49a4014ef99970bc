"""How much an asset means to its owner: by its tag, else by rules over names, kinds and tags.

Scores and attack paths ask here, so that both mean the same by critical.
"""

from collections.abc import Sequence
from enum import Enum
from fnmatch import fnmatchcase
from typing import Annotated, Final
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from chariot.errors import ConfigurationError
from chariot.model.kinds.network import Port, WebApplication
from chariot.model.records import Record
from chariot.model.registry import KINDS

CRITICALITY_TAG: Final = "criticality"
RULES_LIMIT: Final = 200

_Pattern = Annotated[str, Meta(min_length=1, max_length=500)]


class Criticality(Enum):
    """What the target means to its owner; the tag `criticality`."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    CRITICAL = "critical"


class CriticalityRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which assets have a level. All that is stated must hold; of several patterns one is enough.

    Raises:
        ConfigurationError: it states nothing, or names a level or a kind that there is not.
    """

    level: str = "critical"
    """`low`, `normal`, `high` or `critical`."""
    names: tuple[_Pattern, ...] = ()
    """Patterns such as `*.pay.example.com`, for names, addresses and the hosts of ports and web applications."""
    kinds: tuple[str, ...] = ()
    tags: dict[str, str] = {}

    def __post_init__(self) -> None:
        if self.level not in _LEVELS:
            raise ConfigurationError(
                f"criticality: {self.level[:40]!r} is no level; there are {', '.join(_LEVELS)}"
            )
        if not (self.names or self.kinds or self.tags):
            raise ConfigurationError(
                "criticality: a rule without names, kinds and tags would mean everything"
            )
        for kind in self.kinds:
            if kind not in KINDS:
                raise ConfigurationError(f"criticality: no kind is called {kind[:40]!r}")

    def meets(self, record: Record) -> bool:
        """Return whether the rule means *record*."""
        if self.kinds and record.kind not in self.kinds:
            return False
        if any(record.tags.get(label) != value for label, value in self.tags.items()):
            return False
        if not self.names:
            return True
        called = _names(record)
        return any(fnmatchcase(name, pattern.lower()) for pattern in self.names for name in called)


_LEVELS: Final = tuple(one.value for one in Criticality)


def check_rules(rules: Sequence[CriticalityRule]) -> None:
    """Refuse more rules than anybody keeps in view.

    Raises:
        ConfigurationError: there are more than `RULES_LIMIT`.
    """
    if len(rules) > RULES_LIMIT:
        raise ConfigurationError(f"criticality: more than {RULES_LIMIT} rules")


def tagged(record: Record) -> Criticality | None:
    """Return what the tag of *record* says; None where it says nothing."""
    try:
        return Criticality(record.tags.get(CRITICALITY_TAG, "").lower())
    except ValueError:
        # Tags are free text: a word that is no criticality says nothing.
        return None


def stated(record: Record, rules: Sequence[CriticalityRule]) -> Criticality | None:
    """Return what is stated of *record*: by its own tag, else by the highest of *rules* that means it."""
    own = tagged(record)
    if own is not None:
        return own
    meant = [Criticality(rule.level) for rule in rules if rule.meets(record)]
    return max(meant, key=list(Criticality).index, default=None)


def _names(record: Record) -> tuple[str, ...]:
    match record.entity:
        case WebApplication(url=url):
            return (url.lower(), urlsplit(url).hostname or "")
        case Port(address=address):
            return (record.name.lower(), address)
        case _:
            return (record.name.lower(),)
