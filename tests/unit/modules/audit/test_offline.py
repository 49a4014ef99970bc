import json
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.adapters.keyfile.audit import FileSigner, PublicKeys
from chariot.errors import InvalidError
from chariot.model.keys import Organisation
from chariot.modules.audit.entries import Entry
from chariot.modules.audit.offline import ExportedLog
from chariot.modules.audit.service import AuditService
from chariot.modules.audit.verification import Verification, Verifier

ACME = Organisation("acme")


@pytest.fixture
async def export(audit: AuditService) -> list[bytes]:
    """Three entries, a checkpoint and the head, a line each."""
    for number in range(3):
        entry = Entry(
            organisation=ACME, actor=f"user:{number}", action="risks:write", details={"b": "1", "a": "é"}
        )
        await audit.record(entry)
    return b"".join([piece async for piece in await audit.export(ACME, "jsonl")]).splitlines(keepends=True)


async def verified(lines: list[bytes], key: str) -> Verification:
    log = ExportedLog(BytesIO(b"".join(lines)))
    return await Verifier(log, PublicKeys([key])).verify(log.organisation)


def changed(line: bytes, **more: object) -> bytes:
    return json.dumps(json.loads(line) | more).encode() + b"\n"


async def test_an_export_holds_by_the_public_key_alone(export: list[bytes], signer: FileSigner) -> None:
    found = await verified(export, signer.public)

    assert (found.organisation, found.holds, found.entries, found.checkpoints) == (ACME, True, 3, 1)


async def test_another_key_is_not_trusted(export: list[bytes], tmp_path: Path) -> None:
    found = await verified(export, FileSigner(tmp_path / "other").public)

    assert not found.holds
    assert "not trusted" in found.faults[0].reason


@pytest.mark.parametrize(
    "change",
    [
        lambda lines: [changed(lines[0], actor="user:9"), *lines[1:]],
        lambda lines: [changed(lines[0], at="2020-01-01T00:00:00+00:00"), *lines[1:]],
        lambda lines: [changed(lines[0], at="2020-01-01T00:00:00"), *lines[1:]],
        lambda lines: [changed(lines[0], details={}), *lines[1:]],
        lambda lines: [changed(lines[0], hash="zz"), *lines[1:]],
        lambda lines: [changed(lines[0], more="1"), *lines[1:]],
        lambda lines: lines[1:],
        lambda lines: [lines[0], *lines[2:]],
        lambda lines: [*lines[:2], *lines[3:]],
        lambda lines: [lines[1], lines[0], *lines[2:]],
        lambda lines: [lines[0], *lines],
        lambda lines: [*lines[:3], changed(lines[2], sequence=4), *lines[3:]],
        lambda lines: [*lines[:3], lines[4]],
        lambda lines: [*lines[:4], changed(lines[4], body=json.loads(lines[4])["body"].replace("3", "2"))],
    ],
)
async def test_what_was_changed_in_the_file_is_found(
    export: list[bytes], signer: FileSigner, change: object
) -> None:
    assert callable(change)
    found = await verified(change(export), signer.public)

    assert not found.holds
    assert found.faults


async def test_a_file_whose_end_is_missing_is_no_export(export: list[bytes]) -> None:
    with pytest.raises(InvalidError, match="end is missing"):
        ExportedLog(BytesIO(b"".join(export[:-1])))


@given(st.lists(st.one_of(st.binary(max_size=60), st.just(b'{"type":"entry","sequence":1}\n')), max_size=5))
def test_whatever_a_file_holds_it_is_an_export_or_refused(lines: list[bytes]) -> None:
    with pytest.raises(InvalidError):
        ExportedLog(BytesIO(b"".join(lines)))
