"""Which CVEs affect a technology: affected, not affected, or cannot tell and what would tell.

The rules, with worked examples, are in docs/matching.md.
"""

from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import chain
from typing import Final

from msgspec.structs import replace

from chariot.modules.intel.aliases import Aliases
from chariot.modules.intel.answers import MEANT, Match, cut_short, judged, outside, told
from chariot.modules.intel.conditions import CompiledCve, Verdict
from chariot.modules.intel.cpe import Cpe
from chariot.modules.intel.criteria import NO, YES, compiled
from chariot.modules.intel.precision import known_versions, shortest_usual
from chariot.modules.intel.prepared import Prepared, PreparedCve, gathered, matches_in, rows_of
from chariot.modules.intel.records import Candidate, CpeMatch, ProductKey
from chariot.modules.intel.segments import Hit, Segments
from chariot.modules.intel.technology import Technology, read_technology

_CACHED_ANSWERS: Final = 4_096


def match(
    technology: Cpe, candidates: Iterable[Candidate], aliases: Aliases, *, beside: Sequence[Cpe] = ()
) -> tuple[Match, ...]:
    """Return an answer for each of *candidates*, by CVE; *beside* is what else runs on the same host."""
    names = aliases.names(ProductKey(technology.part, technology.vendor, technology.product))
    matcher = ProductMatcher(technology, rows_of(candidates, names), aliases)
    return matcher.match(
        technology, beside=[read_technology(other, aliases) for other in beside], not_affected=True
    )


