"""An export of the journal with its proof: whoever has the public key can verify it offline.

Lines are what was sent, each with its own hash and the hash before it, and last a seal. What the seal signs covers the
hashes of all lines of the export, so that none is altered, added, left out or moved unseen, and tells where the journal
ended then.
"""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, BinaryIO, Final

import msgspec

from chariot.errors import ConflictError
from chariot.model.keys import Organisation
from chariot.modules.audit.chain import GENESIS, linked
from chariot.modules.audit.ports import Checker, Signer
from chariot.modules.audit.seals import Count, Hex, Signed
from chariot.modules.discovery.journal import Head, JournalStore, Row, hash_of
from chariot.modules.discovery.journal_lines import JournalLine, kept, rows_sent_to, told

_LINE_BYTES: Final = 1_000_000


class ExportedLine(
    JournalLine, frozen=True, kw_only=True, tag_field="type", tag="sent", forbid_unknown_fields=True
):
    """One line of the journal, with all that its hash covers."""

    organisation: Organisation
    """On whose behalf it was sent."""
    previous: Hex
    """The hash of the line before it in the journal, which need not be part of the export."""


class SealLine(Signed, frozen=True, tag_field="type", tag="seal"):
    """The last line of an export: a `Seal`, and who signed it."""


class Seal(msgspec.Struct, frozen=True, kw_only=True, tag="journal-export", forbid_unknown_fields=True):
    """What is signed: how much an export holds, and of which journal."""

    organisation: Organisation
    place: Annotated[str, msgspec.Meta(max_length=100)]
    """The address or netblock that was asked for; all of the journal where it is empty."""
    at: datetime
    lines: Count
    digest: Hex
    """The hashes of the lines, each linked to those before it."""
    number: Count
    """The last line that the journal had then."""
    hash: Hex
    """Of that line."""


class ExportVerified(msgspec.Struct, frozen=True):
    """What became of the verification of an export."""

    lines: int
    """How many hold; with a fault, those before it."""
    fault: str = ""
    """What is wrong; empty where all holds."""
    seal: Seal | None = None
    """What was signed; only where all holds."""
    key: str = ""
    """Who signed it; only where all holds."""


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(ExportedLine | SealLine).decode


async def exported(
    store: JournalStore, organisation: Organisation, place: str, signer: Signer, *, at: datetime
) -> AsyncIterator[bytes]:
    """Yield the lines that were sent to *place* until *at*, which is now, the oldest first, and the seal.

    Raises:
        InvalidError: *place* is neither an address nor a netblock.
        ConflictError: retention took away what belongs to the export.
    """
    head = await store.head(organisation)
    before: Row | None = None
    lines, digest = 0, GENESIS
    async for row in rows_sent_to(store, organisation, place):
        if row.number > head.number:
            break
        if before is not None and before.number == row.number - 1:
            previous = before.hash
        else:
            previous = await _hash_before(store, organisation, row.number, head)
        before, lines, digest = row, lines + 1, linked(digest, row.hash)
        fields = msgspec.structs.asdict(told(row))
        yield _encode(ExportedLine(**fields, organisation=organisation, previous=previous.hex())) + b"\n"
    seal = Seal(
        organisation=organisation,
        place=place,
        at=at,
        lines=lines,
        digest=digest.hex(),
        number=head.number,
        hash=head.hash.hex(),
    )
    signed = signer.sign(_encode(seal))
    yield _encode(SealLine(signed.body, signed.key, signed.signature)) + b"\n"


async def _hash_before(store: JournalStore, organisation: Organisation, number: int, head: Head) -> bytes:
    if number == head.start + 1:
        return head.start_hash
    for row in await store.rows(organisation, after=number - 2, limit=1):
        if row.number == number - 1:
            return row.hash
    raise ConflictError("old lines were taken away while the export was made: start it again")


def verified(file: BinaryIO, checker: Checker) -> ExportVerified:
    """Return whether *file* is an export as it was signed, by a key that *checker* trusts."""
    reading = _Reading(checker)
    for number, line in enumerate(iter(lambda: file.readline(_LINE_BYTES), b""), 1):
        if fault := reading.take(line):
            return ExportVerified(reading.lines, f"line {number} of the file {fault}")
    if reading.seal is None:
        return ExportVerified(
            reading.lines, "it has no seal: its end is missing, or it is no export of a journal"
        )
    return ExportVerified(reading.lines, seal=reading.seal, key=reading.key)


class _Reading:
    """Follows an export line by line."""

    def __init__(self, checker: Checker) -> None:
        self._checker = checker
        self._last: ExportedLine | None = None
        self._digest = GENESIS
        self.lines = 0
        self.seal: Seal | None = None
        self.key = ""

    def take(self, text: bytes) -> str:
        """Read one more line; return what is wrong with it, empty where it holds."""
        if self.seal is not None:
            return "stands behind the seal, which is the last one"
        try:
            line = _decode(text)
            return self._sealed(line) if isinstance(line, SealLine) else self._sent(line)
        except (msgspec.DecodeError, TypeError, OverflowError) as error:
            return f"is not one of an export of a journal: {error}"[:300]

    def _sent(self, line: ExportedLine) -> str:
        digest = hash_of(bytes.fromhex(line.previous), line.organisation, line.number, kept(line))
        if digest.hex() != line.hash:
            return f"(line {line.number} of the journal) was changed"
        if self._last is not None and not _follows(line, self._last):
            return f"(line {line.number} of the journal) does not follow the one before it"
        self._last, self.lines, self._digest = line, self.lines + 1, linked(self._digest, digest)
        return ""

    def _sealed(self, line: SealLine) -> str:
        if reason := self._checker.check(line):
            return f"is a seal that {reason}"
        seal = msgspec.json.decode(line.body, type=Seal)
        if (seal.lines, seal.digest) != (self.lines, self._digest.hex()):
            return (
                f"seals {seal.lines:,} lines that are not those before it: some are missing, added or changed"
            )
        if self._last is not None and self._last.organisation != seal.organisation:
            return "seals the journal of another organisation"
        self.seal, self.key = seal, line.key
        return ""


def _follows(line: ExportedLine, last: ExportedLine) -> bool:
    if line.organisation != last.organisation or line.number <= last.number:
        return False
    return line.number > last.number + 1 or line.previous == last.hash
