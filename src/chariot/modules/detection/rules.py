"""Detection rules: data with parameters, ours and those of the installation."""

import tomllib
from fnmatch import translate
from functools import cache
from importlib import resources
from re import Pattern
from re import compile as compiled
from typing import Annotated, Final, Literal

import msgspec

from chariot.errors import ConfigurationError
from chariot.model.states import Severity
from chariot.modules.audit.service import AuditRecord

_SIZE_LIMIT: Final = 1_000_000
Facet = Literal["actor", "address", "object", "action"]
Seconds = Annotated[int, msgspec.Meta(ge=1, le=7 * 86_400)]


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is looked for in the audit log.

    `count`: at least so many events of one group within so long. `distinct`: events with at least so many different
    values of a facet. `travel`: two events of one group from places further apart than anybody travels meanwhile.
    """

    name: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
    title: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    severity: Severity
    kind: Literal["count", "distinct", "travel"] = "count"
    actors: tuple[str, ...] = ("*",)
    """Patterns with `*` and `?`; one that fits is enough."""
    actions: tuple[str, ...]
    endings: tuple[Literal["allowed", "refused", "failed"], ...] = ("allowed", "refused", "failed")
    details: dict[str, str] = {}
    """Facts that an entry must have."""
    by: tuple[Facet, ...] = ("actor",)
    """What events of one group have in common; an entry where one is empty belongs to no group."""
    distinct: Facet = "address"
    at_least: Annotated[int, msgspec.Meta(ge=1, le=10**9)] = 1
    within_s: Seconds = 300
    speed_km_h: Annotated[float, msgspec.Meta(gt=0)] = 900.0
    distance_km: Annotated[float, msgspec.Meta(ge=0)] = 500.0
    """Places closer than this are one place: tables of networks are coarse."""
    enabled: bool = True

    def takes(self, record: AuditRecord) -> bool:
        """Tell whether *record* is an event that the rule is about."""
        return (
            record.ending in self.endings
            and any(_pattern(one).fullmatch(record.action) for one in self.actions)
            and any(_pattern(one).fullmatch(record.actor) for one in self.actors)
            and all(record.details.get(name) == text for name, text in self.details.items())
        )


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    rule: tuple[Rule, ...] = ()


@cache
def _pattern(text: str) -> Pattern[str]:
    return compiled(translate(text))


def built_in() -> tuple[Rule, ...]:
    """Return the rules that come with the program."""
    text = resources.files("chariot.modules.detection").joinpath("rules.toml").read_text(encoding="utf-8")
    return _read(text, "the rules of the program")


def with_own(text: str, place: str) -> tuple[Rule, ...]:
    """Return the rules that are in force: those of the program, and what *text*, the file *place*, says instead.

    Raises:
        ConfigurationError: it is no file of rules.
    """
    rules = {rule.name: rule for rule in built_in()} | {rule.name: rule for rule in _read(text, place)}
    return tuple(rule for rule in rules.values() if rule.enabled)


def _read(text: str, place: str) -> tuple[Rule, ...]:
    if len(text) > _SIZE_LIMIT:
        raise ConfigurationError(f"{place} is larger than {_SIZE_LIMIT:,} characters")
    try:
        return msgspec.convert(tomllib.loads(text), _File).rule
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ConfigurationError(f"{place}: {error}") from None