class ProductMatcher:
    """The CVEs of one product, placed on one number line and asked about many versions.

    Between two neighbouring bounds of all its criteria every version has the same answer, which is
    kept, so asking about many versions costs little more than asking about few. What only the conditions
    themselves decide is unpacked when the first version comes that they can be about.
    """

    def __init__(
        self,
        product: Cpe,
        rows: Iterable[tuple[str, Prepared]],
        aliases: Aliases,
    ) -> None:
        self._aliases = aliases
        self._names = frozenset(read_technology(product, aliases).names)
        self._cves = gathered(rows)
        self._compiled: dict[int, CompiledCve] = {}
        self._matches: dict[tuple[int, int], list[CpeMatch]] = {}
        self._decided: dict[tuple[int, CpeMatch | None], Match] = {}
        self._hits: dict[Hit, Match] = {}
        self._judged: dict[tuple[int, tuple[Hit, ...]], Match | None] = {}
        self._answers: dict[object, tuple[Match, ...]] = {}

    @cached_property
    def _segments(self) -> Segments:
        return Segments.of(self._cves)

    @cached_property
    def _by_cve(self) -> dict[str, int]:
        return {cve.cve: index for index, cve in enumerate(self._cves)}

    @cached_property
    def _simple(self) -> list[bool]:
        return [self._is_simple(cve) for cve in self._cves]

    @cached_property
    def patterned(self) -> bool:
        """Whether how a version is written matters, and not only where it stands in the order."""
        return any(part.patterned for cve in self._cves for part in cve.parts)

    @cached_property
    def _always(self) -> list[int]:
        return [index for index, cve in enumerate(self._cves) if any(part.always for part in cve.parts)]

    def _is_simple(self, cve: PreparedCve) -> bool:
        hosts = {part.host for part in cve.parts}
        return (
            all(part.simple for part in cve.parts) and len(hosts) == 1 and hosts <= {"", *self._aliases.hosts}
        )

    def match(
        self, technology: Cpe, *, beside: Sequence[Technology] = (), not_affected: bool = False
    ) -> tuple[Match, ...]:
        """Return the CVEs that affect *technology* or may, by CVE; with *not_affected* all the others too."""
        answer = self._found(read_technology(technology, self._aliases), beside)
        if not not_affected:
            return answer
        found = {match.cve: match for match in answer}
        return tuple(found.get(cve.cve) or outside(cve.cve) for cve in self._cves)

    def judge(self, cve: str, technology: Technology, beside: Sequence[Technology]) -> Match | None:
        """Return what the conditions of *cve* alone say of *technology*; None when it is not affected."""
        index = self._by_cve.get(cve)
        return None if index is None else self._judge(index, technology, beside)

    def _found(self, technology: Technology, beside: Sequence[Technology]) -> tuple[Match, ...]:
        if beside:
            return self._answer(technology, beside)
        place = self._place(technology)
        answer = self._answers.get(place)
        if answer is None:
            answer = self._answer(technology, ())
            if len(self._answers) >= _CACHED_ANSWERS:
                self._answers.clear()
            self._answers[place] = answer
        return answer

    def _place(self, technology: Technology) -> object:
        """Return what the answer depends on: the attributes, and between which bounds the version lies."""
        rest = (technology.attributes, technology.distribution and technology.distribution.name)
        if self.patterned or not technology.key or technology.ceiling:
            return technology.cpe.version, rest
        if not self._segments.is_long:
            return technology.base, technology.key, rest
        return self._segments.place(technology.base), self._segments.place(technology.key), rest

    def _answer(self, technology: Technology, beside: Sequence[Technology]) -> tuple[Match, ...]:
        if technology.ceiling and self._is_cut_short(technology):
            return self._answer_cut_short(technology, beside)
        found: dict[int, Match] = {}
        if technology.is_plain:
            to_judge = self._decide(technology, found, known=not beside)
        elif technology.key:
            to_judge = {
                hit[0] for key in (technology.key, technology.base) for hit in self._segments.hits(key)
            }
            to_judge.update(self._always)
        else:
            to_judge = range(len(self._cves))
        for index in to_judge:
            answer = self._judge(index, technology, beside)
            if answer is not None:
                found[index] = answer
        return tuple([found[index] for index in sorted(found)])

    def _decide(self, technology: Technology, found: dict[int, Match], *, known: bool) -> Iterable[int]:
        """Put into *found* what the version alone decides, and return the CVEs that are left to be judged.

        Which criteria a plain version meets is all that a CVE's conditions can ask of it: with nothing beside
        it (*known*) they are judged once for the same criteria.
        """
        met: dict[int, list[Hit]] = {index: [] for index in self._always}
        for hit in self._segments.hits(technology.key):
            if not self._simple[hit[0]]:
                met.setdefault(hit[0], []).append(hit)
            elif hit[0] not in found:
                found[hit[0]] = self._hits.get(hit) or self._take_hit(hit)
        if not known or self.patterned:
            return met
        for index, hits in met.items():
            place = index, tuple(hits)
            if place not in self._judged:
                self._judged[place] = self._judge(index, technology, ())
            if (answer := self._judged[place]) is not None:
                found[index] = answer
        return ()

    def _judge(self, index: int, technology: Technology, beside: Sequence[Technology]) -> Match | None:
        # A plain version that is alone is asked about once for what it meets: the rest need not be compiled.
        once = technology.is_plain and not beside
        cve = self._compile(index, technology.key) if once else self._entire(index)
        verdict = cve.judge(technology, beside)
        return self._one(index, cve, technology, verdict) if verdict.truth != NO else None

    def _entire(self, index: int) -> CompiledCve:
        cve = self._compiled.get(index)
        if cve is None:
            cve = self._compiled[index] = self._compile(index)
        return cve

    def _compile(self, index: int, asked: bytes = b"") -> CompiledCve:
        candidate, keys = self._cves[index].unpacked(asked)
        return CompiledCve(candidate, self._names, self._aliases.hosts.__contains__, keys)

    @cached_property
    def _shortest_usual(self) -> int:
        every = (known_versions(cve.candidate.configurations, self._names) for cve in self._cves)
        return shortest_usual(chain.from_iterable(every))

    def _is_cut_short(self, technology: Technology) -> bool:
        return technology.cpe.version.count(".") + 1 < self._shortest_usual

    def _answer_cut_short(self, technology: Technology, beside: Sequence[Technology]) -> tuple[Match, ...]:
        """Answer for a version that stands for all that begin with it: what differs among them is open."""
        keys = self._segments.representatives(technology.base, technology.ceiling)
        wholes = [replace(technology, base=key, key=key) for key in keys]
        found: list[Match] = []
        for index, cve in enumerate(self._cves):
            verdicts = [self._entire(index).judge(whole, beside) for whole in wholes]
            if len({verdict.truth for verdict in verdicts}) > 1:
                decisive = max(verdicts, key=lambda verdict: verdict.truth).criterion
                found.append(cut_short(cve.cve, technology, decisive))
            elif verdicts[0].truth != NO:
                found.append(self._one(index, self._entire(index), technology, verdicts[0]))
        return tuple(found)

    def _take_hit(self, hit: Hit) -> Match:
        index, part, ordinal = hit
        matches = self._matches.get((index, part))
        if matches is None:
            matches = self._matches[index, part] = list(matches_in(self._cves[index].parts[part].nodes))
        answer = self._hits[hit] = self._affected(index, matches[ordinal])
        return answer

    def _one(self, index: int, cve: CompiledCve, technology: Technology, verdict: Verdict) -> Match:
        if verdict.truth == YES and technology.distribution is None:
            return self._affected(index, verdict.criterion.match if verdict.criterion else None)
        return judged(cve, technology, verdict)

    def _affected(self, index: int, listed: CpeMatch | None) -> Match:
        # The same criterion gives the same words, whichever version met it.
        answer = self._decided.get((index, listed))
        if answer is None:
            answer = told(self._cves[index].cve, MEANT, compiled(listed) if listed else None)
            self._decided[index, listed] = answer
        return answer
