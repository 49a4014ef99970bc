"""The rights of people over what is kept about them, and the end of what has been kept long enough."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol

import msgspec

from chariot.errors import ConflictError, InvalidError
from chariot.model.fields import Class
from chariot.model.keys import SHARED, SYSTEM, Key, Organisation
from chariot.model.kinds.scope import Contract
from chariot.model.registry import KINDS, entity_decoder, spec_of
from chariot.modules.audit.entries import Entry
from chariot.modules.audit.ports import Auditor
from chariot.modules.privacy.lines import Reader
from chariot.modules.privacy.subject import PREFIXES, Subject
from chariot.modules.secrets.vault import Vault
from chariot.modules.surface.mending import Line, Mend, Mender
from chariot.modules.surface.merge import entity_doc
from chariot.modules.surface.ports import EntityStore
from chariot.modules.surface.query import PAGE_LIMIT, Query
from chariot.modules.surface.states import micros

_AT_ONCE: Final = 1_000
_LONGEST_WHY: Final = 1_000


class Statement(msgspec.Struct, frozen=True):
    """One version of an entity in which a person stands."""

    organisation: Organisation
    key: Key
    kind: str
    places: Sequence[str]
    """Fields that are about them."""
    said_at: datetime
    said_by: str
    facts: Mapping[str, Any]
    """What it said of them: the fields of `places`."""


class Action(msgspec.Struct, frozen=True):
    """Something that a person did."""

    organisation: Organisation
    at: datetime
    did: str
    key: Key
    fields: Sequence[str]
    why: str


class SubjectData(msgspec.Struct, frozen=True):
    """All that is kept about a person."""

    names: Sequence[str]
    made_at: datetime
    statements: Sequence[Statement]
    actions: Sequence[Action]
    seen_as_origin: Sequence[Key]
    """Entities that they are named as a source of."""
    audit_entries: int
    """Entries of the audit log that name them; `chariot audit list` shows them."""


class Erasure(msgspec.Struct, frozen=True):
    """What an erasure did."""

    pseudonym: str
    """Stands where the person stood."""
    rows: int
    origins: int
    organisations: Sequence[Organisation]
    audit_entries: int
    """Entries of the audit log that still name them: those from before it wrote pseudonyms; see docs/privacy.md."""


class Trail(Protocol):
    """The audit log, as far as it is about people."""

    async def count(self, organisation: Organisation, actor: str) -> int:
        """Return how many entries of *organisation* name *actor*."""
        ...

    async def forget(self, organisation: Organisation, is_meant: Callable[[str], bool]) -> int:
        """Forget whom pseudonyms stand for, where *is_meant* tells that of a name; return how many those were."""
        ...


class PrivacyService:
    """Finds, exports and erases what is kept about a person, in some organisations or in all."""

    def __init__(
        self,
        store: EntityStore,
        mender: Mender,
        vault: Vault,
        auditor: Auditor,
        trail: Trail,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._mender = mender
        self._vault = vault
        self._auditor = auditor
        self._trail = trail
        self._now = now

    async def export(
        self, names: Sequence[str], *, organisation: Organisation | None = None, actor: str
    ) -> SubjectData:
        """Return all that is kept about the person of *names*, in one organisation or in all.

        Raises:
            InvalidError: a name cannot mean one person.
        """
        subject = Subject(names)
        statements: list[Statement] = []
        actions: list[Action] = []
        origins: list[Key] = []
        entries = 0
        for one in await self._places(organisation):
            statements += await self._statements(one, subject)
            found = await self._actions(one, subject)
            actions += found
            origins += await self._origins(one, subject, {action.key for action in found})
            entries += await self._entries(one, subject)
            await self._note(one, actor, "privacy:export", {"rows": str(len(statements) + len(actions))})
        return SubjectData(subject.names, self._now(), statements, actions, sorted(set(origins)), entries)

    async def erase(
        self, names: Sequence[str], *, organisation: Organisation | None = None, actor: str, why: str
    ) -> Erasure:
        """Put a pseudonym in the place of the person of *names*, in the present and in all history.

        It can be repeated, and goes on where it was broken off: what is erased is not found again.

        Raises:
            InvalidError: a name cannot mean one person, or *why* is empty or names them.
            ConflictError: a contract in force is by their word.
        """
        subject = Subject(names)
        if not why.strip() or len(why) > _LONGEST_WHY:
            raise InvalidError(f"say why, in at most {_LONGEST_WHY:,} characters", place="why")
        if subject.is_mentioned(why):
            raise InvalidError("the reason is kept for good: it may not name the person", place="why")
        pseudonym = f"erased-{secrets.token_hex(4)}"
        rows = origins = entries = 0
        touched: list[Organisation] = []
        places = await self._places(organisation)
        for one in places:
            await self._refuse_authors(one, subject)
        for one in places:
            here = await self._erase_in(one, subject, pseudonym, why)
            moved = await self._rename_origins(one, subject, pseudonym, why)
            forgotten = await self._trail.forget(one, subject.is_meant)
            entries += await self._entries(one, subject)
            rows, origins = rows + here, origins + moved
            if here or moved or forgotten:
                touched.append(one)
                # The entry tells that somebody was erased and never who, also when they did it themselves.
                by = pseudonym if subject.is_meant(actor) else actor
                await self._note(one, by, "privacy:erase", {"rows": str(here), "why": why}, pseudonym)
        await self._mender.settle()
        return Erasure(pseudonym, rows, origins, touched, entries)

    async def _refuse_authors(self, organisation: Organisation, subject: Subject) -> None:
        """Refuse who authorised a contract in force: without their name its signature would not hold."""
        query = Query(kinds=(Contract.kind,), limit=PAGE_LIMIT)
        for record in (await self._store.find(organisation, query)).items:
            contract = record.entity
            assert isinstance(contract, Contract)
            ends_at = contract.valid_until
            if subject.is_mentioned(contract.authorised_by) and (ends_at is None or ends_at > self._now()):
                raise ConflictError(
                    f"the contract {contract.id} of {organisation} is in force by the word of this person:"
                    " sign one by somebody else and withdraw it first"
                )

    async def retain(self, organisation: Organisation, days: Mapping[Class, int]) -> int:
        """Forget what has been over for longer than its class is kept; return how many rows that were.

        What holds now is never touched, nor who and what a row is about.
        """
        wanted = {of: span for of, span in days.items() if span > 0}
        fields = {
            kind: {
                name: wanted[spec.mark.classified]
                for name, spec in spec_of(kind).items()
                if spec.mark.classified in wanted and not spec.mark.identity
            }
            for kind in KINDS
        }
        kinds = tuple(sorted(kind for kind, names in fields.items() if names))
        if not kinds:
            return 0
        now = self._now()
        ends = {span: micros(now - timedelta(days=span)) for span in wanted.values()}
        return await self._walk(
            organisation,
            lambda line: _forgotten(line, {name: ends[span] for name, span in fields[line.kind].items()}),
            why="kept long enough",
            kinds=kinds,
        )

    async def _places(self, organisation: Organisation | None) -> Sequence[Organisation]:
        if organisation is not None:
            return [organisation]
        # People of the installation stand in one of its own, whether it ever wrote or not.
        return sorted({*await self._store.organisations(), SYSTEM} - {SHARED})

    async def _walk(
        self, organisation: Organisation, mend: Mend, *, why: str, kinds: Sequence[str] | None = None
    ) -> int:
        after, changed, finished = 0, 0, False
        while not finished:
            step = await self._mender.mend(organisation, mend, why=why, kinds=kinds, after=after)
            after, changed, finished = step.last, changed + step.changed, step.finished
        return changed

    async def _statements(self, organisation: Organisation, subject: Subject) -> list[Statement]:
        await self._vault.prepare_all(organisation)
        reader = Reader(organisation, subject, self._vault)
        found: dict[Key, None] = {}

        def look(line: Line) -> Line:
            if line.kind and set(reader.places(line)) - {"actor", "why"}:
                found[line.key] = None
            return line

        await self._walk(organisation, look, why="")
        return [one for key in found for one in await self._versions(organisation, key, reader)]

    async def _versions(self, organisation: Organisation, key: Key, reader: Reader) -> list[Statement]:
        statements: list[Statement] = []
        cursor = ""
        while True:
            page = await self._store.versions(organisation, key, cursor=cursor)
            for version in page.items:
                doc = entity_doc(version.entity)
                line = Line(version.change.sequence, key, version.change.kind, "", "", doc)
                places = reader.places(line)
                facts = {name: getattr(version.entity, name) for name in places}
                change = version.change
                if facts:
                    statements.append(
                        Statement(
                            organisation, key, change.kind, places, version.valid_from, change.actor, facts
                        )
                    )
            cursor = page.cursor
            if not cursor:
                return statements

    async def _actions(self, organisation: Organisation, subject: Subject) -> list[Action]:
        actions: list[Action] = []
        after = 0
        while changes := await self._store.changes(after, _AT_ONCE, organisation=organisation):
            after = changes[-1].sequence
            actions += [
                Action(organisation, one.at, one.op.value, one.key, one.fields, one.why)
                for one in changes
                if subject.is_meant(one.actor) or subject.is_mentioned(one.why)
            ]
        return actions

    async def _origins(self, organisation: Organisation, subject: Subject, keys: set[Key]) -> list[Key]:
        wanted = sorted(keys)
        found: list[Key] = []
        for first in range(0, len(wanted), _AT_ONCE):
            records = await self._store.get(organisation, wanted[first : first + _AT_ONCE])
            found += [key for key, record in records.items() if any(map(subject.is_meant, record.origins))]
        return found

    async def _erase_in(self, organisation: Organisation, subject: Subject, pseudonym: str, why: str) -> int:
        await self._vault.ready(organisation)
        reader = Reader(organisation, subject, self._vault)
        return await self._walk(organisation, lambda line: reader.erased(line, pseudonym), why=why)

    async def _rename_origins(
        self, organisation: Organisation, subject: Subject, pseudonym: str, why: str
    ) -> int:
        total = 0
        for name in subject.names:
            for written in dict.fromkeys((name, name.casefold())):
                for prefix in ("", "user:", "cli:", "token:"):
                    total += await self._mender.rename_origin(
                        organisation, f"{prefix}{written}", f"{prefix}{pseudonym}", why=why
                    )
        return total

    async def _entries(self, organisation: Organisation, subject: Subject) -> int:
        total = 0
        for name in subject.names:
            for prefix in PREFIXES:
                total += await self._trail.count(organisation, f"{prefix}{name}")
        return total

    async def _note(
        self,
        organisation: Organisation,
        actor: str,
        action: str,
        details: Mapping[str, str],
        what: str = "",
    ) -> None:
        await self._auditor.record(
            Entry(organisation=organisation, actor=actor, action=action, object=what, details=details)
        )


def _forgotten(line: Line, ends: Mapping[str, int]) -> Line:
    """Return *line* without the fields whose time is over."""
    over = line.over_us
    names = [name for name, end_us in ends.items() if over is not None and over < end_us]
    if not names:
        return line
    entity = entity_decoder.decode(line.said)
    specs = spec_of(line.kind)
    blank = {name: specs[name].default for name in names if getattr(entity, name) != specs[name].default}
    if not blank:
        return line
    return msgspec.structs.replace(line, said=entity_doc(msgspec.structs.replace(entity, **blank)))
