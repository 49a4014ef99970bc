"""The CVEs that the line of a product leaves open, judged by their conditions."""

from collections.abc import Iterable, Sequence
from typing import Final

from chariot.modules.intel.aliases import Aliases
from chariot.modules.intel.answers import Match
from chariot.modules.intel.cpe import Cpe, parse
from chariot.modules.intel.lines import LineMatcher, Told
from chariot.modules.intel.matching import ProductMatcher
from chariot.modules.intel.prepared import Prepared
from chariot.modules.intel.technology import Technology, read_technology

_KEPT: Final = 4_096


class OpenCves:
    """Completes what a line tells of plain versions; keeps the answers that rest on the version alone."""

    def __init__(self, line: LineMatcher, product: Cpe, aliases: Aliases) -> None:
        self.line = line
        self._product = product
        self._aliases = aliases
        self._matchers: dict[int, ProductMatcher] = {}
        """By the index of the CVE that it judges."""
        self._judged: dict[tuple[int, tuple[int, ...]], Match | None] = {}
        self._answers: dict[int, tuple[Told, tuple[Match, ...]]] = {}

    def missing(self, told: Iterable[Told]) -> set[int]:
        """Return the indexes of the CVEs that *told* leaves open, and of which `take` was not told yet.

        A product may have thousands that some version leaves open, of which the versions asked about meet few.
        """
        return {index for one in told for index in one.open if index not in self._matchers}

    def take(self, indexes: Iterable[int], rows: Iterable[tuple[str, Prepared]]) -> None:
        """Judge the CVEs of *indexes* by *rows* from now on: what is prepared about each."""
        matcher = ProductMatcher(self._product, rows, self._aliases)
        self._matchers |= dict.fromkeys(indexes, matcher)

    def answer(self, text: str, told: Told, beside: Sequence[Technology]) -> tuple[Match, ...]:
        """Return what *told* and the conditions say of the technology *text*, by CVE.

        Nothing of *told* may be `missing`.
        """
        if beside:
            technology = read_technology(parse(text), self._aliases)
            return self._merged(told, {index: self._judge(index, technology, beside) for index in told.open})
        kept = self._answers.get(id(told))
        if kept is None or kept[0] is not told:
            if len(self._answers) >= _KEPT:
                self._answers.clear()
            kept = self._answers[id(told)] = told, self._merged(told, self._judged_alone(text, told))
        return kept[1]

    def _judged_alone(self, text: str, told: Told) -> dict[int, Match | None]:
        judged = self._judged
        if missing := told.open.items() - judged.keys():
            technology = read_technology(parse(text), self._aliases)
            for place in missing:
                judged[place] = self._judge(place[0], technology, ())
        return {place[0]: judged[place] for place in told.open.items()}

    def _judge(self, index: int, technology: Technology, beside: Sequence[Technology]) -> Match | None:
        return self._matchers[index].judge(self.line.cves[index], technology, beside)

    def _merged(self, told: Told, judged: dict[int, Match | None]) -> tuple[Match, ...]:
        both = judged | told.found
        return tuple([match for index in sorted(both) if (match := both[index]) is not None])
