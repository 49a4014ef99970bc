"""Fixes: which moves each one ends, the order in which they pay most, and the cheapest set that ends all paths."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
import numpy as np

from chariot.modules.graph.adjacency import Edges
from chariot.modules.graph.answers import Fix, FixPlan, FixStep, Target
from chariot.modules.graph.cuts import UNFIXABLE, minimum_cut
from chariot.modules.graph.facts import name_of
from chariot.modules.graph.path_model import FIX_COSTS, MOVES, FixKind, State, likelihood_of
from chariot.modules.graph.shortest import Step
from chariot.modules.graph.surface_graph import START, SurfaceGraph

PATHS_EACH: Final = 10
"""So many paths to each target, the most likely ones, are what a plan is measured by."""

FixCosts = Mapping[FixKind, int]

_FIXES: Final = tuple(move.fix for move in MOVES)


def fix_of(graph: SurfaceGraph, step: Step, costs: FixCosts = FIX_COSTS) -> Fix | None:
    """Return what ends *step*, or None when nothing does."""
    kind = _FIXES[step.label]
    if kind is None:
        return None
    source, target = step.source >> 1, step.target >> 1
    at, to = graph.keys[source], graph.keys[target]
    match kind:
        case FixKind.MEND:
            risks = tuple(graph.keys[risk] for risk in graph.members(target))
            what = graph.keys[target].removesuffix(f" at {at}")
            words = f"Mend {what} at {name_of(at)}."
            return Fix(kind=kind, at=at, what=what, words=words, cost=costs[kind], risks=risks)
        case FixKind.ROTATE:
            words = f"Make the credential {name_of(to)} worthless."
            return Fix(kind=kind, at=to, what="credential", words=words, cost=costs[kind])
        case FixKind.TAKE_OFF:
            words = f"Let only the own network reach {name_of(to)}."
            return Fix(kind=kind, at=to, what="exposure", words=words, cost=costs[kind])
        case FixKind.REMOVE_RIGHT | FixKind.SEPARATE:
            if MOVES[step.label].name == "take session":
                words = f"Let no session of {name_of(to)} stand open at {name_of(at)}."
                return Fix(kind=kind, at=at, to=to, what="session", words=words, cost=costs[kind])
            verb = "Take from" if kind is FixKind.REMOVE_RIGHT else "Separate"
            joint = "what leads to" if kind is FixKind.REMOVE_RIGHT else "from"
            words = f"{verb} {name_of(at)} {joint} {name_of(to)}."
            return Fix(kind=kind, at=at, to=to, what=MOVES[step.label].name, words=words, cost=costs[kind])


def signature(path: Sequence[Step]) -> frozenset[tuple[int, int, int]]:
    """Return what could be done about a path, by numbers: two paths with the same are one to whoever fixes."""
    marks = set()
    for step in path:
        kind = _FIXES[step.label]
        if kind is FixKind.ROTATE:
            marks.add((-1, step.target, 0))
        elif kind is not None:
            marks.add((step.source, step.target, step.label))
    return frozenset(marks)


class _Path(msgspec.Struct):
    target: int
    weight: float
    fixes: frozenset[tuple[str, str, str, str]]


def fix_plan(
    graph: SurfaceGraph,
    targets: Sequence[Target],
    *,
    steps: int = 10,
    assumed: bool = False,
    complete: bool = True,
    costs: FixCosts = FIX_COSTS,
) -> FixPlan:
    """Return which fixes close most of the likeliest paths to *targets*, best first, and the smallest whole set.

    Each step takes the fix that closes most likelihood for its effort; ties go to the one that closes more paths,
    then to the one that mends what is likeliest exploited, then by name. So the same surface has the same plan.
    """
    paths: list[_Path] = []
    fixes: dict[tuple[str, str, str, str], Fix] = {}
    search = graph.search()
    for target in targets:
        number = graph.number(target.key)
        found = search.cheapest(2 * number + State.HELD, PATHS_EACH, signature)
        complete &= found.complete
        for path in found.paths:
            ends = [fix for step in path if (fix := fix_of(graph, step, costs)) is not None]
            fixes.update((fix.id, fix) for fix in ends)
            likelihood = likelihood_of(sum(step.cost for step in path))
            paths.append(_Path(number, target.weight * likelihood, frozenset(fix.id for fix in ends)))
    smallest, cost, possible = smallest_set(graph, targets, costs)
    return FixPlan(
        paths=len(paths),
        steps=tuple(_greedy(paths, fixes, steps)),
        smallest=smallest,
        smallest_cost=cost,
        possible=possible,
        targets=tuple(targets),
        assumed=assumed,
        complete=complete,
    )


def _greedy(
    paths: Sequence[_Path], fixes: Mapping[tuple[str, str, str, str], Fix], steps: int
) -> list[FixStep]:
    closed_by: dict[tuple[str, str, str, str], set[int]] = {one: set() for one in fixes}
    for number, path in enumerate(paths):
        for one in path.fixes:
            closed_by[one].add(number)
    total = sum(path.weight for path in paths)
    left = set(range(len(paths)))
    taken: list[FixStep] = []
    while left and closed_by and len(taken) < steps:

        def gain(one: tuple[str, str, str, str]) -> tuple[float, float, int, tuple[str, str, str, str]]:
            closes = closed_by[one] & left  # noqa: B023 - used within this turn of the loop
            weight = sum(paths[number].weight for number in closes)
            # Rounded, so that sums in another order make no other plan.
            return -round(weight / fixes[one].cost, 9), -round(weight, 9), -len(closes), one

        best = min(closed_by, key=gain)
        closes = closed_by.pop(best) & left
        if not closes:
            break
        left -= closes
        open_weight = sum(paths[number].weight for number in left)
        taken.append(
            FixStep(
                fix=fixes[best],
                closes=len(closes),
                closed=1 - len(left) / len(paths),
                closed_likelihood=1 - open_weight / total if total else 1.0,
                open_targets=len({paths[number].target for number in left}),
            )
        )
    return taken


def smallest_set(
    graph: SurfaceGraph, targets: Sequence[Target], costs: FixCosts = FIX_COSTS
) -> tuple[tuple[Fix, ...], int, bool]:
    """Return the cheapest set of fixes that leaves no path to any of *targets*, its cost, and whether there is one."""
    edges = graph.moves.edges()
    usable = graph.usable()
    kept = usable[edges.source] & usable[edges.target]
    edges = Edges(edges.source[kept], edges.target[kept], edges.label[kept], edges.cost[kept])
    by_label = np.array(
        [UNFIXABLE if kind in (None, FixKind.ROTATE) else costs[kind] for kind in _FIXES], np.int32
    )
    node_costs = np.full(graph.moves.nodes, UNFIXABLE, np.int32)
    rotating = [number for number, kind in enumerate(_FIXES) if kind is FixKind.ROTATE]
    # A credential is rotated once, whoever holds it and whatever it opens: it is the place that is cut.
    node_costs[edges.target[np.isin(edges.label, rotating)]] = costs[FixKind.ROTATE]
    goals = np.array([2 * graph.number(target.key) + State.HELD for target in targets], np.int64)
    if not len(goals):
        return (), 0, True
    cut = minimum_cut(edges, graph.moves.nodes, START, goals, by_label[edges.label], node_costs)
    found: dict[tuple[str, str, str, str], Fix] = {}
    for place in cut.edges:
        step = Step(*(int(column[place]) for column in edges))
        fix = fix_of(graph, step, costs)
        assert fix is not None
        found[fix.id] = fix
    for node in cut.nodes:
        step = Step(node, node, rotating[0], 0)
        fix = fix_of(graph, step, costs)
        assert fix is not None
        found[fix.id] = fix
    return tuple(found[one] for one in sorted(found)), cut.cost, cut.possible
