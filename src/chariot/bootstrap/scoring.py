"""What keeps scores and due dates true: by the change log, and by the clock where no change leads there."""

from collections.abc import Mapping

import msgspec

from chariot.bootstrap.places import now
from chariot.modules.risk.assess import Assessor
from chariot.modules.risk.criticality import CriticalityRule
from chariot.modules.risk.deadlines import Deadlines
from chariot.modules.risk.policy import Policies
from chariot.modules.risk.reassess import Reassessor
from chariot.modules.risk.standing import Positions
from chariot.modules.surface.ports import EntityStore
from chariot.modules.surface.service import SurfaceService
from chariot.modules.work.scheduler import DUE_DATES, REASSESS, Action
from chariot.settings import Settings


class Scoring(msgspec.Struct, frozen=True):
    """The assessor, and what the clock starts."""

    assessor: Assessor
    actions: Mapping[str, Action]


def make_policies(settings: Settings, store: EntityStore) -> Policies:
    """Return what tells the weights, the due dates and what is critical, for each organisation.

    Raises:
        ConfigurationError: a rule of the settings is wrong.
    """
    rules = [CriticalityRule(**msgspec.structs.asdict(rule)) for rule in settings.critical]
    return Policies(store, rules)


def make_scoring(surface: SurfaceService, policies: Policies, positions: Positions) -> Scoring:
    """Return what scores."""
    assessor = Assessor(surface, policies, now=now)
    return Scoring(
        assessor,
        {
            DUE_DATES: Deadlines(surface, policies, now=now).tick,
            REASSESS: Reassessor(surface.store, assessor, positions).tick,
        },
    )
