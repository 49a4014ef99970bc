"""How well a ranking would have done: were CVEs at its top on the day before they became known to be exploited?

Nothing is known in advance. What is tested of a CVE is the last EPSS score of a day *before* CISA added it. It counts
as not known to be exploited, and exploits that are published today do not count: nobody wrote down since when they are.
Its rivals are the CVEs that were published by then.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from statistics import median
from typing import Final

import msgspec

from chariot.errors import InvalidError
from chariot.modules.intel.records import Cve, EpssScore, KevEntry
from chariot.modules.risk.formula import Exposure, Inputs, assess
from chariot.modules.risk.vectors import read_vector

_EXPOSURES: Final = {"L": Exposure.LOCAL, "P": Exposure.LOCAL, "A": Exposure.INTERNAL}
_FINE: Final = 10_000
"""A percentile is told to so many parts, as FIRST publishes it to five digits."""


class Weighed(msgspec.Struct, frozen=True, gc=False):
    """What is known of a CVE without its history."""

    published: date
    cvss: float
    exposure: Exposure


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """How many of the tested CVEs one ranking had at its top."""

    ranking: str
    hits: float
    """Where more CVEs share a value than fit into the top, each counts by the share of them that fits."""
    share: float
    """Of all that were tested, 0 to 1."""


class Backtest(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a replay."""

    top: float
    """The share of all CVEs that counts as the top, 0 to 1."""
    first_day: date
    last_day: date
    """The first and the last day on which a tested CVE was added."""
    added: int
    """CVEs that were added after the history begins."""
    unscored: int
    """Of these, those without any score on a day before; no ranking by EPSS can find them."""
    without_cvss: int
    """Of the others, those whose CVSS score the files do not have: they are tested by EPSS alone."""
    tested: int
    """The others, tested by all three rankings."""
    age_days: float
    """How old the score was, in days; the median."""
    population: int
    """CVEs among which they are ranked, on the last day."""
    found: tuple[Found, ...]
    by_percentile: Found
    """All that had a score, by the percentile that FIRST published on that day."""


def weighed(records: Iterable[Cve]) -> dict[str, Weighed]:
    """Return what the files know of the CVEs that have a CVSS score."""
    found = {}
    for record in records:
        score = record.score
        if score is None or record.rejected:
            continue
        facts = read_vector(score.vector)
        exposure = _EXPOSURES.get(facts.attack_vector, Exposure.INTERNET) if facts else Exposure.INTERNET
        found[record.id] = Weighed(record.published.date(), score.score, exposure)
    return found


def backtest(
    history: Iterable[EpssScore],
    kev: Sequence[KevEntry],
    known: Mapping[str, Weighed],
    day: Sequence[EpssScore],
    *,
    top: float = 0.05,
) -> Backtest:
    """Return how many CVEs of *kev* stood at the top before they were added.

    *history* has scores of earlier days, *day* those of all CVEs on one day: the distribution that makes the top.
    EPSS changed its scale with its models, so a score of the past is moved to that day's scale by its percentile.

    Raises:
        InvalidError: there is nothing to test, or *top* is no share.
    """
    if not 0 < top < 1:
        raise InvalidError("must be above 0 and below 1", place="top")
    added = {entry.cve: entry.added_on for entry in kev}
    first, before = _before(history, added)
    tried = {cve: on for cve, on in added.items() if first is not None and on > first}
    scored = {cve: before[cve] for cve in tried if cve in before}
    tested = sorted((tried[cve], cve) for cve in scored if cve in known)
    if not tested or not day:
        raise InvalidError(
            "no CVE was added after the history begins of which a score and a CVSS score are known"
        )
    scale = _Scale(day)
    rankings = (_Ranking("score", 100), _Ranking("epss", _FINE), _Ranking("cvss", 100))
    rivals = sorted(
        ((known[score.cve].published, score.cve, score) for score in day if score.cve in known),
        key=lambda rival: rival[:2],
    )
    reached, hits = 0, [0.0, 0.0, 0.0]
    for on, cve in tested:
        while reached < len(rivals) and rivals[reached][0] < on:
            _, rival, score = rivals[reached]
            for ranking, value in zip(rankings, _values(known[rival], score, scale), strict=True):
                ranking.add(value)
            reached += 1
        values = _values(known[cve], scored[cve], scale)
        for number, (ranking, value) in enumerate(zip(rankings, values, strict=True)):
            hits[number] += ranking.at_top(value, top)
    high = sum(score.percentile >= 1 - top for score in scored.values())
    return Backtest(
        top=top,
        first_day=tested[0][0],
        last_day=tested[-1][0],
        added=len(tried),
        unscored=len(tried) - len(scored),
        without_cvss=len(scored) - len(tested),
        tested=len(tested),
        age_days=median((on - scored[cve].day).days for on, cve in tested),
        population=reached,
        found=tuple(
            Found(ranking=ranking.name, hits=round(number, 1), share=number / len(tested))
            for ranking, number in zip(rankings, hits, strict=True)
        ),
        by_percentile=Found(ranking="epss percentile", hits=high, share=high / len(scored)),
    )


def _before(
    history: Iterable[EpssScore], added: Mapping[str, date]
) -> tuple[date | None, dict[str, EpssScore]]:
    """Return the first day of *history*, and for each added CVE its last score of a day before that."""
    first: date | None = None
    found: dict[str, EpssScore] = {}
    for score in history:
        first = score.day if first is None else min(first, score.day)
        on = added.get(score.cve)
        # The day itself is out: CISA's word moves the score of that day.
        if on is not None and score.day < on and (score.cve not in found or found[score.cve].day < score.day):
            found[score.cve] = score
    return first, found


def _values(facts: Weighed, score: EpssScore, scale: "_Scale") -> tuple[int, int, int]:
    """Return by what the three rankings order one CVE."""
    inputs = Inputs(epss=scale.probability(score.percentile), cvss=facts.cvss, exposure=facts.exposure)
    return assess(inputs).score, round(_FINE * score.percentile), round(10 * facts.cvss)


class _Scale:
    """The probabilities of one day, by percentile."""

    def __init__(self, day: Sequence[EpssScore]) -> None:
        order = sorted((score.percentile, score.probability) for score in day)
        self._percentiles = [percentile for percentile, _ in order]
        self._probabilities = [probability for _, probability in order]

    def probability(self, percentile: float) -> float:
        """Return the probability that had *percentile* on that day."""
        at = bisect_left(self._percentiles, percentile)
        return self._probabilities[min(at, len(self._probabilities) - 1)]


class _Ranking:
    """How many CVEs have each value of one ranking, so far."""

    def __init__(self, name: str, highest: int) -> None:
        self.name = name
        self._counts = [0] * (highest + 1)
        self._total = 0

    def add(self, value: int) -> None:
        """Count one more CVE with *value*."""
        self._counts[value] += 1
        self._total += 1

    def at_top(self, value: int, top: float) -> float:
        """Return how much of a CVE with *value* is among the *top* of all: 1, 0, or the share of a tie that fits."""
        room = top * self._total - sum(self._counts[value + 1 :])
        return min(1.0, max(0.0, room / max(1, self._counts[value])))
