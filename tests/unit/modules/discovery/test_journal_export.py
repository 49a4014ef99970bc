import json
import re
from collections.abc import AsyncIterator, Callable
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.adapters.keyfile.audit import FileSigner, PublicKeys
from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.journal import SqliteJournalStore
from chariot.errors import InvalidError
from chariot.model.keys import Organisation
from chariot.modules.discovery.journal import Line, Usage
from chariot.modules.discovery.journal_export import ExportVerified, exported, verified

ACME = Organisation("acme")
NOW = datetime(2026, 3, 1, tzinfo=UTC)
OURS, THEIRS = "192.0.2.7", "192.0.2.130"
_HOUR_US = 3_600_000_000

Lines = list[bytes]


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[SqliteJournalStore]:
    """Six lines, an hour apart, in turn to two addresses."""
    database = SqliteDatabase(tmp_path / "t.db")
    store = SqliteJournalStore(database)
    lines = [
        Line(hour * _HOUR_US, hour * _HOUR_US + 7, 2, "s1", "http", "#domain#é.example", "seed", "tcp", "é.example",
             (OURS, THEIRS)[hour % 2], 443, 'say "hi"')
        for hour in range(6)
    ]  # fmt: skip
    await store.append(ACME, lines, Usage(date(1970, 1, 1)))
    yield store
    await database.close()


@pytest.fixture
def signer(tmp_path: Path) -> FileSigner:
    return FileSigner(tmp_path / "audit")


async def export(journal: SqliteJournalStore, signer: FileSigner, place: str = "") -> Lines:
    return [line async for line in exported(journal, ACME, place, signer, at=NOW)]


def check(lines: Lines, key: str) -> ExportVerified:
    return verified(BytesIO(b"".join(lines)), PublicKeys([key]))


def changed(line: bytes, **more: object) -> bytes:
    return json.dumps(json.loads(line) | more).encode() + b"\n"


@pytest.mark.parametrize(("place", "count"), [("", 6), (THEIRS, 3), ("192.0.2.0/25", 3), ("198.51.100.7", 0)])
async def test_an_export_holds_by_the_public_key_alone(
    journal: SqliteJournalStore, signer: FileSigner, place: str, count: int
) -> None:
    found = check(await export(journal, signer, place), signer.public)

    assert (found.lines, found.fault, found.key) == (count, "", signer.public)
    assert found.seal is not None
    assert (found.seal.organisation, found.seal.place, found.seal.at, found.seal.number) == (
        ACME,
        place,
        NOW,
        6,
    )


async def test_an_export_holds_after_retention_took_away_what_stood_before(
    journal: SqliteJournalStore, signer: FileSigner
) -> None:
    await journal.forget(ACME, datetime(1970, 1, 1, 1, 30, tzinfo=UTC))

    found = check(await export(journal, signer), signer.public)

    assert (found.lines, found.fault) == (4, "")


async def test_an_export_whose_spaces_and_order_of_fields_were_changed_says_the_same(
    journal: SqliteJournalStore, signer: FileSigner
) -> None:
    lines = await export(journal, signer)

    found = check(
        [json.dumps(json.loads(line), sort_keys=True).encode() + b"\r\n" for line in lines], signer.public
    )

    assert found.fault == ""


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda lines: [changed(lines[0], address=OURS), *lines[1:]], "line 1 of the file .* was changed"),
        (lambda lines: [lines[0], changed(lines[1], times=1), lines[2], lines[3]], "line 2 of the file .* was changed"),
        (lambda lines: [changed(lines[0], first_at="2020-01-01T00:00:00Z"), *lines[1:]], "was changed"),
        (lambda lines: [changed(lines[0], first_at="2020-01-01T00:00:00"), *lines[1:]], "line 1 .* is not one"),
        (lambda lines: [changed(lines[0], organisation="zeta"), *lines[1:]], "was changed"),
        (lambda lines: [changed(lines[0], previous="0" * 64), *lines[1:]], "was changed|does not follow"),
        (lambda lines: [changed(lines[0], hash="zz"), *lines[1:]], "was changed"),
        (lambda lines: [changed(lines[0], more="x"), *lines[1:]], "line 1 of the file is not one"),
        (lambda lines: lines[1:], "seals 3 lines that are not those before it"),
        (lambda lines: [lines[0], *lines[2:]], "seals 3 lines that are not those before it"),
        (lambda lines: [lines[1], lines[0], *lines[2:]], "does not follow"),
        (lambda lines: [lines[0], lines[0], *lines[1:]], "does not follow"),
        (lambda lines: lines[:-1], "has no seal"),
        (lambda lines: [], "has no seal"),
        (lambda lines: [*lines, lines[0]], "stands behind the seal"),
        (lambda lines: [*lines[:-1], changed(lines[-1], signature="00" * 64)], "signature that is not its own"),
        (lambda lines: [*lines[:-1], lines[-1].replace(b"130", b"131")], "signature that is not its own"),
        (lambda lines: [lines[0][:-20], *lines[1:]], "line 1 of the file is not one"),
        (lambda lines: [b"[" * 1_000_000, *lines], "line 1 of the file is not one"),
        (lambda lines: [b"\xff\n", *lines], "line 1 of the file is not one"),
    ],
)  # fmt: skip
async def test_whatever_was_changed_is_named(
    journal: SqliteJournalStore, signer: FileSigner, change: Callable[[Lines], Lines], fault: str
) -> None:
    found = check(change(await export(journal, signer, THEIRS)), signer.public)

    assert re.search(fault, found.fault)
    assert (found.seal, found.key) == (None, "")


async def test_a_line_that_was_made_anew_with_its_hash_is_missed_by_the_seal(
    journal: SqliteJournalStore, signer: FileSigner, tmp_path: Path
) -> None:
    database = SqliteDatabase(tmp_path / "forged.db")
    forged = SqliteJournalStore(database)
    await forged.append(
        ACME,
        [Line(0, 0, 1, "", "x", "#address#192.0.2.7", "", "tcp", OURS, OURS, 1, "")],
        Usage(date(1970, 1, 1)),
    )
    theirs = await export(forged, signer)
    await database.close()

    ours = await export(journal, signer)

    assert "seals 6 lines" in check([theirs[0], *ours[1:]][:1] + ours[-1:], signer.public).fault


async def test_another_key_is_not_trusted(
    journal: SqliteJournalStore, signer: FileSigner, tmp_path: Path
) -> None:
    found = check(await export(journal, signer), FileSigner(tmp_path / "other").public)

    assert "not trusted" in found.fault


async def test_a_signature_for_something_else_seals_nothing(
    journal: SqliteJournalStore, signer: FileSigner
) -> None:
    lines = await export(journal, signer)
    signed = signer.sign(b'{"type":"head","organisation":"acme"}')
    other = changed(lines[-1], body=signed.body, signature=signed.signature)

    assert "is not one of an export" in check([*lines[:-1], other], signer.public).fault


async def test_what_is_no_place_is_refused(journal: SqliteJournalStore, signer: FileSigner) -> None:
    with pytest.raises(InvalidError, match="--for"):
        await export(journal, signer, "example.com")


@given(st.binary(max_size=300))
def test_no_bytes_are_taken_for_an_export(data: bytes) -> None:
    assert verified(BytesIO(data), PublicKeys(["00" * 32])).fault
