import csv
import io
import json

from chariot.adapters.keyfile.audit import FileSigner
from chariot.model.keys import Organisation
from chariot.modules.audit.entries import Entry
from chariot.modules.audit.seals import Signed
from chariot.modules.audit.service import AuditService

ACME = Organisation("acme")


async def written(audit: AuditService) -> None:
    for actor in ("user:ann", "=HYPERLINK()"):
        await audit.record(Entry(organisation=ACME, actor=actor, action="risks:write", details={"a": 'b",c'}))


async def test_lines_are_entries_then_checkpoints_then_the_signed_head(
    audit: AuditService, signer: FileSigner
) -> None:
    await written(audit)

    text = b"".join([piece async for piece in await audit.export(ACME, "jsonl")])

    lines = [json.loads(line) for line in text.splitlines()]
    assert [line["type"] for line in lines] == ["entry", "entry", "checkpoint", "head"]
    head = Signed(lines[-1]["body"], lines[-1]["key"], lines[-1]["signature"])
    assert signer.check(head) == ""
    assert json.loads(head.body)["hash"] == lines[1]["hash"]


async def test_a_table_says_the_same_and_holds_no_formula(audit: AuditService) -> None:
    await written(audit)

    text = b"".join([piece async for piece in await audit.export(ACME, "csv")])

    rows = list(csv.DictReader(io.StringIO(text.decode())))
    assert [row["type"] for row in rows] == ["entry", "entry", "checkpoint", "head"]
    assert rows[1]["actor"] == "'=HYPERLINK()"
    assert json.loads(rows[0]["details"]) == {"a": 'b",c'}
    assert rows[3]["signature"]


async def test_a_log_in_which_nothing_stands_is_an_empty_file(audit: AuditService) -> None:
    assert [piece async for piece in await audit.export(ACME, "jsonl")] == []
