"""What keeps scores and due dates true: by the change log, and by the clock where no change leads there."""

from collections.abc import Mapping
from contextlib import AsyncExitStack

import msgspec

from chariot.bootstrap.engines import Engines
from chariot.bootstrap.graphs import GraphPositions, LateGraph
from chariot.modules.risk.assess import Assessor
from chariot.modules.risk.criticality import CriticalityRule
from chariot.modules.risk.deadlines import Deadlines
from chariot.modules.risk.policy import Policies
from chariot.modules.risk.reassess import Reassessor
from chariot.modules.risk.service import RiskService
from chariot.modules.surface.service import SurfaceService
from chariot.modules.work.scheduler import DUE_DATES, END_ACCEPTANCES, REASSESS, Action
from chariot.settings import Settings


class Scoring(msgspec.Struct, frozen=True):
    """What scores, what answers about scores, and what the clock starts."""

    risk: RiskService
    graph: LateGraph
    assessor: Assessor
    actions: Mapping[str, Action]


def make_scoring(
    settings: Settings, engines: Engines, surface: SurfaceService, stack: AsyncExitStack
) -> Scoring:
    """Return what scores; the graph, which *stack* closes, is made when it is first asked.

    Raises:
        ConfigurationError: a rule of the settings is wrong.
    """
    rules = [CriticalityRule(**msgspec.structs.asdict(rule)) for rule in settings.critical]
    policies = Policies(surface.store, rules)
    graph = LateGraph(settings, surface.store, stack, policies)
    assessor = Assessor(surface, policies, now=engines.now)
    risk = RiskService(surface, policies, now=engines.now)
    return Scoring(
        risk,
        graph,
        assessor,
        {
            END_ACCEPTANCES: risk.end_acceptances,
            DUE_DATES: Deadlines(surface, policies, now=engines.now).tick,
            REASSESS: Reassessor(surface.store, assessor, GraphPositions(graph)).tick,
        },
    )
