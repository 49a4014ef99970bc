"""Sessions: begun by whoever proved who they are, used by a token, listed, and ended. Only digests are kept."""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from chariot.errors import NotFoundError
from chariot.model.keys import SYSTEM, Organisation
from chariot.model.kinds.identity import Session
from chariot.model.observations import Edit, Observations
from chariot.model.records import Record
from chariot.model.states import Status
from chariot.modules.identity.identity import Identity, Method
from chariot.modules.identity.limits import SessionLimits
from chariot.modules.identity.people import SUBJECT, People
from chariot.modules.identity.ports import LiveSession
from chariot.modules.identity.proof import UnprovenError
from chariot.modules.surface.query import All, Compare, Query
from chariot.modules.surface.service import SurfaceService

PREFIX: Final = "chariot_session."
"""Begins every token of a session, so that scanners for leaked secrets recognise one."""
USED_EVERY: Final = timedelta(minutes=1)
"""How exact the moment of last use is."""
_LONGEST: Final = 300
_AT_A_TIME: Final = 100
"""The most sessions of one person; the oldest ends when one more begins."""
_METHODS: Final[dict[str, Method]] = {"password": "password", "oidc": "oidc"}
LIVE: Final = ("browser", "cli")


class Sessions:
    """All sessions of this installation."""

    def __init__(
        self,
        surface: SurfaceService,
        people: People,
        *,
        reveal: Callable[[Organisation, str], str] = lambda _, text: text,
        limits: SessionLimits | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """*reveal* opens what the surface sealed."""
        self._surface = surface
        self._people = people
        self._reveal = reveal
        self._limits = limits or SessionLimits()
        self._now = now

    async def begin(
        self, identity: Identity, *, use: str = "browser", address: str = "", agent: str = "", id_: str = ""
    ) -> tuple[LiveSession, str]:
        """Begin a session of *identity*; return it, and its token, which nobody is told a second time."""
        now, secret = self._now(), secrets.token_urlsafe(32)
        session = Session(
            id=id_ or secrets.token_hex(10),
            use=use,
            subject=identity.subject,
            label=identity.name[:200],
            home=identity.home,
            method=identity.method,
            roles=identity.roles,
            factors=identity.factors,
            digest=digest_of(secret),
            began_at=identity.proven_at or now,
            ends_at=now + self._limits.whole(use),
            address=address[:64],
            agent="".join(one for one in agent[:200] if one.isprintable()),
            generation=identity.generation,
        )
        await self._make_room(identity.subject)
        await self._surface.edit(SYSTEM, [Edit(actor=identity.name, entity=session, status=Status.ACTIVE)])
        return live_session(await self._record(session.id)), f"{PREFIX}{session.id}.{secret}"

    async def prove(self, token: str) -> Identity:
        """Return whose session *token* is.

        Raises:
            UnprovenError: it is none, or one that ended.
        """
        session_id, _, secret = token.removeprefix(PREFIX).partition(".")
        if not token.startswith(PREFIX) or len(token) > _LONGEST or not secret:
            raise UnprovenError("malformed")
        record = await self._find(session_id)
        if record is None:
            raise UnprovenError("unknown")
        session, now = record.entity, self._now()
        assert isinstance(session, Session)
        if not session.digest or not hmac.compare_digest(
            self._reveal(SYSTEM, session.digest).encode(), digest_of(secret).encode()
        ):
            raise UnprovenError("wrong-secret")
        self._check(record, session, now)
        identity = await self._identity(session)
        if now - record.visited >= USED_EVERY:
            seen = Observations(capability="api", seen_at=now, entities=(Session(id=session.id),))
            await self._surface.observe(SYSTEM, seen)
        return identity

    def _check(self, record: Record, session: Session, now: datetime) -> None:
        if session.revoked or record.status is Status.GONE:
            raise UnprovenError("revoked")
        if session.use not in LIVE or record.status is not Status.ACTIVE:
            raise UnprovenError("pending")
        if session.ends_at is None or session.ends_at <= now:
            raise UnprovenError("expired")
        if now - record.visited > self._limits.idle(session.use):
            raise UnprovenError("idle")

    async def _identity(self, session: Session) -> Identity:
        home, roles, name = Organisation(session.home), session.roles, session.label
        if session.subject.startswith(SUBJECT):
            # What was changed at the account since holds at once.
            person = await self._people.find(session.subject.removeprefix(SUBJECT))
            if person is None or person.user.suspended:
                raise UnprovenError("suspended")
            # It began when all were ended, of what was proven before: nobody who ended them could know of it.
            if session.generation < person.user.generation:
                raise UnprovenError("revoked")
            home, roles, name = Organisation(person.user.home), person.user.roles, person.user.id
        return Identity(
            subject=session.subject,
            name=name,
            home=home,
            method=_METHODS.get(session.method, "password"),
            roles=roles,
            factors=session.factors,
            session=session.id,
            proven_at=session.began_at,
            generation=session.generation,
        )

    async def lasting(self, *, subject: str = "", home: Organisation | None = None) -> list[LiveSession]:
        """Return the sessions that last, the newest first: those of *subject*, or all of the organisation *home*."""
        generations: dict[str, int] = {}
        found = []
        for record in await self._live(subject=subject, home=home):
            session = record.entity
            assert isinstance(session, Session)
            if session.subject not in generations:
                generations[session.subject] = await self._generation(session.subject)
            if session.generation >= generations[session.subject]:
                found.append(live_session(record))
        return found

    async def end(
        self, session_id: str, *, actor: str, subject: str = "", home: Organisation | None = None
    ) -> None:
        """End one session, where it is of *subject* or of the organisation *home*.

        Raises:
            NotFoundError: there is none.
        """
        record = await self._find(session_id)
        session = record.entity if record is not None else None
        is_theirs = isinstance(session, Session) and (
            (subject != "" and session.subject == subject) or (home is not None and session.home == home)
        )
        if record is None or not is_theirs or record.status is Status.GONE:
            raise NotFoundError(f"there is no session {session_id[:40]!r}")
        await self._end([record], actor)

    async def end_all(self, subject: str, *, actor: str, but: str = "") -> int:
        """End all sessions of *subject*, but the one named *but*; return how many that were.

        What was proven before and has no session yet gets none that is good for anything.
        """
        if subject.startswith(SUBJECT):
            kept = [Session(id=but).key] if but else []
            await self._people.next_generation(subject.removeprefix(SUBJECT), kept, actor=actor)
        ended = [one for one in await self._live(subject=subject) if one.name != but]
        await self._end([*ended, *await self._approved(subject)], actor)
        return len(ended)

    async def refuse_token(self, token: str, subject: str, ends_at: datetime, *, actor: str) -> None:
        """Take back one token of an issuer: it is refused from now on, until it would have ended."""
        taken = Session(
            id=token_id(token),
            use="token",
            subject=subject,
            revoked=True,
            ends_at=ends_at,
            began_at=self._now(),
        )
        await self._surface.edit(SYSTEM, [Edit(actor=actor, entity=taken, status=Status.EXCLUDED)])

    async def refuse_all_tokens(self, subject: str, *, actor: str) -> None:
        """Take back all tokens that an issuer gave *subject* so far."""
        cut = Session(id=token_id(subject), use="subject", subject=subject, revoked=True)
        fields = {"began_at": self._now()}
        await self._surface.edit(
            SYSTEM, [Edit(actor=actor, entity=cut, fields=fields, status=Status.EXCLUDED)]
        )

    async def check_token(self, token: str, subject: str, issued_at: datetime | None) -> None:
        """Let a token of an issuer pass, unless it was taken back here.

        Raises:
            UnprovenError: it was.
        """
        one, cut = Session(id=token_id(token)).key, Session(id=token_id(subject)).key
        found = await self._surface.store.get(SYSTEM, [one, cut])
        if one in found:
            raise UnprovenError("revoked")
        entity = found[cut].entity if cut in found else None
        since = entity.began_at if isinstance(entity, Session) else None
        if since is not None and (issued_at is None or issued_at <= since):
            raise UnprovenError("revoked")

    async def _make_room(self, subject: str) -> None:
        """End what has ended by itself, and the oldest of too many."""
        now, found = self._now(), await self._found(subject=subject)
        lasting = [one for one in found if self._lasts(one, now)]
        ended = [one for one in found if not self._lasts(one, now)]
        await self._end([*ended, *lasting[_AT_A_TIME - 1 :]], subject)

    async def _end(self, records: list[Record], actor: str) -> None:
        edits = [
            Edit(actor=actor, key=one.key, fields={"revoked": True}, status=Status.GONE) for one in records
        ]
        if edits:
            await self._surface.edit(SYSTEM, edits)

    async def _live(self, *, subject: str = "", home: Organisation | None = None) -> list[Record]:
        now = self._now()
        return [one for one in await self._found(subject=subject, home=home) if self._lasts(one, now)]

    async def _generation(self, subject: str) -> int:
        """Return how often all sessions of *subject* were ended."""
        name = subject.removeprefix(SUBJECT) if subject.startswith(SUBJECT) else ""
        person = await self._people.find(name) if name else None
        return person.user.generation if person is not None else 0

    async def _approved(self, subject: str) -> Sequence[Record]:
        """Return the programs that *subject* let act for them and that have not asked for their session yet."""
        terms = (Compare("use", "=", ("device",)), Compare("subject", "=", (subject,)))
        page = await self._surface.store.find(
            SYSTEM, Query(kinds=("session",), where=All(terms), limit=1_000)
        )
        return page.items

    async def _found(self, *, subject: str = "", home: Organisation | None = None) -> Sequence[Record]:
        terms = [Compare("use", "=", LIVE)]
        if subject:
            terms.append(Compare("subject", "=", (subject,)))
        if home is not None:
            terms.append(Compare("home", "=", (home,)))
        page = await self._surface.store.find(
            SYSTEM, Query(kinds=("session",), where=All(tuple(terms)), sort="-updated", limit=1_000)
        )
        return page.items

    def _lasts(self, record: Record, now: datetime) -> bool:
        session = record.entity
        assert isinstance(session, Session)
        try:
            self._check(record, session, now)
        except UnprovenError:
            return False
        return True

    async def _find(self, session_id: str) -> Record | None:
        try:
            key = Session(id=session_id).key
        except ValueError:
            return None
        return (await self._surface.store.get(SYSTEM, [key])).get(key)

    async def _record(self, session_id: str) -> Record:
        record = await self._find(session_id)
        assert record is not None  # It was written a moment ago, and nothing is ever deleted.
        return record


def live_session(record: Record) -> LiveSession:
    """Return what a session's owner and administrators see of its record."""
    session = record.entity
    assert isinstance(session, Session)
    return LiveSession(
        id=session.id,
        use=session.use,
        subject=session.subject,
        name=session.label,
        home=session.home,
        method=session.method,
        factors=session.factors,
        began_at=session.began_at,
        used_at=record.visited,
        ends_at=session.ends_at,
        address=session.address,
        agent=session.agent,
    )


def digest_of(secret: str) -> str:
    """Return what is kept of the secret part of a token, which is random and long."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def token_id(text: str) -> str:
    """Return the id under which it is kept that a token, or a subject, was refused."""
    return f"t{digest_of(text)[:40]}"
