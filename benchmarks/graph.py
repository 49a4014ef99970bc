"""Attack paths: a graph of 200,000 entities and 1,000,000 moves, each question beside networkx where it has one.

The surface is made up: networks of hosts with services, a weakness on every third, keys and rights that lead on, and
links across. The numbers of relationships are chosen so that there are a million moves.
"""

import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, TypeVar

import msgspec

from benchmarks.memory import peak_mib
from benchmarks.rows import row
from chariot.model.keys import Key

ENTITIES = 200_000
MOVES = 1_000_000
_T = TypeVar("_T")


def run(rows: list[dict[str, Any]]) -> None:
    """Add the rows, measured in a process of their own so that its memory is the graph's."""
    command = [sys.executable, "-c", "from benchmarks import graph; graph.report()"]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    rows += msgspec.json.decode(done.stdout)


def report() -> None:
    """Measure, and write the rows to standard output as JSON."""
    sys.stdout.buffer.write(msgspec.json.encode(_measure(peak_mib())))


def _measure(before_mib: float) -> list[dict[str, Any]]:
    from chariot.modules.graph import questions
    from chariot.modules.graph.adjacency import EdgeList
    from chariot.modules.graph.surface_graph import TYPE_NUMBER, SurfaceGraph

    facts, links = _surface()

    def build() -> SurfaceGraph:
        graph = SurfaceGraph()
        graph.load(facts)
        edges = EdgeList()
        for source, type_, target in links:
            edges.add(graph.number(source), graph.number(target), TYPE_NUMBER[type_])
        graph.derive(edges)
        return graph

    graph, build_s = _timed(build)
    moves = len(graph.moves.edges().source)
    _, measure_s = _timed(graph.measure)
    change_ms = _changes(graph, facts)
    paths_ms = _paths(graph)
    graph.fold()
    wanted, _, _ = questions.targets(graph)
    _, cut_s = _timed(lambda: _cut(graph, wanted))
    _, dominators_s = _timed(lambda: questions.keystones(graph))
    grown_mib = peak_mib() - before_mib
    shape = f"{ENTITIES:,} entities, {moves:,} moves"
    reference = _networkx(graph)
    return [
        _row(f"graph of {shape}: build", build_s, "s", 5, reference["build"]),
        _row("graph: distance of everything from the internet", measure_s, "s", None, reference["dijkstra"]),
        _row("graph: one change, the slowest of 200", change_ms, "ms", 5, None),
        _row(
            "graph: 10 shortest loopless paths, median of 20 targets", paths_ms, "ms", 100, reference["paths"]
        ),
        _row(f"graph: smallest set of fixes for {len(wanted)} targets (minimum cut)", cut_s, "s", 1, None),
        _row("graph: what carries most (dominators)", dominators_s, "s", 1, reference["dominators"]),
        _row("graph: memory, with what it was made from", grown_mib, "MiB", 500, None),
    ]


def _row(name: str, value: float, unit: str, aim: float | None, reference: float | None) -> dict[str, Any]:
    return row(
        name,
        round(value, 3),
        unit,
        reference=None if reference is None else round(reference, 3),
        ratio=None if not reference else round(value / reference, 4),
        aim="" if aim is None else f"< {aim} {unit}",
        met=None if aim is None else value < aim,
    )


def _timed(work: Callable[[], _T]) -> tuple[_T, float]:
    """Return what *work* returns, and the seconds of processor time that it took."""
    began = time.process_time()
    result = work()
    return result, time.process_time() - began


