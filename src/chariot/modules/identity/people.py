"""The people of this installation, as their service reads and writes them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from chariot.errors import BusyError, ConflictError, InvalidError, NotFoundError
from chariot.model.keys import SYSTEM, Key, Organisation
from chariot.model.kinds.identity import User
from chariot.model.observations import Edit
from chariot.model.records import Record
from chariot.model.states import Status
from chariot.modules.audit.pseudonyms import NOBODY
from chariot.modules.surface.query import Compare, Page, Query
from chariot.modules.surface.service import SurfaceService

Reveal = Callable[[Organisation, str], str]
_ATTEMPTS = 10
"""How often an account may change while it is written."""
SUBJECT = "user:"
"""Begins the subject of everybody who has an account here."""


class Person:
    """One account, with the revision that it was read at."""

    def __init__(self, user: User, revision: int, reveal: Reveal) -> None:
        self.user = user
        self.revision = revision
        self._reveal = reveal

    @property
    def subject(self) -> str:
        """The subject of their identity."""
        return SUBJECT + self.user.id

    @property
    def label(self) -> str:
        """As people know them."""
        return self.user.label or self.user.id

    @property
    def has_factor(self) -> bool:
        """True when a password alone does not sign them in."""
        return bool(self.user.totp or self.user.passkeys)

    def secret(self, name: str) -> str:
        """Return one of the secret fields, opened."""
        return self._reveal(SYSTEM, getattr(self.user, name))


class People:
    """Reads and writes accounts."""

    def __init__(
        self,
        surface: SurfaceService,
        *,
        reveal: Reveal = lambda _, text: text,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """*reveal* opens what the surface sealed."""
        self._surface = surface
        self._reveal = reveal
        self.now = now

    async def find(self, name: str) -> Person | None:
        """Return the account *name*; None when there is none, or no more."""
        try:
            record = await self._record(User(id=name).key)
        except ValueError:
            return None
        if record is None or record.status is Status.GONE:
            return None
        assert isinstance(record.entity, User)
        return Person(record.entity, record.revision, self._reveal)

    async def _record(self, key: Key) -> Record | None:
        return (await self._surface.store.get(SYSTEM, [key])).get(key)

    async def get(self, name: str, home: Organisation | None = None) -> Person:
        """Return the account *name*, of the organisation *home* when that is said.

        Raises:
            NotFoundError: there is none, or it belongs to another organisation.
        """
        person = await self.find(name)
        if person is None or (home is not None and person.user.home != home):
            raise NotFoundError(f"no user is called {name[:80]!r}")
        return person

    async def page(self, home: Organisation | None, *, limit: int = 100, cursor: str = "") -> Page[Person]:
        """Return accounts by name, of one organisation or of all."""
        where = Compare("home", "=", (home,)) if home is not None else None
        page = await self._surface.store.find(
            SYSTEM, Query(kinds=("user",), where=where, limit=limit, cursor=cursor)
        )
        found = [
            Person(one.entity, one.revision, self._reveal)
            for one in page.items
            if isinstance(one.entity, User)
        ]
        return Page(tuple(found), page.cursor)

    async def create(self, user: User, *, actor: str) -> Person:
        """Write a new account.

        Raises:
            ConflictError: there is one of that name.
            InvalidError: the name stands for the program itself in history and in the audit log.
        """
        if user.id in NOBODY:
            raise InvalidError(f"{user.id!r} stands for the program itself; choose another name", place="id")
        before = await self._record(user.key)
        if before is not None and before.status is not Status.GONE:
            raise ConflictError(f"there is a user {user.id!r} already")
        plain = {spec.name: getattr(user, spec.name) for spec in user.specs if not spec.mark.identity}
        # One of that name may have been removed before: nothing of it comes back, nor does a session of it.
        if before is not None and isinstance(before.entity, User):
            plain["generation"] = before.entity.generation + 1
        edit = Edit(
            actor=actor,
            entity=User(id=user.id),
            fields=plain,
            status=Status.ACTIVE,
            if_revision=before.revision if before is not None else 0,
        )
        try:
            await self._surface.edit(SYSTEM, [edit])
        except ConflictError:
            raise ConflictError(f"there is a user {user.id!r} already") from None
        return await self.get(user.id)

    async def change(
        self,
        person: Person,
        fields: Mapping[str, Any],
        *,
        actor: str,
        why: str = "",
        status: Status | None = None,
        exactly: bool = False,
    ) -> None:
        """Write *fields*; *exactly* refuses when the account changed since it was read.

        Raises:
            ConflictError: it changed.
            InvalidError: a value is wrong.
        """
        await self._surface.edit(
            SYSTEM,
            [
                Edit(
                    actor=actor,
                    why=why,
                    key=person.user.key,
                    fields=dict(fields),
                    status=status,
                    if_revision=person.revision if exactly else None,
                )
            ],
        )

    async def next_generation(self, name: str, kept: Sequence[Key], *, actor: str) -> None:
        """Let no session of the account *name* that began before hold on, but those with the keys *kept*.

        Raises:
            BusyError: the account changes faster than this can be written.
        """
        for _ in range(_ATTEMPTS):
            person = await self.find(name)
            if person is None:
                return
            fields = {"generation": person.user.generation + 1}
            account = Edit(actor=actor, key=person.user.key, fields=fields, if_revision=person.revision)
            try:
                await self._surface.edit(
                    SYSTEM, [account, *(Edit(actor=actor, key=key, fields=fields) for key in kept)]
                )
            except ConflictError:
                continue
            return
        raise BusyError(f"the account {name[:80]!r} changes all the time; try again", retry_after_s=1.0)


def checked(**fields: Any) -> User:
    """Return an account with *fields*.

    Raises:
        InvalidError: one of them is wrong.
    """
    try:
        return User(**fields)
    except ValueError as error:
        place, _, text = str(error).partition(": ")
        raise InvalidError(text, place=place) from None
