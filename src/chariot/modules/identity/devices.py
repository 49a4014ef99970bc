"""Signing in a program that has no browser: it shows a code, a person approves it elsewhere. Source: RFC 8628."""

import hmac
import secrets
from datetime import datetime, timedelta
from typing import Final

import msgspec

from chariot.errors import BusyError, ConflictError, NotFoundError
from chariot.model.keys import SYSTEM, Organisation
from chariot.model.kinds.identity import Session
from chariot.model.observations import Edit
from chariot.model.records import Record
from chariot.model.states import Status
from chariot.modules.identity.events import Events, Visit
from chariot.modules.identity.identity import Identity
from chariot.modules.identity.people import People, Reveal
from chariot.modules.identity.ports import LiveSession
from chariot.modules.identity.proof import UnprovenError
from chariot.modules.identity.sessions import Sessions, digest_of, live_session
from chariot.modules.identity.throttle import Throttle
from chariot.modules.surface.query import All, Compare, Query
from chariot.modules.surface.service import SurfaceService

HOLDS: Final = timedelta(minutes=10)
INTERVAL_S: Final = 3
"""How long a program waits between two looks."""
_LETTERS: Final = "BCDFGHJKLMNPQRSTVWXZ"
"""No vowels: no code is a word. Source: RFC 8628, section 6.1."""
_AT_A_TIME: Final = 200
"""The most programs that wait for somebody; one more is told to come again."""
_AT_ONE_ADDRESS: Final = 40
"""The most of them at one address, so that nobody takes all places."""
_FREE_GUESSES: Final = 5


class DeviceCodes(msgspec.Struct, frozen=True, kw_only=True):
    """What a program is given to wait with."""

    device_code: str
    """Its own, shown to nobody."""
    user_code: str
    """What a person types."""
    expires_in_s: int
    interval_s: int


class PendingError(UnprovenError):
    """Nobody has approved it yet; ask again."""

    def __init__(self) -> None:
        super().__init__("pending", "nobody has approved it yet")


