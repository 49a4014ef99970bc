"""AND/OR trees of criteria compiled for one product, and judged in three values.

The question is always whether *this* technology is made vulnerable. Other products of a condition are
platforms: known when they were found beside it, open otherwise.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from chariot.modules.intel import versions
from chariot.modules.intel.criteria import (
    NO,
    UNKNOWN,
    YES,
    Criterion,
    Leniency,
    compiled,
    names_nothing_else,
    names_update,
    only_host,
    plain_version,
)
from chariot.modules.intel.records import Candidate, CpeMatch, Node, ProductKey, product_of
from chariot.modules.intel.technology import Technology


class Verdict(NamedTuple):
    """A truth, and the criterion that decided it."""

    truth: int
    criterion: Criterion | None = None


_NO = Verdict(NO)


class Choice:
    """Alternatives that all name the product: exact versions are looked up, only ranges are walked.

    An exact version is compiled when one comes that it may be: most CVEs name many more than are asked about.
    """

    __slots__ = ("_exact", "_lenient", "_listed", "_walked")

    def __init__(
        self,
        criteria: Sequence[Criterion],
        lenient: Leniency,
        listed: dict[bytes, CpeMatch],
        exact: dict[bytes, list[CpeMatch]],
    ) -> None:
        self._lenient = lenient
        self._listed = listed
        self._exact = exact
        self._walked: list[Criterion] = []
        for criterion in criteria:
            if criterion.is_exact:
                for key in {criterion.base, criterion.full}:
                    self._exact.setdefault(key, []).append(criterion.match)
            else:
                self._walked.append(criterion)

    def judge(self, technology: Technology) -> Verdict:
        """Return the best verdict among the alternatives."""
        if self._listed:
            found = self._listed.get(technology.base) or self._listed.get(technology.key)
            if found:
                return Verdict(YES, compiled(found))
        best = _NO
        for criterion in self._to_try(technology):
            truth = criterion.truth(technology, self._lenient)
            if truth == YES:
                return Verdict(YES, criterion)
            if truth > best.truth:
                best = Verdict(truth, criterion)
        if best.truth == NO and self._listed and not technology.key:
            return Verdict(UNKNOWN, compiled(next(iter(self._listed.values()))))
        return best

    def _to_try(self, technology: Technology) -> Iterator[Criterion]:
        if not technology.key:
            for matches in self._exact.values():
                yield from map(compiled, matches)
        elif self._exact:
            yield from map(compiled, self._exact.get(technology.key, ()))
            if technology.base != technology.key:
                yield from map(compiled, self._exact.get(technology.base, ()))
        yield from self._walked


class Condition:
    """A node that involves other products, or negation."""

    __slots__ = ("_children", "_choice", "_is_all", "_negate", "_others", "_own", "concerns")

    def __init__(self, node: Node, names: frozenset[ProductKey], lenient: Leniency) -> None:
        own = [match for match in node.matches if product_of(match.cpe) in names]
        self._choice = Choice([compiled(match) for match in own if match.vulnerable], lenient, {}, {})
        self._own = bool(own)
        self._others = [match for match in node.matches if product_of(match.cpe) not in names]
        self._children = [Condition(child, names, lenient) for child in node.children]
        self._is_all = node.operator == "AND"
        self._negate = node.negate
        self.concerns: bool = self._own or any(child.concerns for child in self._children)
        """Whether it names the product at all."""

    def judge(self, technology: Technology, beside: Sequence[Technology]) -> Verdict:
        """Return the verdict on *technology*, which runs with what is *beside* it."""
        parts = list(self._parts(technology, beside))
        if self._is_all:
            verdict = min(parts, key=_truth, default=_NO)
            if verdict.truth == YES:
                verdict = next((part for part in parts if part.criterion is not None), verdict)
        else:
            verdict = max(parts, key=_truth, default=_NO)
        return Verdict(YES - verdict.truth, verdict.criterion) if self._negate else verdict

    def _parts(self, technology: Technology, beside: Sequence[Technology]) -> Iterator[Verdict]:
        if self._own:
            yield self._choice.judge(technology)
        for child in self._children:
            if self._is_all or child.concerns or not self.concerns:
                yield child.judge(technology, beside)
        # In a choice that names the product, the others are other ways to be vulnerable: not this one's.
        if self._is_all or not self.concerns:
            for match in self._others if beside else self._platforms():
                yield _platform(compiled(match), technology, beside)

    def _platforms(self) -> Iterable[CpeMatch]:
        """Return the first of each other product: where nothing is known to be there, all its versions say the same."""
        first: dict[ProductKey, CpeMatch] = {}
        for match in self._others:
            first.setdefault(product_of(match.cpe), match)
        return first.values()


def _truth(verdict: Verdict) -> int:
    return verdict.truth


def _platform(criterion: Criterion, technology: Technology, beside: Sequence[Technology]) -> Verdict:
    """Judge a product that must be there too."""
    found = [other for other in beside if criterion.product in other.names]
    if found:
        strict = Leniency((criterion,))
        return Verdict(max(criterion.truth(other, strict) for other in found), criterion)
    firmware = criterion.product.product + "_firmware"
    if criterion.product.part == "h" and any(name.product == firmware for name in technology.names):
        # A device's firmware was seen running, so the device is there.
        return Verdict(YES)
    is_other_system = criterion.product.part == "o" and any(other.cpe.part == "o" for other in beside)
    return Verdict(NO if is_other_system else UNKNOWN, criterion)


class CompiledCve:
    """All that decides whether one CVE affects the product."""

    __slots__ = ("_choice", "_conditions", "cve", "host", "lenient")

    def __init__(
        self,
        candidate: Candidate,
        names: frozenset[ProductKey],
        is_host: Callable[[str], bool],
        keys: Mapping[str, tuple[bytes, ...]] = MappingProxyType({}),
    ) -> None:
        """*keys* are the sort keys of single versions, by name, as far as they are known already."""
        self.cve = candidate.cve
        choice = _Sorted(names, keys)
        entire: list[Node] = []
        for node in candidate.configurations:
            if node.operator == "AND" or node.negate or node.children:
                entire.append(node)
            else:
                choice.take(node.matches)
        in_entire = _criteria(entire, names)
        self.host = "" if choice.listed or choice.exact else only_host(choice.criteria, is_host)
        """The host system that all plain choices name in common, or nothing."""
        self.lenient = Leniency(choice.criteria + in_entire, self.host, choice.exact)
        self._choice = Choice(choice.criteria, self.lenient, choice.listed, choice.exact)
        self._conditions = [Condition(node, names, self.lenient) for node in entire]

    def judge(self, technology: Technology, beside: Sequence[Technology]) -> Verdict:
        """Return the best verdict over all configurations."""
        best = self._choice.judge(technology)
        for condition in self._conditions:
            if best.truth == YES:
                break
            verdict = condition.judge(technology, beside)
            if verdict.truth > best.truth:
                best = verdict
        return best


class _Sorted:
    """The matches of plain choices, put to what they are tried by."""

    def __init__(self, names: frozenset[ProductKey], keys: Mapping[str, tuple[bytes, ...]]) -> None:
        self._names = names
        self._keys = keys
        self.listed: dict[bytes, CpeMatch] = {}
        """Plain versions."""
        self.exact: dict[bytes, list[CpeMatch]] = {}
        """Updates of versions, by the key of both and by that of the version."""
        self.criteria: list[Criterion] = []

    def take(self, matches: Iterable[CpeMatch]) -> None:
        for match in matches:
            if not match.vulnerable:
                continue
            if keys := self._keys.get(match.cpe):
                if names_nothing_else(match.cpe):
                    self.listed[keys[0]] = match
                    continue
                if names_update(match):
                    for key in keys:
                        self.exact.setdefault(key, []).append(match)
                    continue
            self._take_other(match)

    def _take_other(self, match: CpeMatch) -> None:
        version = plain_version(match)
        if version is None:
            criterion = compiled(match)
            if criterion.product in self._names:
                self.criteria.append(criterion)
        elif (product := product_of(match.cpe)) in self._names:
            self.listed[versions.order_for(product[0], product[2])(version)] = match


def _criteria(roots: Iterable[Node], names: frozenset[ProductKey]) -> list[Criterion]:
    return [
        compiled(match)
        for root in roots
        for node in root.walk()
        for match in node.matches
        if match.vulnerable and product_of(match.cpe) in names
    ]
