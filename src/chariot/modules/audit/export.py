"""The log as a file with its proof: whoever has the public key can verify it without us.

Lines are `entry`, `checkpoint` and last `head`, each with what was signed. JSON Lines are for proof and have the
pseudonyms that were hashed; CSV is for reading and has the names that are known.
"""

import csv
import io
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Final, Literal

import msgspec

from chariot.model.keys import Organisation
from chariot.modules.audit.chain import Row, details_of
from chariot.modules.audit.ports import AuditLog
from chariot.modules.audit.seals import Head, Signed, opened
from chariot.modules.surface.states import instant

Show = Callable[[Organisation, Sequence[Row]], Awaitable[Sequence[Row]]]
"""Puts names in the place of pseudonyms."""
Format = Literal["jsonl", "csv"]
MEDIA_TYPES: Final[dict[str, str]] = {"jsonl": "application/jsonl", "csv": "text/csv"}
_PAGE: Final = 2_000
_COLUMNS: Final = ("type", *Row._fields[:1], "at", *Row._fields[2:], "body", "key", "signature")
_encode = msgspec.json.Encoder(order="deterministic").encode
_FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r")


class _Line(msgspec.Struct, frozen=True, omit_defaults=True):
    type: str
    sequence: int
    at: str = ""
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
    body: str = ""
    key: str = ""
    signature: str = ""


async def exported(
    log: AuditLog, organisation: Organisation, written_as: Format, show: Show | None = None
) -> AsyncIterator[bytes]:
    """Yield the log of *organisation* as it is now, piece by piece."""
    line = _json if written_as == "jsonl" else _csv
    if written_as == "csv":
        yield _table([_COLUMNS])
    signed = await log.head(organisation)
    if signed is None:
        return
    head = opened(signed, Head)
    last = head.start
    while last < head.sequence:
        rows = await log.rows(organisation, after=last, limit=min(_PAGE, head.sequence - last))
        if not rows:
            break
        last = rows[-1].sequence
        if show is not None and written_as == "csv":
            rows = await show(organisation, rows)
        yield b"".join(line(_entry(row)) for row in rows)
    after = -1
    while page := await log.checkpoints(organisation, after=after, limit=_PAGE):
        for one in page:
            after = _sequence(one)
            if after > head.checkpoint:
                break
            yield line(_seal("checkpoint", after, one))
        if after > head.checkpoint:
            break
    yield line(_seal("head", head.sequence, signed))


class _Numbered(msgspec.Struct):
    sequence: int


def _sequence(signed: Signed) -> int:
    return msgspec.json.decode(signed.body, type=_Numbered).sequence


def _entry(row: Row) -> _Line:
    return _Line(
        "entry", row.sequence, instant(row.at_us).isoformat(), *row[2:10], details_of(row), row.hash.hex()
    )


def _seal(kind: str, sequence: int, signed: Signed) -> _Line:
    return _Line(kind, sequence, body=signed.body, key=signed.key, signature=signed.signature)


def _json(line: _Line) -> bytes:
    return _encode(line) + b"\n"


def _csv(line: _Line) -> bytes:
    cells = [
        line.type,
        line.sequence,
        line.at,
        *(
            _cell(text)
            for text in (line.actor, line.action, line.object, line.ending, line.address, line.request_id)
        ),
        line.before,
        line.after,
        _encode(line.details).decode() if line.details else "",
        line.hash,
        line.body,
        line.key,
        line.signature,
    ]
    return _table([cells])


def _cell(text: str) -> str:
    """Return *text* so that no spreadsheet takes it for a formula."""
    return f"'{text}" if text.startswith(_FORMULAS) else text


def _table(rows: Sequence[Sequence[object]]) -> bytes:
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerows(rows)
    return written.getvalue().encode()
