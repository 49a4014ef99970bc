"""Does the log of an organisation still say what was written? Reads all of it, and names the first that does not."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from chariot.errors import InvalidError
from chariot.model.keys import Organisation
from chariot.modules.audit.chain import GENESIS, followed
from chariot.modules.audit.ports import Checker, LogReader
from chariot.modules.audit.seals import Checkpoint, Head, Sealed, Signed, opened
from chariot.modules.surface.states import instant

_PAGE: Final = 5_000
_BEFORE_ALL: Final = -(2**62)
_ROUNDS: Final = 1_000
"""How often a log may grow while it is verified; each round follows it to where its end was."""


class Fault(msgspec.Struct, frozen=True):
    """One thing that is not as it was written."""

    sequence: int
    """The number of the first entry that it is about; 0 where it is about the log as a whole."""
    reason: str


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """What was found of the log of one organisation."""

    organisation: Organisation
    holds: bool
    entries: int
    """How many entries hold."""
    first: int = 0
    """The number of the first entry that retention has left."""
    last: int = 0
    checkpoints: int = 0
    last_checkpoint_at: datetime | None = None
    faults: tuple[Fault, ...] = ()


class Verifier:
    """Verifies logs; nothing is written."""

    def __init__(self, log: LogReader, signer: Checker) -> None:
        self._log = log
        self._signer = signer

    async def verify(self, organisation: Organisation, against: Sequence[Signed] = ()) -> Verification:
        """Return what is found; *against* are checkpoints that were kept elsewhere."""
        found = await self._once(organisation, against)
        if not found.holds:
            # Retention may have taken entries away while they were read.
            again = await self._log.head(organisation)
            if again is not None and self._head(organisation, again)[0].start >= found.first > 0:
                found = await self._once(organisation, against)
        return found

    async def _once(self, organisation: Organisation, against: Sequence[Signed]) -> Verification:
        signed = await self._log.head(organisation)
        if signed is None:
            return await self._headless(organisation, against)
        head, faults = self._head(organisation, signed)
        marks, marked = await self._checkpoints(organisation, head)
        faults += marked
        faults += [
            Fault(max(number, 0), "a checkpoint or the head is kept at another number than was signed")
            for number in await self._log.misplaced(organisation)
        ]
        walk = _Walk(self._log, organisation, head, marks)
        faults += await walk.whole()
        faults += await self._moved(organisation, walk, faults)
        for one in against:
            faults += self._kept_elsewhere(organisation, one, marks, walk.last)
        last = max(marks.values(), key=lambda mark: mark.sequence, default=None)
        return Verification(
            organisation=organisation,
            holds=not faults,
            entries=walk.last - head.start,
            first=head.start + 1,
            last=walk.last,
            checkpoints=len(marks),
            last_checkpoint_at=instant(last.at_us) if last is not None else None,
            faults=tuple(sorted(faults, key=lambda fault: fault.sequence)),
        )

    async def _moved(self, organisation: Organisation, walk: "_Walk", faults: list[Fault]) -> list[Fault]:
        """Follow what was written since the head was read; return what stands behind the end of the log."""
        for _ in range(_ROUNDS):
            if faults or not await self._log.rows(organisation, after=walk.last, limit=1):
                return []
            signed = await self._log.head(organisation)
            if signed is None:
                return [Fault(0, "its head is gone")]
            head, wrong = self._head(organisation, signed)
            if wrong or head.sequence <= walk.last:
                return wrong or [Fault(walk.last + 1, "stands behind the end of the log")]
            walk.head = head
            faults = await walk.on()
        return faults

    async def _headless(self, organisation: Organisation, against: Sequence[Signed]) -> Verification:
        faults = []
        if await self._log.rows(organisation, after=_BEFORE_ALL, limit=1):
            faults.append(Fault(0, "its head is gone"))
        elif against or await self._log.checkpoints(organisation, after=_BEFORE_ALL, limit=1):
            faults.append(Fault(0, "all of it is gone"))
        return Verification(organisation=organisation, holds=not faults, entries=0, faults=tuple(faults))

    def _opened(
        self, organisation: Organisation, signed: Signed, kind: type[Sealed]
    ) -> tuple[Sealed | None, str]:
        reason = self._signer.check(signed)
        try:
            sealed = opened(signed, kind)
        except InvalidError as error:
            return None, reason or str(error)
        if sealed.organisation != organisation:
            return sealed, reason or "belongs to another organisation"
        return sealed, reason

    def _head(self, organisation: Organisation, signed: Signed) -> tuple[Head, list[Fault]]:
        head, reason = self._opened(organisation, signed, Head)
        faults = [Fault(0, f"its head {reason}")] if reason else []
        return head or Head(organisation=organisation), faults

    async def _checkpoints(
        self, organisation: Organisation, head: Head
    ) -> tuple[dict[int, Checkpoint], list[Fault]]:
        """Return the checkpoints by the entry at which each stands, and what is wrong with them."""
        marks: dict[int, Checkpoint] = {}
        faults: list[Fault] = []
        previous, after = "", _BEFORE_ALL
        while page := await self._log.checkpoints(organisation, after=after, limit=_PAGE):
            for signed in page:
                mark, reason = self._opened(organisation, signed, Checkpoint)
                if mark is None or reason:
                    return marks, [Fault(mark.sequence if mark else max(after, 0), f"a checkpoint {reason}")]
                if mark.sequence > head.checkpoint:
                    # It was set after the head was read, and is looked at next time.
                    return marks, faults
                if mark.previous != previous or mark.sequence <= after:
                    return marks, [Fault(mark.sequence, "a checkpoint before this one is missing")]
                previous, after = signed.digest, mark.sequence
                marks[mark.sequence] = mark
        if previous != head.checkpoint_digest:
            faults.append(Fault(head.checkpoint, "the last checkpoint is missing, or is another"))
        return marks, faults

    def _kept_elsewhere(
        self, organisation: Organisation, signed: Signed, marks: dict[int, Checkpoint], last: int
    ) -> list[Fault]:
        kept, reason = self._opened(organisation, signed, Checkpoint)
        if kept is None or reason:
            return [Fault(0, f"the checkpoint that was kept elsewhere {reason}")]
        if marks.get(kept.sequence) == kept:
            return []
        at = instant(kept.at_us).isoformat(timespec="seconds")
        if kept.sequence > last:
            reason = f"the log ends before the checkpoint of {at}: its end was cut, or an older copy put back"
        else:
            reason = f"the log is not the one of which the checkpoint of {at} was taken: it was written anew"
        return [Fault(kept.sequence, reason)]


class _Walk:
    """Follows the chain from where it begins."""

    def __init__(
        self, log: LogReader, organisation: Organisation, head: Head, marks: dict[int, Checkpoint]
    ) -> None:
        self._log = log
        self._organisation = organisation
        self._marks = marks
        self._stops = sorted(marks)
        self.head = head
        self.last = head.start
        self._previous = bytes.fromhex(head.start_hash)

    async def whole(self) -> list[Fault]:
        """Return the first thing that is wrong, if any."""
        head = self.head
        begun = self._marks.get(head.start)
        if head.start == 0 and self._previous != GENESIS:
            return [Fault(0, "its head names a beginning that is none")]
        if head.start and (begun is None or begun.hash != head.start_hash):
            return [Fault(head.start, "the checkpoint from which the log begins is missing, or is another")]
        before = await self._read(_BEFORE_ALL, 1)
        if isinstance(before, Fault):
            return [before]
        if before and isinstance(before[0][0], int) and before[0][0] <= head.start:
            return [Fault(before[0][0], "stands before the beginning of the log")]
        return await self.on()

    async def on(self) -> list[Fault]:
        """Follow the chain to where the head says that it ends."""
        head = self.head
        while self.last < head.sequence:
            stop = next((one for one in self._stops if one > self.last), head.sequence)
            rows = await self._read(self.last, min(_PAGE, stop - self.last, head.sequence - self.last))
            if isinstance(rows, Fault):
                return [rows]
            if not rows:
                return [
                    Fault(self.last + 1, f"is missing, and all behind it: {head.sequence:,} were written")
                ]
            self.last, self._previous, broken = await asyncio.to_thread(
                followed, self._organisation, rows, last=self.last, previous=self._previous
            )
            if broken is not None:
                return [Fault(broken.sequence, broken.reason)]
            mark = self._marks.get(self.last)
            if mark is not None and mark.hash != self._previous.hex():
                return [Fault(self.last, "is not the entry of which the checkpoint was taken")]
        if self.last == head.sequence and self._previous.hex() != head.hash:
            return [Fault(self.last, "is not the entry that the head of the log names")]
        return []

    async def _read(self, after: int, limit: int) -> Sequence[Sequence[object]] | Fault:
        try:
            return await self._log.rows(self._organisation, after=after, limit=limit)
        except InvalidError as error:
            return Fault(self.last + 1, f"cannot be read, or one soon after: {error}")
