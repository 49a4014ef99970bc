"""What matters: by the tag `criticality`, and where there is none by rules over names, kinds and tags."""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Final
from urllib.parse import urlsplit

import msgspec

from chariot.errors import ConfigurationError
from chariot.model.kinds.network import Port, WebApplication
from chariot.model.records import Record
from chariot.model.registry import KINDS
from chariot.modules.graph.facts import TAG_WEIGHTS, Weigh, tagged_weight

RULES_LIMIT: Final = 200


class WeightRule(msgspec.Struct, frozen=True, kw_only=True):
    """What is critical. All that is stated must hold; of several patterns one is enough."""

    level: str = "critical"
    """`critical` or `high`."""
    names: Sequence[str] = ()
    """Patterns such as `*.pay.example.com`, for names, addresses and the hosts of ports and web applications."""
    kinds: Sequence[str] = ()
    tags: dict[str, str] = {}

    def __post_init__(self) -> None:
        if self.level not in TAG_WEIGHTS:
            raise ConfigurationError(
                f"critical: {self.level[:40]!r} is no level; there are high and critical"
            )
        if not (self.names or self.kinds or self.tags):
            raise ConfigurationError("critical: a rule without names, kinds and tags would mean everything")
        for kind in self.kinds:
            if kind not in KINDS:
                raise ConfigurationError(f"critical: no kind is called {kind[:40]!r}")

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


def weigher(rules: Sequence[WeightRule]) -> Weigh:
    """Return what tells how much a record matters: its own tag, else the heaviest rule that means it.

    Raises:
        ConfigurationError: there are more than `RULES_LIMIT` rules.
    """
    if len(rules) > RULES_LIMIT:
        raise ConfigurationError(f"critical: more than {RULES_LIMIT} rules")
    ordered = sorted(rules, key=lambda rule: -TAG_WEIGHTS[rule.level])

    def weigh(record: Record) -> int:
        if "criticality" in record.tags:
            return tagged_weight(record)
        return next((TAG_WEIGHTS[rule.level] for rule in ordered if rule.meets(record)), 0)

    return weigh


def _names(record: Record) -> tuple[str, ...]:
    entity = record.entity
    match entity:
        case WebApplication(url=url):
            return (url.lower(), urlsplit(url).hostname or "")
        case Port(address=address):
            return (record.name.lower(), address)
        case _:
            return (record.name.lower(),)
