"""What people ask of the audit log: entries, whether it holds, checkpoints to keep elsewhere, exports, retention."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec
import structlog

from chariot.errors import InvalidError, NotFoundError, UnavailableError
from chariot.model.keys import Organisation
from chariot.modules.audit.chain import Row, details_of
from chariot.modules.audit.entries import Entry
from chariot.modules.audit.export import MEDIA_TYPES, Format, exported
from chariot.modules.audit.keeping import Keeper
from chariot.modules.audit.ports import KEPT_DAYS, Anchors, AuditLog, Question, Signer
from chariot.modules.audit.pseudonyms import Pseudonyms
from chariot.modules.audit.seals import Checkpoint, Signed, opened
from chariot.modules.audit.verification import Fault, Verification, Verifier
from chariot.modules.audit.writing import AuditWriter
from chariot.modules.surface.states import instant, micros

_log = structlog.get_logger(__name__)
RETENTION_DAYS: Final = 2_557
"""Seven years: how long entries are kept where an organisation says nothing else."""
_PAGE: Final = 1_000
_EXCHANGED: Final = 20
"""So many names that were exchanged are told."""
PAGE_LIMIT: Final = 1_000

Retention = Callable[[Organisation], Awaitable[int]]
"""Returns for how many days an organisation keeps its entries."""


class AuditRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One entry as it is shown."""

    sequence: int
    at: datetime
    actor: str
    action: str
    object: str
    ending: str
    address: str
    request_id: str
    before: str
    after: str
    details: Mapping[str, str]
    hash: str


def _shown(row: Row) -> AuditRecord:
    """Return *row* as it is shown."""
    return AuditRecord(
        sequence=row.sequence,
        at=instant(row.at_us),
        actor=row.actor,
        action=row.action,
        object=row.object,
        ending=row.ending,
        address=row.address,
        request_id=row.request_id,
        before=row.before,
        after=row.after,
        details=details_of(row),
        hash=row.hash.hex(),
    )


