"""The egress guard: the last word before anything is sent.

`EgressGuard` belongs to one organisation and always holds its present scope, so that a change of scope and the
kill switch reach what is already running. `Egress` is what one run holds: the guard, and the addresses to which
names in scope were seen to resolve.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from enum import Enum

import msgspec

from chariot.capability import CannotRunError, Touch
from chariot.errors import BusyError, OutOfScopeError
from chariot.model.base import Entity
from chariot.model.keys import Key, Organisation
from chariot.model.states import Depth
from chariot.modules.discovery.scope import Scope, Verdict, host_of

ALLOWED: Mapping[Depth, frozenset[Touch]] = {
    Depth.PASSIVE: frozenset({Touch.PASSIVE}),
    Depth.LIGHT: frozenset({Touch.PASSIVE, Touch.LIGHT}),
    Depth.NORMAL: frozenset(Touch),
    Depth.DEEP: frozenset(Touch),
}
"""What each depth lets capabilities do."""

PAUSE_S = 2.0
"""How long work waits before it asks again whether it may go on."""
_VOUCHED_LIMIT = 10_000
"""The most addresses that one run may learn from names."""


class Halt(Enum):
    """What a person decided about one scan."""

    PAUSED = "paused"
    """Its work keeps its place until the scan goes on."""
    CANCELLED = "cancelled"
    """Its work is let go of."""


class EgressGuard:
    """The scope of one organisation as it is now, and its kill switch."""

    def __init__(self, organisation: Organisation, scope: Scope | None = None) -> None:
        self.organisation = organisation
        self.scope = scope or Scope()
        self._stopped = ""
        self.halted: Mapping[str, Halt] = {}
        """The scans that a person paused or cancelled, by id. Work that has begun ends by itself."""
        self._interrupts: set[Callable[[], None]] = set()

    @property
    def stopped(self) -> str:
        """Why everything is stopped; empty when it is not."""
        return self._stopped

    def update(self, scope: Scope) -> None:
        """Let *scope* be in force from now on, also for what is running."""
        self.scope = scope

    def stop(self, reason: str) -> None:
        """Stop everything of the organisation at once: nothing more is sent, and running capabilities end."""
        self._stopped = reason or "stopped"
        for interrupt in tuple(self._interrupts):
            interrupt()

    def resume(self) -> None:
        """Let things be sent again."""
        self._stopped = ""

    @contextmanager
    def interrupting(self, interrupt: Callable[[], None]) -> Iterator[None]:
        """Have *interrupt* called when everything is stopped, until the context ends."""
        self._interrupts.add(interrupt)
        try:
            yield
        finally:
            self._interrupts.discard(interrupt)

    def check_running(self) -> None:
        """Raise when everything is stopped.

        Raises:
            CannotRunError: the kill switch is on; the text says why.
        """
        if self._stopped:
            raise CannotRunError(f"everything is stopped: {self._stopped}")


def is_cancelled(guard: EgressGuard, scan: str) -> bool:
    """Tell whether *scan* is cancelled: what it asked for is let go of.

    Raises:
        BusyError: it is paused, so that its work keeps its place.
    """
    halt = guard.halted.get(scan)
    if halt is Halt.PAUSED:
        raise BusyError(f"the scan {scan} is paused", retry_after_s=PAUSE_S)
    return halt is Halt.CANCELLED


class Errand(msgspec.Struct, frozen=True, kw_only=True):
    """On whose behalf something is sent: stands in each line of the journal."""

    capability: str
    touch: Touch
    target: Key
    scan: str = ""


class Egress:
    """What one run may send, and where to."""

    def __init__(
        self, guard: EgressGuard, errand: Errand, vouched: Mapping[str, Collection[str]] | None = None
    ) -> None:
        """Take the guard, the errand, and names in scope by the address to which they are known to resolve."""
        self.guard = guard
        self.errand = errand
        self._vouched = {address: set(names) for address, names in (vouched or {}).items()}

    @property
    def scope(self) -> Scope:
        """The scope in force at this moment."""
        return self.guard.scope

    def names_of(self, address: str) -> Collection[str]:
        """Return the names known to resolve to *address* without an alias out of scope."""
        return self._vouched.get(address, ())

    def vouch(self, name: str, aliases: Collection[str], addresses: Collection[str]) -> None:
        """Remember that *name* resolved to *addresses* through *aliases*; in vain if one of them is out of scope.

        Who follows an alias out of scope looks at somebody else's machine, by whatever name.
        """
        if not all(self.scope.admits_name(each) for each in (name, *aliases)):
            return
        for address in addresses:
            if address in self._vouched or len(self._vouched) < _VOUCHED_LIMIT:
                self._vouched.setdefault(address, set()).add(name)

    def verdict(self, target: Entity | Key) -> Verdict:
        """Return the verdict on an entity or a key, with the names that are known to resolve to it."""
        key = target.key if isinstance(target, Entity) else target
        return self.scope.key(key, self.names_of(host_of(key)))

    def check_name(self, name: str) -> None:
        """Raise unless something may be sent about *name*.

        Raises:
            OutOfScopeError: the scope refuses it, or how deep its seed allows to look.
            CannotRunError: the kill switch is on.
        """
        self._check(self.scope.name(name))

    def check_led_to(self, name: str) -> None:
        """Raise unless the resolver may be asked about *name*, to which a record of a name in scope leads.

        It need not be in scope: nothing is sent to whom it belongs. What a person denied is not asked about either.

        Raises:
            OutOfScopeError: it is denied, or the capability is passive.
            CannotRunError: the kill switch is on.
        """
        self.guard.check_running()
        if self.scope.denies_name(name):
            raise OutOfScopeError(f"{name} is denied")
        if self.errand.touch is Touch.PASSIVE:
            raise OutOfScopeError(f"{self.errand.capability} is passive, and asked to look something up")

    def check_address(self, address: str) -> None:
        """Raise unless something may be sent to *address*; see `check_name` for what it raises."""
        self._check(self.scope.address(address, self.names_of(address)))

    def _check(self, verdict: Verdict) -> None:
        self.guard.check_running()
        if not verdict:
            raise OutOfScopeError(verdict.why)
        if self.errand.touch is Touch.PASSIVE:
            raise OutOfScopeError(
                f"{self.errand.capability} is passive, and asked to send something to a target"
            )
        if self.errand.touch not in ALLOWED[verdict.depth]:
            raise OutOfScopeError(
                f"{verdict.why}, which allows no more than {verdict.depth.value} looks,"
                f" and {self.errand.capability} is {self.errand.touch.value}"
            )
