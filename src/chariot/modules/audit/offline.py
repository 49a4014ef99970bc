"""An exported log read back from its file, so that it can be verified where no database is."""

from array import array
from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime
from typing import BinaryIO, Final

import msgspec

from chariot.errors import InvalidError
from chariot.model.keys import Organisation
from chariot.modules.audit.chain import Row
from chariot.modules.audit.seals import Head, Signed, misplaced, opened
from chariot.modules.surface.states import micros

_LINE_BYTES: Final = 1_000_000
_sorted = msgspec.json.Encoder(order="deterministic").encode


class _Kind(msgspec.Struct):
    type: str
    sequence: int


class _Entry(msgspec.Struct, forbid_unknown_fields=True):
    type: str
    sequence: int
    at: datetime
    actor: str = ""
    action: str = ""
    object: str = ""
    ending: str = ""
    address: str = ""
    request_id: str = ""
    before: str = ""
    after: str = ""
    details: dict[str, str] = {}
    hash: str = ""


class _Seal(msgspec.Struct, forbid_unknown_fields=True):
    type: str
    sequence: int
    body: str
    key: str
    signature: str


class ExportedLog:
    """See `LogReader`: the lines of an export in JSON. Only where they begin is kept in memory."""

    def __init__(self, file: BinaryIO) -> None:
        """Read *file*, which stays open for as long as the log is read.

        Raises:
            InvalidError: it is no export; the text names the line.
        """
        self._file = file
        self._numbers = array("q")
        self._places = array("q")
        self._marks: list[tuple[int, Signed]] = []
        self._head: Signed | None = None
        self._ordered = True
        self._index()
        if self._head is None:
            raise InvalidError("does not end with the head of a log: it is no export, or its end is missing")
        self.organisation: Organisation = opened(self._head, Head).organisation
        """Whose log it is, as its head says."""

    async def head(self, organisation: Organisation) -> Signed | None:
        """See `LogReader.head`."""
        return self._head if organisation == self.organisation else None

    async def rows(self, organisation: Organisation, *, after: int, limit: int) -> Sequence[Row]:
        """See `LogReader.rows`."""
        if not self._ordered:
            raise InvalidError("the entries do not stand in their order")
        begin = (
            bisect_right(self._numbers, after) if organisation == self.organisation else len(self._numbers)
        )
        return [self._row(place) for place in self._places[begin : begin + limit]]

    async def checkpoints(self, organisation: Organisation, *, after: int, limit: int) -> Sequence[Signed]:
        """See `LogReader.checkpoints`."""
        own = self._marks if organisation == self.organisation else []
        return [signed for number, signed in own if number > after][:limit]

    async def misplaced(self, organisation: Organisation) -> Sequence[int]:
        """See `LogReader.misplaced`."""
        return misplaced(self._marks) if organisation == self.organisation else []

    def _index(self) -> None:
        place = 0
        for line_number, line in enumerate(iter(lambda: self._file.readline(_LINE_BYTES), b""), 1):
            try:
                self._take(line, place)
            except (msgspec.DecodeError, InvalidError) as error:
                raise InvalidError(str(error)[:300], place=f"line {line_number}") from None
            place += len(line)

    def _take(self, line: bytes, place: int) -> None:
        if self._head is not None:
            raise InvalidError("stands behind the head, which is the last line of an export")
        kind = msgspec.json.decode(line, type=_Kind)
        if kind.type == "entry":
            self._ordered = self._ordered and (not self._numbers or kind.sequence > self._numbers[-1])
            self._numbers.append(kind.sequence)
            self._places.append(place)
            return
        seal = msgspec.json.decode(line, type=_Seal)
        signed = Signed(seal.body, seal.key, seal.signature)
        if kind.type == "checkpoint":
            self._marks.append((kind.sequence, signed))
        elif kind.type == "head":
            self._head = signed
        else:
            raise InvalidError(f"is of the type {kind.type[:40]!r}, which no export has")

    def _row(self, place: int) -> Row:
        self._file.seek(place)
        try:
            entry = msgspec.json.decode(self._file.readline(_LINE_BYTES), type=_Entry)
            at_us, digest = micros(entry.at), bytes.fromhex(entry.hash)
        except (msgspec.DecodeError, ValueError, TypeError, OverflowError) as error:
            raise InvalidError(str(error)[:300]) from None
        return Row(
            entry.sequence, at_us, entry.actor, entry.action, entry.object, entry.ending, entry.address,
            entry.request_id, entry.before, entry.after, _sorted(entry.details).decode(), digest,
        )  # fmt: skip
