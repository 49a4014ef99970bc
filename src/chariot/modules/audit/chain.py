"""The chain: each entry's hash covers the entry and the hash before it, so that nothing changes unseen.

A row is what a store keeps of one entry. Its canonical bytes are the JSON array of the organisation and of all its
columns but the hash, in their order; its hash is SHA-256 of the hash before it and these bytes.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Final, NamedTuple

import msgspec

from chariot.model.keys import Organisation
from chariot.modules.audit.entries import Ending, Entry

GENESIS: Final = bytes(32)
"""Stands for the hash before the first entry."""
_encode = msgspec.json.Encoder().encode
_sorted = msgspec.json.Encoder(order="deterministic").encode
_details = msgspec.json.Decoder(dict[str, str])


class Row(NamedTuple):
    """One entry as a store keeps it; instants are microseconds since 1970 in UTC."""

    sequence: int
    """From 1, without a gap, for each organisation."""
    at_us: int
    actor: str
    action: str
    object: str
    ending: str
    address: str
    request_id: str
    before: str
    after: str
    details: str
    """A JSON object of texts, sorted by name."""
    hash: bytes


def linked(previous: bytes, body: bytes) -> bytes:
    """Return the hash of *body* that stands in a chain behind *previous*."""
    return sha256(previous + body).digest()


def chained(
    organisation: Organisation, entries: Iterable[Entry], *, last: int, previous: bytes, at_us: int
) -> list[Row]:
    """Return *entries* as rows that follow the entry numbered *last*, whose hash is *previous*."""
    rows: list[Row] = []
    for sequence, entry in enumerate(entries, last + 1):
        row = (
            sequence, at_us, entry.actor, entry.action, entry.object, entry.ending.value, entry.address,
            entry.request_id, entry.before, entry.after, _sorted(dict(entry.details)).decode(),
        )  # fmt: skip
        previous = linked(previous, _encode((organisation, *row)))
        rows.append(Row(*row, previous))
    return rows


class Break(NamedTuple):
    """Where a chain does not hold."""

    sequence: int
    reason: str


def followed(
    organisation: Organisation, rows: Sequence[Sequence[object]], *, last: int, previous: bytes
) -> tuple[int, bytes, Break | None]:
    """Return the number and hash of the last of *rows* that holds, and where the first does not.

    *rows* have the columns of `Row`; the first must be the one after *last*, whose hash is *previous*.
    """
    encode, digest = _encode, sha256
    for row in rows:
        expected = last + 1
        if row[0] != expected:
            reason = "is missing" if isinstance(row[0], int) and row[0] > expected else "stands twice"
            return last, previous, Break(expected, reason)
        value = digest(previous + encode((organisation, *row[:11]))).digest()
        if value != row[11]:
            return last, previous, Break(expected, "was changed, or what stands before it was")
        last, previous = expected, value
    return last, previous, None


def entry_of(organisation: Organisation, row: Row) -> Entry:
    """Return the entry that *row* keeps."""
    return Entry(
        organisation=organisation,
        actor=row.actor,
        action=row.action,
        object=row.object,
        ending=Ending(row.ending),
        address=row.address,
        request_id=row.request_id,
        before=row.before,
        after=row.after,
        details=details_of(row),
    )


def details_of(row: Row) -> dict[str, str]:
    """Return the facts that *row* keeps as JSON; what is no such JSON any more stands as it is under `unreadable`."""
    try:
        return _details.decode(row.details)
    except msgspec.DecodeError:
        return {"unreadable": row.details}
