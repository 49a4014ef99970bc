"""What matters to attack paths: the criticality that scores know too, as a weight."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from chariot.model.keys import Organisation
from chariot.model.records import Record
from chariot.modules.graph.facts import Weigh
from chariot.modules.risk.criticality import Criticality, CriticalityRule, check_rules, stated

_WEIGHTS: Final = {Criticality.HIGH: 1, Criticality.CRITICAL: 2}


def weigher(rules: Sequence[CriticalityRule]) -> Weigh:
    """Return what tells how much a record matters: its own tag, else the highest rule that means it.

    Raises:
        ConfigurationError: there are too many rules.
    """
    check_rules(rules)
    return lambda record: _weight(record, rules)


class OwnWeights:
    """See `Weigh`. Each organisation has rules of its own, read anew whenever its graph is asked."""

    def __init__(self, read: Callable[[Organisation], Awaitable[Sequence[CriticalityRule]]]) -> None:
        self._read = read
        self._rules: dict[Organisation, tuple[CriticalityRule, ...]] = {}
        self._edition: dict[Organisation, int] = {}

    async def refresh(self, organisation: Organisation) -> int:
        """Read the rules of *organisation*; return which edition they are, another number when they changed."""
        rules = tuple(await self._read(organisation))
        if self._rules.get(organisation) != rules:
            self._rules[organisation] = rules
            self._edition[organisation] = self._edition.get(organisation, 0) + 1
        return self._edition[organisation]

    def __call__(self, record: Record) -> int:
        """Return how much *record* matters to its organisation."""
        return _weight(record, self._rules.get(record.organisation, ()))


def _weight(record: Record, rules: Sequence[CriticalityRule]) -> int:
    level = stated(record, rules)
    return _WEIGHTS.get(level, 0) if level is not None else 0
