"""The graph service: what people ask of attack paths, with the words of the findings beside the fixes."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

import msgspec

from chariot.errors import InvalidError
from chariot.model.keys import Key, Organisation
from chariot.model.kinds.weakness import Risk
from chariot.model.records import Record
from chariot.modules.graph import questions
from chariot.modules.graph.answers import (
    AttackPath,
    AttackPaths,
    Blast,
    Fix,
    FixPlan,
    Keystone,
    Neighbourhood,
    Position,
    Pruned,
)
from chariot.modules.graph.facts import name_of
from chariot.modules.graph.fixes import fix_plan
from chariot.modules.graph.parts import PartGraph
from chariot.modules.graph.path_model import FixKind
from chariot.modules.graph.ports import Graph
from chariot.modules.graph.surface_graph import SurfaceGraph
from chariot.modules.surface.ports import EntityReader

T = TypeVar("T")

PLAN_TARGETS = 100
KEYS_LIMIT = 100


class GraphService:
    """Answers about the surface as a graph, now or as of a moment."""

    def __init__(self, graph: Graph, store: EntityReader) -> None:
        self._graph = graph
        self._store = store

    def over(self, seen: EntityReader) -> "GraphService":
        """Return the service as somebody has it to whom *seen* shows a part; see `parts`."""
        return GraphService(PartGraph(self._graph, seen), seen)

    async def paths(
        self,
        organisation: Organisation,
        target: Key | None = None,
        *,
        k: int = 10,
        limit: int = 25,
        as_of: datetime | None = None,
    ) -> AttackPaths:
        """Return attack paths; see `questions.attack_paths`."""
        found = await self._graph.ask(
            organisation, lambda graph: questions.attack_paths(graph, target, k=k, limit=limit), as_of=as_of
        )
        fixes = [step.fix for path in found.paths for step in path.steps if step.fix is not None]
        words = await self._words(organisation, fixes, as_of)
        return msgspec.structs.replace(found, paths=tuple(_with_words(path, words) for path in found.paths))

    async def fix_plan(
        self, organisation: Organisation, *, steps: int = 10, as_of: datetime | None = None
    ) -> FixPlan:
        """Return what to fix first to close most attack paths; see `fixes.fix_plan`.

        Raises:
            InvalidError: *steps* is out of range.
        """
        if not 1 <= steps <= KEYS_LIMIT:
            raise InvalidError(f"must be from 1 to {KEYS_LIMIT}", place="steps")

        def plan(graph: SurfaceGraph) -> FixPlan:
            wanted, _, assumed = questions.targets(graph)
            return fix_plan(
                graph,
                wanted[:PLAN_TARGETS],
                steps=steps,
                assumed=assumed,
                complete=len(wanted) <= PLAN_TARGETS,
            )

        found = await self._graph.ask(organisation, plan, as_of=as_of)
        fixes = [*(step.fix for step in found.steps), *found.smallest]
        words = await self._words(organisation, fixes, as_of)
        return msgspec.structs.replace(
            found,
            steps=tuple(
                msgspec.structs.replace(step, fix=words.get(step.fix.id, step.fix)) for step in found.steps
            ),
            smallest=tuple(words.get(fix.id, fix) for fix in found.smallest),
        )

    async def blast_radius(
        self, organisation: Organisation, key: Key, *, limit: int = 100, as_of: datetime | None = None
    ) -> Blast:
        """Return what falls with one asset; see `questions.blast_radius`."""
        return await self._ask(
            organisation, lambda graph: questions.blast_radius(graph, key, limit=limit), as_of
        )

    async def prune(
        self,
        organisation: Organisation,
        keys: Sequence[Key],
        *,
        limit: int = 100,
        as_of: datetime | None = None,
    ) -> Pruned:
        """Return what would leave the surface with *keys*, and change nothing; see `questions.prune`.

        Raises:
            InvalidError: there are no keys, or too many.
        """
        if not 1 <= len(keys) <= KEYS_LIMIT:
            raise InvalidError(f"takes from 1 to {KEYS_LIMIT} keys", place="keys")
        return await self._ask(
            organisation, lambda graph: questions.prune(graph, tuple(dict.fromkeys(keys)), limit=limit), as_of
        )

    async def keystones(
        self, organisation: Organisation, *, limit: int = 25, as_of: datetime | None = None
    ) -> tuple[Keystone, ...]:
        """Return through which entities alone most others are known; see `questions.keystones`."""
        return await self._ask(organisation, lambda graph: questions.keystones(graph, limit=limit), as_of)

    async def neighbourhood(
        self,
        organisation: Organisation,
        key: Key,
        *,
        hops: int = 1,
        limit: int = 200,
        as_of: datetime | None = None,
    ) -> Neighbourhood:
        """Return what stands around an entity; see `questions.neighbourhood`."""
        if as_of is None:
            return await self._graph.neighbourhood(organisation, key, hops=hops, limit=limit)
        return await self._ask(
            organisation, lambda graph: questions.neighbourhood(graph, key, hops=hops, limit=limit), as_of
        )

    async def position(self, organisation: Organisation, key: Key) -> Position:
        """Return where an asset stands on attack paths; see `questions.position`."""
        return await self._ask(organisation, lambda graph: questions.position(graph, key), None)

    async def positions(self, organisation: Organisation, keys: Sequence[Key]) -> Mapping[Key, Position]:
        """Return where the assets with *keys* stand; what is not on the surface is absent."""

        def ask(graph: SurfaceGraph) -> Mapping[Key, Position]:
            known = [key for key in keys if questions.is_known(graph, key)]
            return {key: questions.position(graph, key) for key in known}

        return await self._ask(organisation, ask, None)

    async def close(self) -> None:
        """Let go of the graph's engine."""
        await self._graph.close()

    async def _ask(
        self, organisation: Organisation, question: Callable[[SurfaceGraph], T], as_of: datetime | None
    ) -> T:
        return await self._graph.ask(organisation, question, as_of=as_of)

    async def _words(
        self, organisation: Organisation, fixes: Iterable[Fix], as_of: datetime | None
    ) -> Mapping[tuple[str, str, str, str], Fix]:
        """Return the fixes that mend risks, by id, in the words of the likeliest of those risks."""
        mends = {fix.id: fix for fix in fixes if fix.kind is FixKind.MEND and fix.risks}
        records = await self._store.get(
            organisation, list(dict.fromkeys(fix.risks[0] for fix in mends.values())), as_of=as_of
        )
        return {
            mark: msgspec.structs.replace(fix, words=_sentence(fix, records.get(fix.risks[0])))
            for mark, fix in mends.items()
        }


def _sentence(fix: Fix, record: Record | None) -> str:
    said = record.entity.remediation if record is not None and isinstance(record.entity, Risk) else ""
    return f"{said.strip().rstrip('.')} (at {name_of(fix.at)})." if said.strip() else fix.words


def _with_words(path: AttackPath, words: Mapping[tuple[str, str, str, str], Fix]) -> AttackPath:
    steps = tuple(
        step if step.fix is None else msgspec.structs.replace(step, fix=words.get(step.fix.id, step.fix))
        for step in path.steps
    )
    return msgspec.structs.replace(path, steps=steps)
