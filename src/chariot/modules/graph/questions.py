"""Paths, blast radius, pruning and neighbourhood, asked of one graph. Nothing here talks to anything."""

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from chariot.errors import InvalidError, NotFoundError
from chariot.model.keys import Key
from chariot.modules.graph.answers import (
    AttackPath,
    AttackPaths,
    Blast,
    Keystone,
    Link,
    Neighbourhood,
    PathStep,
    Place,
    Position,
    Pruned,
    Target,
)
from chariot.modules.graph.dominators import dominators, sizes
from chariot.modules.graph.fixes import fix_of, signature
from chariot.modules.graph.matrices import reached
from chariot.modules.graph.path_model import LED_TO, MOVES, State, likelihood_of
from chariot.modules.graph.shortest import UNREACHED, Step, distances
from chariot.modules.graph.surface_graph import TYPE_NUMBER, TYPES, SurfaceGraph

K_LIMIT: Final = 100
TARGETS_LIMIT: Final = 100
"""So many targets, the most endangered, are looked at."""
REACH_LIMIT: Final = 1_000
"""Position counts up to here."""
HOPS_LIMIT: Final = 10

_LED_TO: Final = np.array(sorted(TYPE_NUMBER[one] for one in LED_TO), np.uint8)


def known(graph: SurfaceGraph, key: Key) -> int:
    """Return the number of the entity with *key*.

    Raises:
        NotFoundError: it is not on the surface.
    """
    number = graph.find(key)
    if number is None or not graph.kind(number):
        raise NotFoundError(f"nothing on the surface has the key {key[:200]!r}")
    return number


def is_known(graph: SurfaceGraph, key: Key) -> bool:
    """Return whether the entity with *key* is on the surface."""
    number = graph.find(key)
    return number is not None and bool(graph.kind(number))


def targets(graph: SurfaceGraph) -> tuple[list[Target], int, bool]:
    """Return what matters and can be come to, the most endangered first; how many cannot; and whether it was assumed.

    Where no asset is marked as critical, each host counts.
    """
    bounds = graph.measure()
    marked = [
        (number, facts.weight) for number, facts in enumerate(graph.facts) if facts.weight and facts.alive
    ]
    assumed = not marked
    if assumed:
        hosts = [n for n in range(len(graph)) if graph.kind(n) == "address" and graph.is_alive(n)]
        marked = [(number, 1) for number in hosts]
    found = []
    unreached = 0
    for number, weight in marked:
        distance = bounds[2 * number + State.HELD]
        if distance >= UNREACHED:
            unreached += 1
        else:
            found.append(Target(key=graph.keys[number], weight=weight, likelihood=likelihood_of(distance)))
    found.sort(key=lambda one: (-one.weight * one.likelihood, one.key))
    return found, unreached, assumed


def attack_paths(
    graph: SurfaceGraph, target: Key | None = None, *, k: int = 10, limit: int = 25
) -> AttackPaths:
    """Return the *k* most likely paths to *target*, or without one the most likely path to each of *limit* targets.

    Two paths that the same fixes close are one path: the likelier of them is told.

    Raises:
        InvalidError: *k* or *limit* is out of range.
        NotFoundError: *target* is not on the surface.
    """
    for name, value, most in (("k", k, K_LIMIT), ("limit", limit, TARGETS_LIMIT)):
        if not 1 <= value <= most:
            raise InvalidError(f"must be from 1 to {most}", place=name)
    if target is not None:
        return _paths_to(graph, known(graph, target), k)
    wanted, unreached, assumed = targets(graph)
    search = graph.search()
    paths = []
    complete = len(wanted) <= limit
    for one in wanted[:limit]:
        number = known(graph, one.key)
        found = search.cheapest(2 * number + State.HELD, 1)
        complete &= found.complete
        paths += [_path(graph, number, steps) for steps in found.paths]
    return AttackPaths(
        paths=tuple(paths),
        targets=tuple(wanted[:limit]),
        unreached=unreached,
        assumed=assumed,
        complete=complete,
    )