class Devices:
    """Programs that wait to be signed in."""

    def __init__(
        self,
        surface: SurfaceService,
        sessions: Sessions,
        people: People,
        throttle: Throttle,
        *,
        reveal: Reveal = lambda _, text: text,
        events: Events | None = None,
    ) -> None:
        self._surface = surface
        self._sessions = sessions
        self._now = people.now
        self._throttle = throttle
        self._reveal = reveal
        self._events = events or Events()

    async def begin(self, visit: Visit) -> DeviceCodes:
        """Return the codes of a program that wants to be signed in.

        Raises:
            BusyError: too many wait already.
        """
        waiting = await self._pending()
        near = sum(isinstance(one.entity, Session) and one.entity.address == visit.address for one in waiting)
        if len(waiting) >= _AT_A_TIME or near >= _AT_ONE_ADDRESS:
            raise BusyError("too many programs wait to be approved", retry_after_s=HOLDS.total_seconds() / 10)
        secret, code = secrets.token_urlsafe(32), "".join(secrets.choice(_LETTERS) for _ in range(8))
        session = Session(
            id=secrets.token_hex(10),
            use="device",
            digest=digest_of(secret),
            code=code,
            ends_at=self._now() + HOLDS,
            address=visit.address[:64],
            agent="".join(one for one in visit.agent[:200] if one.isprintable()),
        )
        await self._surface.edit(SYSTEM, [Edit(actor="device", entity=session, status=Status.PENDING)])
        return DeviceCodes(
            device_code=f"{session.id}.{secret}",
            user_code=f"{code[:4]}-{code[4:]}",
            expires_in_s=int(HOLDS.total_seconds()),
            interval_s=INTERVAL_S,
        )

    async def look(self, user_code: str, identity: Identity, visit: Visit) -> LiveSession:
        """Return where the program with *user_code* asks from, so that a person can tell whether it is theirs.

        Raises:
            NotFoundError: none waits with that code.
            SlowDownError: too many codes were guessed.
        """
        return live_session(await self._waiting(user_code, identity, visit))

    async def approve(self, user_code: str, identity: Identity, visit: Visit) -> LiveSession:
        """Let the program with *user_code* act for *identity*; return where it asks from.

        Raises:
            NotFoundError: none waits with that code.
            SlowDownError: too many codes were guessed.
        """
        record = await self._waiting(user_code, identity, visit)
        fields = {
            "subject": identity.subject,
            "label": identity.name[:200],
            "home": identity.home,
            "method": identity.method,
            "roles": list(identity.roles),
            "factors": identity.factors,
            "began_at": identity.proven_at or self._now(),
            "generation": identity.generation,
            "code": "",
        }
        await self._write(record, identity.name, fields)
        await self._events.done("device:approve", visit, identity.subject, object_=record.key)
        return live_session(record)

    async def refuse(self, user_code: str, identity: Identity, visit: Visit) -> None:
        """Send the program with *user_code* away.

        Raises:
            NotFoundError: none waits with that code.
        """
        record = await self._waiting(user_code, identity, visit)
        await self._write(record, identity.name, {"revoked": True}, Status.GONE)
        await self._events.done("device:refuse", visit, identity.subject, object_=record.key)

    async def collect(self, device_code: str, visit: Visit) -> tuple[LiveSession, str]:
        """Return the session of an approved program, and its token; a second time there is none.

        Raises:
            PendingError: nobody has approved it yet.
            UnprovenError: it was refused, it waited for too long, or there is no such code.
        """
        id_, _, secret = device_code.partition(".")
        record = await self._find(id_)
        session = record.entity if record is not None else None
        if record is None or not isinstance(session, Session) or not session.digest:
            raise UnprovenError("unknown", "the code is not known")
        kept = self._reveal(SYSTEM, session.digest)
        if session.use != "device" or not hmac.compare_digest(kept.encode(), digest_of(secret).encode()):
            raise UnprovenError("wrong-secret", "the code is not known")
        if session.revoked or session.ends_at is None or session.ends_at <= self._now():
            raise UnprovenError("revoked" if session.revoked else "expired", "the code holds no more")
        if not session.subject:
            raise PendingError
        try:
            await self._write(record, session.label, {"revoked": True}, Status.GONE)
        except ConflictError:
            raise UnprovenError("replayed", "the code was used") from None
        identity = Identity(
            subject=session.subject,
            name=session.label,
            home=Organisation(session.home),
            method="oidc" if session.method == "oidc" else "password",
            roles=session.roles,
            factors=session.factors,
            proven_at=session.began_at,
            generation=session.generation,
        )
        return await self._sessions.begin(identity, use="cli", address=visit.address, agent=visit.agent)

    async def _waiting(self, user_code: str, identity: Identity, visit: Visit) -> Record:
        self._throttle.check((f"device {identity.subject}", _FREE_GUESSES))
        code = "".join(one for one in user_code.upper()[:40] if one in _LETTERS)
        for record in await self._pending(code or "-"):
            return record
        self._throttle.failed(f"device {identity.subject}")
        self._events.refused("device:approve", visit, UnprovenError("unknown"))
        raise NotFoundError("no program waits with that code; it may have waited for too long")

    async def _pending(self, code: str = "") -> list[Record]:
        terms = [Compare("use", "=", ("device",)), Compare("status", "=", (Status.PENDING.value,))]
        if code:
            terms.append(Compare("code", "=", (code,)))
        page = await self._surface.store.find(
            SYSTEM, Query(kinds=("session",), where=All(tuple(terms)), sort="-updated", limit=_AT_A_TIME)
        )
        now = self._now()
        return [one for one in page.items if isinstance(one.entity, Session) and _holds(one.entity, now)]

    async def _find(self, id_: str) -> Record | None:
        try:
            key = Session(id=id_).key
        except ValueError:
            return None
        return (await self._surface.store.get(SYSTEM, [key])).get(key)

    async def _write(
        self, record: Record, actor: str, fields: dict[str, object], status: Status | None = None
    ) -> None:
        edit = Edit(actor=actor, key=record.key, fields=fields, status=status, if_revision=record.revision)
        await self._surface.edit(SYSTEM, [edit])


def _holds(session: Session, now: datetime) -> bool:
    return not session.revoked and session.ends_at is not None and session.ends_at > now
