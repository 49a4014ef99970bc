"""What an organisation decides about its scores and deadlines: three settings, each a JSON text.

`risk.weights` says how much each factor counts, `risk.criticality` which assets matter how much, and `risk.sla`
until when a risk must be mended.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from chariot.errors import ConfigurationError, InvalidError
from chariot.model.keys import Key, Organisation
from chariot.model.kinds.weakness import Risk, Vulnerability
from chariot.model.kinds.work import Setting
from chariot.model.records import Record
from chariot.model.states import ON_SURFACE, Decision, Severity
from chariot.modules.risk.criticality import CriticalityRule, check_rules
from chariot.modules.surface.ports import EntityReader

_Percent = Annotated[int, Meta(ge=0, le=300)]
_Days = Annotated[int, Meta(ge=0, le=3_650)]


class Weights(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """How much each factor counts, in percent of its points; 100 is the formula as it is published."""

    epss: _Percent = 100
    known_exploited: _Percent = 100
    ransomware: _Percent = 100
    exploit: _Percent = 100
    exposure: _Percent = 100
    authentication: _Percent = 100
    controls: _Percent = 100
    cvss: _Percent = 100
    criticality: _Percent = 100
    reach: _Percent = 100
    path: _Percent = 100

    def of(self, factor: str) -> int:
        """Return the percent of the factor called *factor*."""
        return int(getattr(self, factor.replace(" ", "_")))


EVEN: Final = Weights()


class Sla(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """Days from the opening of a risk to the day on which it is due; of several that apply, the earliest."""

    severity: dict[Severity, _Days] = {}
    decision: dict[Decision, _Days] = {}
    known_exploited: _Days | None = None
    """For what is known to be exploited."""
    kev_due_date: bool = False
    """Whether the day that CISA set in its catalogue counts too."""

    def due_at(self, risk: Risk, vulnerability: Vulnerability | None, opened_at: datetime) -> datetime | None:
        """Return when *risk*, which opened at *opened_at*, is due; None when nothing here applies to it."""
        exploited = vulnerability is not None and bool(vulnerability.known_exploited)
        days = [
            self.severity.get(risk.severity) if risk.severity else None,
            self.decision.get(risk.decision) if risk.decision else None,
            self.known_exploited if exploited else None,
        ]
        moments = [opened_at + timedelta(days=number) for number in days if number is not None]
        if self.kev_due_date and vulnerability is not None and exploited:
            moments += _ends_of(vulnerability.known_exploited_due, opened_at)
        return min(moments, default=None)


class Policy(msgspec.Struct, frozen=True):
    """All that an organisation decided."""

    weights: Weights = EVEN
    criticality: tuple[CriticalityRule, ...] = ()
    """The organisation's own rules, then those of the installation."""
    sla: Sla = Sla()


WEIGHTS: Final = "risk.weights"
CRITICALITY: Final = "risk.criticality"
SLA: Final = "risk.sla"
LABELS: Final = (WEIGHTS, CRITICALITY, SLA)
SETTING_KEYS: Final[dict[str, Key]] = {label: Setting(label=label).key for label in LABELS}
_TYPES: Final[dict[str, Any]] = {
    WEIGHTS: Weights,
    CRITICALITY: tuple[CriticalityRule, ...],
    SLA: Sla,
}


def read_setting(label: str, text: str) -> Any:
    """Return what the setting called *label* says.

    Raises:
        InvalidError: it is not in the setting's form; the text names the place.
    """
    try:
        value = msgspec.json.decode(text, type=_TYPES[label])
        if label == CRITICALITY:
            check_rules(value)
    except (msgspec.DecodeError, ConfigurationError, RecursionError) as error:
        raise InvalidError(f"{label}: {error}", place="value") from None
    return value


def check_setting(label: str, text: str) -> None:
    """Refuse a setting of risks that cannot be read; other settings are none of ours.

    Raises:
        InvalidError: see `read_setting`.
    """
    if label in _TYPES:
        read_setting(label, text)


class Policies:
    """Reads what organisations decided, as it stands now."""

    def __init__(self, store: EntityReader, rules: Sequence[CriticalityRule] = ()) -> None:
        """*rules* are those of the installation; they hold for every organisation, behind its own."""
        check_rules(rules)
        self._store = store
        self._rules = tuple(rules)

    async def of(self, organisation: Organisation) -> Policy:
        """Return the policy of *organisation*; a setting that cannot be read counts as not made."""
        records = await self._store.get(organisation, list(SETTING_KEYS.values()))
        found = {label: _value(label, records.get(key)) for label, key in SETTING_KEYS.items()}
        return Policy(
            weights=found[WEIGHTS] or EVEN,
            criticality=(*(found[CRITICALITY] or ()), *self._rules),
            sla=found[SLA] or Sla(),
        )

    async def criticality(self, organisation: Organisation) -> Sequence[CriticalityRule]:
        """Return the rules by which assets of *organisation* matter."""
        return (await self.of(organisation)).criticality


def _value(label: str, record: Record | None) -> Any:
    if record is None or record.status not in ON_SURFACE or not isinstance(record.entity, Setting):
        return None
    try:
        return read_setting(label, record.entity.value)
    except InvalidError:
        # Settings are checked on their way in; one that an older version wrote must not stop every score.
        return None


def _ends_of(day: str, opened_at: datetime) -> list[datetime]:
    """Return the end of *day*, UTC; nothing for text that is no day, or for a day before the opening."""
    try:
        end = datetime.combine(datetime.fromisoformat(day).date(), clock_time(23, 59, 59), UTC)
    except ValueError:
        return []
    # What opens after CISA's day is due at once by that rule, not in the past.
    return [max(end, opened_at)]