def _paths_to(graph: SurfaceGraph, number: int, k: int) -> AttackPaths:
    found = graph.search().cheapest(2 * number + State.HELD, k, signature)
    paths = tuple(_path(graph, number, steps) for steps in found.paths)
    likelihood = paths[0].likelihood if paths else 0.0
    target = Target(key=graph.keys[number], weight=graph.facts[number].weight, likelihood=likelihood)
    return AttackPaths(paths=paths, targets=(target,), unreached=int(not paths), complete=found.complete)


def _path(graph: SurfaceGraph, number: int, steps: Sequence[Step]) -> AttackPath:
    return AttackPath(
        target=graph.keys[number],
        likelihood=likelihood_of(sum(step.cost for step in steps)),
        steps=tuple(_told(graph, steps)),
    )


def _told(graph: SurfaceGraph, steps: Sequence[Step]) -> Iterable[PathStep]:
    """Yield the steps as they are told: into an opening and out of it is one."""
    entered: Step | None = None
    for step in steps:
        move = MOVES[step.label]
        if move.name == "exploit":
            entered = step
            continue
        first = entered or step
        opening = entered.target >> 1 if entered else None
        yield PathStep(
            move="exploit" if entered else move.name,
            source=graph.keys[first.source >> 1],
            target=graph.keys[step.target >> 1],
            likelihood=likelihood_of(step.cost + (entered.cost if entered else 0)),
            why=MOVES[first.label].why,
            risks=tuple(graph.keys[risk] for risk in graph.members(opening)) if opening is not None else (),
            fix=fix_of(graph, first),
        )
        entered = None


def blast_radius(graph: SurfaceGraph, key: Key, *, limit: int = 100) -> Blast:
    """Return what somebody who holds the entity with *key* could come to.

    Raises:
        NotFoundError: it is not on the surface.
    """
    number = known(graph, key)
    found = distances(graph.moves.edges(), graph.moves.nodes, 2 * number + State.HELD, graph.usable())
    near = found.reshape(-1, 2)
    places = []
    held: Counter[str] = Counter()
    touched: Counter[str] = Counter()
    for other in np.flatnonzero(near.min(axis=1) < UNREACHED).tolist():
        kind = graph.kind(other)
        if not kind or other == number:
            continue
        is_held = bool(near[other, State.HELD] < UNREACHED)
        (held if is_held else touched)[kind] += 1
        cost = int(near[other, State.HELD if is_held else State.REACHED])
        places.append(
            (cost, Place(key=graph.keys[other], held=is_held, likelihood=likelihood_of(cost)), other)
        )
    places.sort(key=lambda one: (one[0], one[1].key))
    return Blast(
        key=key,
        held=dict(sorted(held.items())),
        reached=dict(sorted(touched.items())),
        critical=tuple(place for _, place, other in places if graph.facts[other].weight and place.held)[
            :limit
        ],
        places=tuple(place for _, place, _ in places[:limit]),
        left_out=max(0, len(places) - limit),
    )


def position(graph: SurfaceGraph, key: Key) -> Position:
    """Return where the entity with *key* stands; the count ends at `REACH_LIMIT`.

    Raises:
        NotFoundError: it is not on the surface.
    """
    number = known(graph, key)
    bounds = graph.measure()
    distance = bounds[2 * number + State.HELD]
    seen = {2 * number + int(State.HELD)}
    waiting = deque(seen)
    entities: set[int] = set()
    critical = bool(graph.facts[number].weight)
    while waiting and len(entities) < REACH_LIMIT:
        for place, _, _ in graph.moves.out(waiting.popleft()):
            if place in seen or not graph.is_usable(place):
                continue
            seen.add(place)
            waiting.append(place)
            entity = place >> 1
            if graph.kind(entity) and entity != number:
                entities.add(entity)
                critical |= bool(graph.facts[entity].weight) and bool(place & 1)
    return Position(
        reachable=len(entities),
        likelihood=likelihood_of(distance) if distance < UNREACHED else 0.0,
        leads_to_critical=critical,
    )


