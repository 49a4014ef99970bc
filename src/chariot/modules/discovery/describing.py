"""What people are told of a capability: what it looks at, what it sends and needs, and whether it can run now."""

import shutil
from collections.abc import Callable, Collection, Sequence

import msgspec

from chariot.capability import Touch
from chariot.modules.discovery.cadence import Cadence
from chariot.modules.discovery.registry import AnyCapability
from chariot.modules.discovery.tools.capability import ExternalTool


class Described(msgspec.Struct, frozen=True, kw_only=True):
    """One capability, as its declaration tells."""

    name: str
    summary: str
    origin: str
    """`built-in`, `tool`, or the package that brings it."""
    accepts: tuple[str, ...]
    """Kinds that it looks at."""
    touch: Touch
    sends: str
    """What leaves this machine at one target."""
    packets: int
    """About how many look-ups, connections and requests that are."""
    deep: bool
    """It runs only where a seed allows deep looks."""
    queue: str
    timeout_s: float
    period_s: float
    """How long an answer is good for."""
    needs: tuple[str, ...]
    """Programs that must be installed."""
    missing: tuple[str, ...]
    """Those of `needs` that are not installed."""
    next: tuple[str, ...]
    """What looks at its findings at once."""
    obstacle: str
    """Why it cannot run now; empty when it can."""


def described(
    capability: type[AnyCapability],
    *,
    cadence: Cadence | None = None,
    left_out: Collection[str] = (),
    program: Callable[[str], str | None] = shutil.which,
) -> Described:
    """Return what *capability* declares, with its period as the settings have it.

    *left_out* are those that the settings do not let run.
    """
    missing = tuple(tool for tool in capability.needs if program(tool) is None)
    periods = {(cadence or Cadence()).period(capability, kind) for kind in capability.accepts}
    return Described(
        name=capability.name,
        summary=(capability.__doc__ or "").strip().partition("\n")[0],
        origin=_origin(capability),
        accepts=capability.accepts,
        touch=capability.touch,
        sends=capability.sends,
        packets=capability.packets,
        deep=capability.deep,
        queue=capability.queue,
        timeout_s=capability.timeout_s,
        period_s=min(periods, default=capability.period).total_seconds(),
        needs=capability.needs,
        missing=missing,
        next=capability.next,
        obstacle=_obstacle(missing, is_left_out=capability.name in left_out),
    )


def _obstacle(missing: Sequence[str], *, is_left_out: bool) -> str:
    if missing:
        return f"{', '.join(missing)} is not installed"
    return "the settings do not enable it, or give it no key" if is_left_out else ""


def _origin(capability: type[AnyCapability]) -> str:
    if issubclass(capability, ExternalTool):
        return "tool"
    package = capability.__module__.partition(".")[0]
    return "built-in" if package == "chariot" else package