class AuditService:
    """See `Auditor`; and what people ask of the log."""

    def __init__(
        self,
        log: AuditLog,
        signer: Signer,
        anchors: Anchors,
        *,
        pseudonyms: Pseudonyms | None = None,
        retention: Retention | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        limit: int = 10_000,
    ) -> None:
        """At most *limit* entries wait to be written; without *retention* entries are kept for `RETENTION_DAYS`.

        Without *pseudonyms* people stand in the log by their names.
        """
        self.log = log
        self.signer = signer
        self._anchors = anchors
        self._pseudonyms = pseudonyms
        self._retention = retention
        self._now = now
        self._writer = AuditWriter(log, Keeper(signer), anchors, pseudonyms=pseudonyms, now=now, limit=limit)
        self._verifier = Verifier(log, signer)
        self.seen = self._writer.seen
        """Takes a read; False when there is no room. See `AuditWriter.seen`."""

    def note(self, entry: Entry) -> None:
        """See `Auditor.note`."""
        self._writer.note(entry)

    async def record(self, entry: Entry) -> None:
        """See `Auditor.record`."""
        await self._writer.record(entry)

    def announced(self, entry: Entry) -> AbstractAsyncContextManager[None]:
        """Write *entry* no later than what is written in the block, which is one write to the surface and no more.

        It goes in with that write, in one transaction, where the two are in one file; else before it. Where nothing
        was written it goes in at the end.

        Raises:
            BusyError, UnavailableError: it cannot be written; what was asked is then not done.
        """
        return self._writer.announced(entry)

    async def flush(self) -> None:
        """Return when all that was told is written."""
        await self._writer.flush()

    async def close(self) -> None:
        """Write what waits; harmless when repeated."""
        await self._writer.close()

    async def find(self, organisation: Organisation, question: Question) -> tuple[list[AuditRecord], int]:
        """Return entries, the newest first, and the number before which the next page begins; 0 at the end.

        Raises:
            InvalidError: the limit of *question* is not from 1 to `PAGE_LIMIT`.
        """
        if not 1 <= question.limit <= PAGE_LIMIT:
            raise InvalidError(f"is not from 1 to {PAGE_LIMIT:,}", place="limit")
        more = msgspec.structs.replace(question, limit=question.limit + 1)
        rows = await self.log.find(organisation, await self._as_written(organisation, more))
        page = rows[: question.limit]
        following = page[-1].sequence if len(rows) > len(page) else 0
        return await self._shown(organisation, page), following

    async def records(self, organisation: Organisation, *, after: int, limit: int) -> list[AuditRecord]:
        """Return entries in their order, the first behind the number *after*."""
        return await self._shown(organisation, await self.log.rows(organisation, after=after, limit=limit))

    async def forget(self, organisation: Organisation, is_meant: Callable[[str], bool]) -> int:
        """Forget the people whose names *is_meant* tells of: their entries stay, and no longer say whose they are.

        Return for how many pseudonyms nobody stands any more.
        """
        await self.flush()
        return 0 if self._pseudonyms is None else await self._pseudonyms.forget(organisation, is_meant)

    async def _as_written(self, organisation: Organisation, question: Question) -> Question:
        """Return *question* with people as the log writes them."""
        if self._pseudonyms is None:
            return question
        if question.actor:
            actors = await self._pseudonyms.actors(organisation, question.actor)
            question = msgspec.structs.replace(question, actor="", actors=actors)
        if question.object:
            objects = await self._pseudonyms.objects(organisation, question.object)
            question = msgspec.structs.replace(question, object="", objects=objects)
        return question

    async def _shown(self, organisation: Organisation, rows: Sequence[Row]) -> list[AuditRecord]:
        if self._pseudonyms is not None:
            rows = await self._pseudonyms.show(organisation, rows)
        return [_shown(row) for row in rows]

    async def verify(self, organisation: Organisation, against: Sequence[Signed] = ()) -> Verification:
        """Return whether the log holds, also against the checkpoint that is kept apart and those of *against*."""
        await self.flush()
        kept = self._anchors.kept().get(organisation)
        found = await self._verifier.verify(organisation, [*against, *([kept] if kept is not None else [])])
        exchanged = await self._pseudonyms.exchanged(organisation) if self._pseudonyms is not None else []
        if not exchanged:
            return found
        more = [Fault(0, f"another name was put behind {one}") for one in exchanged[:_EXCHANGED]]
        return msgspec.structs.replace(found, holds=False, faults=(*more, *found.faults))

    async def verify_all(
        self, against: Mapping[Organisation, Sequence[Signed]] | None = None
    ) -> list[Verification]:
        """Return the same of every organisation that has a log, or of which a checkpoint is kept."""
        against = against or {}
        known = {*await self.log.organisations(), *self._anchors.kept(), *against}
        return [await self.verify(name, against.get(name, ())) for name in sorted(known)]

    async def checkpoint(self, organisation: Organisation) -> Signed:
        """Set a checkpoint at the end of the log, where none stands, and return the last.

        Raises:
            NotFoundError: nothing was ever written.
        """
        await self.flush()
        await self._writer.checkpoint(organisation)
        last = await self._last_checkpoint(organisation)
        if last is None:
            raise NotFoundError(f"the audit log of {organisation} is empty")
        return last

    async def _last_checkpoint(
        self, organisation: Organisation, *, before_us: int | None = None
    ) -> Signed | None:
        """Return the last checkpoint, or the last that was set before a moment."""
        found: Signed | None = None
        after = -1
        while page := await self.log.checkpoints(organisation, after=after, limit=_PAGE):
            for signed in page:
                mark = opened(signed, Checkpoint)
                if before_us is not None and mark.at_us >= before_us:
                    return found
                found, after = signed, mark.sequence
        return found

    async def export(self, organisation: Organisation, written_as: Format) -> AsyncIterator[bytes]:
        """Return the log with its proof, piece by piece; what waits is written first.

        Raises:
            InvalidError: there is no such format.
        """
        if written_as not in MEDIA_TYPES:
            raise InvalidError(f"is none of {', '.join(MEDIA_TYPES)}", place="format")
        await self.flush()
        show = self._pseudonyms.show if self._pseudonyms is not None else None
        return exported(self.log, organisation, written_as, show)

    async def retain(self, organisation: Organisation) -> bool:
        """Take away what the organisation keeps no longer; tell whether there was any.

        Entries go up to the last checkpoint that is old enough, which stands for them from then on.
        """
        days = RETENTION_DAYS if self._retention is None else await self._retention(organisation)
        days = max(days, KEPT_DAYS)
        before_us = micros(self._now() - timedelta(days=days))
        mark = await self._last_checkpoint(organisation, before_us=before_us)
        if mark is None:
            return False
        last = opened(mark, Checkpoint).sequence
        entry = Entry(
            organisation=organisation,
            actor="schedule",
            action="audit:retain",
            details={"days": str(days), "up_to": str(last), "checkpoint": mark.digest},
        )
        return await self._writer.begin_behind(organisation, mark, entry)

    async def retain_all(self) -> None:
        """Do the same for every organisation; one whose log is away waits for the next time."""
        for organisation in await self.log.organisations():
            try:
                await self.retain(organisation)
            except UnavailableError as error:
                _log.warning("log_not_shortened", organisation=organisation, reason=str(error))
