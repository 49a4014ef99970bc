"""Identity as tests use it: the real services, with a hash that costs nothing and a clock that can be set."""

from datetime import UTC, datetime, timedelta

from argon2 import PasswordHasher

from chariot.modules.identity.accounts import Accounts
from chariot.modules.identity.devices import Devices
from chariot.modules.identity.events import Events
from chariot.modules.identity.flows import Flows
from chariot.modules.identity.keys import ApiKeys
from chariot.modules.identity.passwords import Hasher
from chariot.modules.identity.people import People
from chariot.modules.identity.services import IdentityServices
from chariot.modules.identity.sessions import Sessions
from chariot.modules.identity.sign_in import SignIn
from chariot.modules.receipts.memory import MemoryReceipts
from chariot.modules.surface.service import SurfaceService

PASSWORD = "tintenfass rollt bergab"


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, at: datetime | None = None) -> None:
        self.at = at or datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.at

    def seconds(self) -> float:
        return self.at.timestamp()

    def pass_(self, **spans: float) -> None:
        self.at += timedelta(**spans)


class RunningClock(Clock):
    """The clock of the machine, moved."""

    def __init__(self) -> None:
        self.moved = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.moved

    def seconds(self) -> float:
        return self().timestamp()

    def pass_(self, **spans: float) -> None:
        self.moved += timedelta(**spans)


class Log:
    """An audit log that keeps what it is told."""

    def __init__(self) -> None:
        self.entries = []

    def note(self, entry) -> None:
        self.entries.append(entry)

    async def record(self, entry) -> None:
        self.entries.append(entry)

    def told(self, action: str) -> list[tuple[str, str]]:
        return [(one.actor, one.details.get("reason", "")) for one in self.entries if one.action == action]


class PlainSealer:
    """Marks what it seals, so that a text that it did not seal is told."""

    async def seal(self, text: str) -> str:
        return "sealed:" + text.encode().hex()

    async def open(self, text: str) -> str:
        return bytes.fromhex(text.removeprefix("sealed:")).decode()


def cheap_hasher() -> Hasher:
    return Hasher(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


def identity_in(
    surface: SurfaceService, clock: Clock | None = None, log: Log | None = None, issuers=(), **more
) -> IdentityServices:
    clock, events = clock or RunningClock(), Events(log)
    people = People(surface, now=clock)
    passkeys = more.get("passkeys")
    sign_in = SignIn(people, cheap_hasher(), passkeys, events=events, clock=clock.seconds)
    sessions = Sessions(surface, people, now=clock)
    return IdentityServices(
        people=people,
        accounts=Accounts(people, sessions, sign_in, passkeys, events=events),
        sign_in=sign_in,
        sessions=sessions,
        devices=Devices(surface, sessions, people, sign_in.throttle, events=events),
        flows=Flows(PlainSealer(), MemoryReceipts(now=clock), now=clock),
        keys=ApiKeys(surface, now=clock),
        events=events,
        issuers=tuple(issuers(sessions) if callable(issuers) else issuers),
        passkeys=passkeys,
        public_url=more.get("public_url", "http://localhost:8642"),
    )