def prune(graph: SurfaceGraph, keys: Sequence[Key], *, limit: int = 100) -> Pruned:
    """Return what nothing leads to any more when the entities with *keys* are excluded.

    What no seed leads to in the first place does not leave with one.

    Raises:
        NotFoundError: one of *keys* is not on the surface.
    """
    numbers = [known(graph, key) for key in keys]
    source, target, roots = _discovery(graph)
    before = _led_to(graph, source, target, roots)
    without = np.ones(len(graph), bool)
    without[numbers] = False
    kept = without[source] & without[target]
    after = _led_to(graph, source[kept], target[kept], roots[without[roots]])
    leaving = before & ~after
    leaving[numbers] = True
    found = sorted(graph.keys[number] for number in np.flatnonzero(leaving).tolist() if graph.kind(number))
    kinds = Counter(graph.kind(number) for number in np.flatnonzero(leaving).tolist() if graph.kind(number))
    return Pruned(
        keys=tuple(keys),
        leaves=dict(sorted(kinds.items())),
        items=tuple(found[:limit]),
        left_out=max(0, len(found) - limit),
    )


def keystones(graph: SurfaceGraph, *, limit: int = 25) -> tuple[Keystone, ...]:
    """Return the entities with which most others would leave the surface, by the dominators of the discovery graph."""
    source, target, roots = _discovery(graph)
    root = len(graph)
    start = np.full(len(roots), root, np.int32)
    tree = dominators(root + 1, root, np.concatenate([source, start]), np.concatenate([target, roots]))
    carried = sizes(tree)[:root]
    order = np.lexsort((np.arange(root), -carried))[: 4 * limit]
    found = [
        Keystone(key=graph.keys[number], carries=int(carried[number]))
        for number in order.tolist()
        if carried[number] and graph.kind(number)
    ]
    found.sort(key=lambda one: (-one.carries, one.key))
    return tuple(found[:limit])


def _discovery(graph: SurfaceGraph) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Return what led to what on the surface, and where it begins: at seeds, and at what nothing led to."""
    edges = graph.links.edges()
    alive = graph.alive()
    kept = np.isin(edges.label, _LED_TO) & alive[edges.source] & alive[edges.target]
    source, target = edges.source[kept], edges.target[kept]
    begins = alive.copy()
    begins[target] = False
    begins[0] = False
    seeds = [number for number in range(len(graph)) if graph.kind(number) == "seed" and alive[number]]
    begins[seeds] = True
    return source, target, np.flatnonzero(begins).astype(np.int32)


def _led_to(
    graph: SurfaceGraph, source: NDArray[np.int32], target: NDArray[np.int32], roots: NDArray[np.int32]
) -> NDArray[np.bool_]:
    root = len(graph)
    start = np.full(len(roots), root, np.int32)
    return reached(np.concatenate([source, start]), np.concatenate([target, roots]), root + 1, root)[:root]


def neighbourhood(graph: SurfaceGraph, key: Key, *, hops: int = 1, limit: int = 200) -> Neighbourhood:
    """Return what stands within *hops* relationships of the entity with *key*, in either direction.

    Raises:
        InvalidError: *hops* is out of range.
        NotFoundError: it is not on the surface.
    """
    if not 1 <= hops <= HOPS_LIMIT:
        raise InvalidError(f"must be from 1 to {HOPS_LIMIT}", place="hops")
    number = known(graph, key)
    order = {number: None}
    frontier = [number]
    more = False
    for _ in range(hops):
        found = {
            other
            for one in frontier
            for other, _, _ in (*graph.links.out(one), *graph.links.into(one))
            if other not in order and graph.is_alive(other)
        }
        frontier = sorted(found, key=lambda one: graph.keys[one])
        more |= len(order) + len(frontier) > limit
        frontier = frontier[: limit - len(order)]
        order.update(dict.fromkeys(frontier))
    links = sorted(
        (graph.keys[one], TYPES[label].value, graph.keys[other])
        for one in order
        for other, label, _ in graph.links.out(one)
        if other in order
    )
    return Neighbourhood(
        key=key,
        keys=tuple(graph.keys[one] for one in order),
        links=tuple(Link(source=source, type=type_, target=target) for source, type_, target in links),
        left_out=more,
    )
