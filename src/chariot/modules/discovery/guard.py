"""The egress guard: the last word before anything is sent.

`EgressGuard` belongs to one organisation and always holds its present scope, so that a change of scope and the
kill switch reach what is already running. `Egress` is what one run holds: the guard, and the addresses to which
names in scope were seen to resolve.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

import msgspec

from chariot.capability import CannotRunError, Touch
from chariot.errors import OutOfScopeError
from chariot.model.base import Entity
from chariot.model.keys import Key, Organisation
from chariot.model.states import Depth, ScanPhase
from chariot.modules.discovery.contracts import Authority, Contracts
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


class OpenScan(msgspec.Struct, frozen=True):
    """A scan that has not ended."""

    id: str
    state: ScanPhase


_CLAIMS = {ScanPhase.RUNNING: 2, ScanPhase.PAUSED: 1}
"""To which of several scans it belongs what is found anew: to one that runs, before one that is paused."""


class EgressGuard:
    """The scope of one organisation as it is now, and its kill switch."""

    def __init__(
        self,
        organisation: Organisation,
        scope: Scope | None = None,
        *,
        contracts: Contracts | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.organisation = organisation
        self.scope = scope or Scope()
        self.contracts = contracts or Contracts()
        self.now = now
        self._stopped = ""
        self._spent: tuple[str, datetime] | None = None
        self.scans: Sequence[OpenScan] = ()
        """The scans that have not ended, in the order in which they began."""
        self._interrupts: set[Callable[[], None]] = set()

    @property
    def stopped(self) -> str:
        """Why everything is stopped; empty when it is not."""
        return self._stopped or self.contracts.broken

    def update(self, scope: Scope, contracts: Contracts | None = None) -> None:
        """Let *scope* and *contracts* be in force from now on, also for what is running.

        A contract that is not as it was signed stops everything, like the kill switch.
        """
        self.scope = scope
        self.contracts = contracts or Contracts()
        if self.contracts.broken:
            self._interrupt()

    def stop(self, reason: str) -> None:
        """Stop everything of the organisation at once: nothing more is sent, and running capabilities end."""
        self._stopped = reason or "stopped"
        self._interrupt()

    def resume(self) -> None:
        """Let things be sent again."""
        self._stopped = ""

    def _interrupt(self) -> None:
        for interrupt in tuple(self._interrupts):
            interrupt()

    @property
    def scan(self) -> str:
        """The scan that what is found anew belongs to: the newest that runs, else the newest; empty without one."""
        newest = max(
            enumerate(self.scans), key=lambda each: (_CLAIMS.get(each[1].state, 0), each[0]), default=None
        )
        return newest[1].id if newest is not None else ""

    def lets_go(self, scan: str, *, chained: bool = False) -> bool:
        """Tell whether a person halted *scan*, so that its work is let go of: what goes on is ordered anew.

        A step of a chain belongs to a look that has begun: only what is cancelled lets go of it.
        """
        state = next((each.state for each in self.scans if each.id == scan), ScanPhase.RUNNING)
        return state is ScanPhase.CANCELLING or (state is ScanPhase.PAUSED and not chained)

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
            CannotRunError: the kill switch is on, or the day's budget is spent; the text says why.
        """
        if self.stopped:
            raise CannotRunError(f"everything is stopped: {self.stopped}")
        if self.spent:
            raise CannotRunError(self.spent)

    @property
    def spent(self) -> str:
        """Why nothing more is sent today; empty while the day's budget lasts."""
        if self._spent is not None and self.now() < self._spent[1]:
            return self._spent[0]
        return ""

    def spend(self, reason: str, until: datetime) -> None:
        """Let nothing more be sent until then; what runs ends at its next step."""
        self._spent = (reason, until)


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
        self._last: tuple[Scope, str, Verdict] | None = None
        """The last verdict on an address, and the scope it is of: most are checked twice, before and after a turn."""
        self.authority = Authority("")
        """By whose word the last thing was allowed that was checked."""

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
        self._last = None
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
            CannotRunError: the kill switch is on, the day's budget is spent, or a contract allows it, and not now.
        """
        self._check(lambda scope: scope.name(name))

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
        self.guard.contracts.check_open(self.errand.touch, self.guard.now())

    def check_address(self, address: str) -> None:
        """Raise unless something may be sent to *address*; see `check_name` for what it raises."""
        names = self.names_of(address)
        self._check(lambda scope: scope.address(address, names), address)

    def check_contract(self, target: Key) -> None:
        """Raise unless somebody authorised looking at *target* now; see `check_name` for what it raises."""
        names, touch = self.names_of(host_of(target)), self.errand.touch
        if touch is not Touch.PASSIVE:
            own, now = self.verdict(target), self.guard.now()
            self.guard.contracts.authority(lambda scope: scope.key(target, names), own, touch, now)

    def _verdict(self, ask: Callable[[Scope], Verdict], address: str) -> Verdict:
        """Return what the scope in force says; it is another object as soon as anything in it changes."""
        scope, last = self.scope, self._last
        if last is not None and address and last[0] is scope and last[1] == address:
            return last[2]
        verdict = ask(scope)
        if address:
            self._last = (scope, address, verdict)
        return verdict

    def _check(self, ask: Callable[[Scope], Verdict], address: str = "") -> None:
        self.guard.check_running()
        verdict = self._verdict(ask, address)
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
        self.authority = self.guard.contracts.authority(ask, verdict, self.errand.touch, self.guard.now())
