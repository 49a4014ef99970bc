"""What the graph answers, as plain values: each list is bounded and says what it leaves out."""

import msgspec

from chariot.model.keys import Key
from chariot.modules.graph.path_model import FixKind


class Fix(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to do that ends moves."""

    kind: FixKind
    at: str
    """Key of what is changed; of a right or a way between two, of its beginning."""
    to: str = ""
    """Key of the other end of a right or a way."""
    what: str
    """What it is about: a product, a weakness, a credential, a kind of right."""
    words: str
    cost: int
    """Effort, in that of one update."""
    risks: tuple[Key, ...] = ()
    """The risks that it mends, the most likely way in first."""

    @property
    def id(self) -> tuple[str, str, str, str]:
        """Tells fixes apart."""
        return self.kind.value, self.at, self.to, self.what


class PathStep(msgspec.Struct, frozen=True, kw_only=True):
    """One step of an attack path."""

    move: str
    source: str
    """Key, or `internet`."""
    target: Key
    likelihood: float
    """That this step succeeds, 0 to 1."""
    why: str
    risks: tuple[Key, ...] = ()
    """The weaknesses any of which is enough, the most likely first."""
    fix: Fix | None = None


class AttackPath(msgspec.Struct, frozen=True, kw_only=True):
    """One way from the internet to a target."""

    target: Key
    likelihood: float
    steps: tuple[PathStep, ...]


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """An asset that matters, and how likely somebody gets there."""

    key: Key
    weight: int
    """1 high, 2 critical; 1 for each host where nothing is marked."""
    likelihood: float
    """Of the most likely path; 0 when there is none."""


class AttackPaths(msgspec.Struct, frozen=True, kw_only=True):
    """Ways from the internet to what matters, the most likely first."""

    paths: tuple[AttackPath, ...]
    targets: tuple[Target, ...]
    """The most endangered first."""
    unreached: int = 0
    """Assets that matter to which no path leads."""
    assumed: bool = False
    """No asset is marked as critical, so each host counts."""
    complete: bool = True
    """False when a limit ended the search: there may be more."""


class FixStep(msgspec.Struct, frozen=True, kw_only=True):
    """One fix of a plan, and how far the plan is with it."""

    fix: Fix
    closes: int
    """Paths that it closes and the fixes before it do not."""
    closed: float
    """Share of the paths that are closed now, 0 to 1."""
    closed_likelihood: float
    """The same, each path counted by its likelihood and its target's weight."""
    open_targets: int
    """Targets that still have a path."""


class FixPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What to fix, in which order, and the cheapest set that ends everything."""

    paths: int
    """How many paths the steps are measured by: the most likely ones to each target."""
    steps: tuple[FixStep, ...]
    smallest: tuple[Fix, ...]
    """The cheapest set of fixes that leaves no path at all, known or not among `paths`."""
    smallest_cost: int
    possible: bool
    """False when something leads to a target that no fix ends."""
    targets: tuple[Target, ...]
    assumed: bool = False
    complete: bool = True


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Something that an attacker would come to."""

    key: Key
    held: bool
    """False when it is only reached."""
    likelihood: float


class Blast(msgspec.Struct, frozen=True, kw_only=True):
    """What falls with one asset."""

    key: Key
    held: dict[str, int]
    """How many would be held, by kind; the asset itself is not counted."""
    reached: dict[str, int]
    """How many more would be reached."""
    critical: tuple[Place, ...]
    """What matters among them."""
    places: tuple[Place, ...]
    """The most likely first."""
    left_out: int = 0


class Pruned(msgspec.Struct, frozen=True, kw_only=True):
    """What would leave the surface."""

    keys: tuple[Key, ...]
    leaves: dict[str, int]
    """By kind, what is excluded among them."""
    items: tuple[Key, ...]
    left_out: int = 0


class Keystone(msgspec.Struct, frozen=True, kw_only=True):
    """An entity through which alone others are known."""

    key: Key
    carries: int
    """How many would leave the surface with it."""


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """One relationship."""

    source: Key
    type: str
    target: Key


class Neighbourhood(msgspec.Struct, frozen=True, kw_only=True):
    """What stands around an entity."""

    key: Key
    keys: tuple[Key, ...]
    """Nearest first; the entity itself is the first."""
    links: tuple[Link, ...]
    """Between them."""
    left_out: bool = False
    """There is more within these hops."""


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """Where an asset stands on attack paths."""

    reachable: int
    """How many entities somebody who holds it could hold or reach, counted to a limit."""
    likelihood: float
    """That somebody from the internet holds it."""
    leads_to_critical: bool
    """Something that matters is among what could be reached."""