def _surface() -> tuple[list[Any], list[Any]]:
    from chariot.model.relationships import RelationshipType as T
    from chariot.modules.graph.facts import Facts
    from chariot.modules.graph.likelihood import Exploitable, Weak

    rng = random.Random(1)
    facts: list[Any] = [
        (f"#vulnerability#CVE-2024-{n:05}", Facts("vulnerability", known=Exploitable(rng.random(), 1.0)))
        for n in range(500)
    ]
    links: list[Any] = []
    hosts, services, holders = [], [], []
    for n in range(ENTITIES // 4):
        host, port = f"#address#198.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}", f"#port#{n}#tcp#443"
        exposed = rng.random() < 0.3
        hosts.append(host)
        services.append(port)
        holders.append(f"#file#iam/{n}")
        facts.append((host, Facts("address", exposed=exposed)))
        facts.append((port, Facts("port", exposed=exposed)))
        facts.append((holders[-1], Facts("file", weight=2 if n % 5_000 == 0 else 0)))
        links += [(host, T.HAS_PORT, port), (host, T.HAS_SESSION, holders[-1])]
        if n % 3 == 0:
            cve = f"CVE-2024-{rng.randrange(500):05}"
            facts.append(
                (f"#risk{port}#{cve}", Facts("risk", weak=Weak(Key(port), cve, cve, True, None, False, 90)))
            )
            links.append((port, T.HAS_RISK, f"#risk{port}#{cve}"))
    for credential in _credentials(ENTITIES - len(facts)):
        facts.append((credential, Facts("credential")))
        links += [
            (rng.choice(hosts), T.HAS_CREDENTIAL, credential),
            (credential, T.OPENS, rng.choice(holders)),
        ]
    across = (T.MEMBER_OF, T.CAN_ASSUME, T.ADMIN_TO, T.CONTROLS)
    while len(links) < MOVES - ENTITIES // 3:
        if rng.random() < 0.4:
            links.append((rng.choice(hosts), T.CAN_REACH, rng.choice(services)))
        else:
            links.append((rng.choice(holders), rng.choice(across), rng.choice(holders)))
    return facts, links


def _credentials(count: int) -> Iterator[str]:
    return (f"#credential#key#{n:064x}" for n in range(max(0, count)))


def _changes(graph: Any, facts: list[Any]) -> float:
    """Return the milliseconds of the slowest of 200 changes: risks mended and found again, and new rights."""
    from chariot.model.relationships import RelationshipType as T

    rng = random.Random(2)
    risks = [(key, one) for key, one in facts if one.weak is not None]
    files = [key for key, one in facts if one.kind == "file"]
    slowest = 0.0
    for n in range(200):
        key, one = rng.choice(risks)
        if n % 2:
            closed = msgspec.structs.replace(one, weak=msgspec.structs.replace(one.weak, open=False))
            _, took = _timed(partial(graph.put, key, closed))
        else:
            source, target = rng.choice(files), rng.choice(files)
            _, took = _timed(partial(graph.link, source, T.CAN_ASSUME, target))
        slowest = max(slowest, took * 1_000)
    return slowest


def _paths(graph: Any) -> float:
    from chariot.modules.graph import questions

    wanted, _, _ = questions.targets(graph)
    times = []
    for target in (wanted * 20)[:20]:
        _, took = _timed(partial(questions.attack_paths, graph, target.key, k=10))
        times.append(took * 1_000)
    return statistics.median(times)


def _cut(graph: Any, wanted: Any) -> Any:
    from chariot.modules.graph.fixes import smallest_set

    return smallest_set(graph, wanted)


def _networkx(graph: Any) -> dict[str, float]:
    """Return what the same takes in networkx: paths for one target, the others for the whole graph."""
    from itertools import islice

    import networkx as nx

    from chariot.modules.graph import questions
    from chariot.modules.graph.surface_graph import START

    edges = graph.moves.edges()
    columns = [column.tolist() for column in (edges.source, edges.target, edges.cost)]

    def build() -> Any:
        made = nx.DiGraph()
        made.add_weighted_edges_from(zip(*columns, strict=True))
        return made

    plain, build_s = _timed(build)
    _, dijkstra_s = _timed(lambda: nx.single_source_dijkstra_path_length(plain, START))
    _, dominators_s = _timed(lambda: nx.immediate_dominators(plain, START))
    (target, *_), _, _ = questions.targets(graph)
    goal = 2 * graph.number(target.key) + 1
    _, paths_s = _timed(
        lambda: list(islice(nx.shortest_simple_paths(plain, START, goal, weight="weight"), 1))
    )
    return {"build": build_s, "dijkstra": dijkstra_s, "dominators": dominators_s, "paths": paths_s * 1_000}
