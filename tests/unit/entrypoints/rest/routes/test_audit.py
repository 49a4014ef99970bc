import json
from datetime import UTC, datetime

import apsw
import httpx
import msgspec
import pytest

from chariot.adapters.keyfile.audit import FileAnchors, FileSigner
from chariot.adapters.sqlite.audit import SqliteAuditLog
from chariot.entrypoints.rest.app import create_app
from chariot.model.keys import SYSTEM
from chariot.model.kinds.incident import Incident
from chariot.model.observations import Observations
from chariot.modules.audit.entries import Ending, Entry
from chariot.modules.audit.ports import Addition
from chariot.modules.audit.seals import Signed
from chariot.modules.audit.service import AuditService
from chariot.modules.detection.incidents import Incidents
from rest_perimeter import ORGANISATION, TOKEN

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
async def services(services, database, tmp_path):
    """The services of all tests, with an audit log."""
    folder = tmp_path / "audit"
    audit = AuditService(SqliteAuditLog(database), FileSigner(folder), FileAnchors(folder))
    yield msgspec.structs.replace(services, audit=audit, incidents=Incidents(services.surface, audit))
    await audit.close()


async def entries(services, organisation=ORGANISATION):
    await services.audit.flush()
    rows = await services.audit.log.rows(organisation, after=0, limit=1_000)
    return [(row.actor, row.action, row.object, row.ending) for row in rows]


async def test_a_read_is_an_entry_however_often_it_is_answered_from_memory(client, services):
    for _ in range(5):
        assert (await client.get("/api/v1/risks?filter=score>=70")).status_code == 200

    await services.audit.flush()
    rows = await services.audit.log.rows(ORGANISATION, after=0, limit=100)

    assert {(row.action, row.object, row.address) for row in rows} == {
        ("entities:read", "/api/v1/risks", "127.0.0.1")
    }
    assert sum(int(json.loads(row.details).get("count", "1")) for row in rows) == 5
    assert rows[0].request_id


async def test_a_change_is_in_the_log_before_it_is_answered(client, services):
    answer = await client.post("/api/v1/seeds", json={"seeds": [{"value": "later.example"}]})

    assert answer.status_code < 300
    # Nothing is flushed here: what is durable is what was there when the answer came.
    rows = await services.audit.log.rows(ORGANISATION, after=0, limit=100)
    assert [(row.action, row.ending) for row in rows] == [("seeds:write", "allowed")]


BATCH = {
    "capability": "my-scanner",
    "seen_at": "2026-03-01T11:00:00Z",
    "entities": [{"kind": "domain", "host": "later.example"}],
}


async def test_what_was_seen_and_its_entry_are_one_transaction(client, services, database):
    seen = []

    def told(_cursor, statement, _values):
        if statement in {"BEGIN IMMEDIATE", "COMMIT"}:
            seen.append(statement)
        return True

    await database.write(lambda connection: setattr(connection, "exec_trace", told), quiet=True)
    seen.clear()

    answer = await client.post("/api/v1/observations", json=BATCH)

    assert answer.json()["data"]["created"] == 1
    assert seen == ["BEGIN IMMEDIATE", "COMMIT"]
    rows = await services.audit.log.rows(ORGANISATION, after=0, limit=100)
    assert [(row.action, row.ending) for row in rows] == [("observations:write", "allowed")]


async def test_what_was_seen_is_not_stored_when_its_entry_cannot_be(client, services):
    foreign = Signed("{}", "00" * 32, "11" * 64)
    await services.audit.log.write(ORGANISATION, lambda _: Addition(head=foreign))

    answer = await client.post("/api/v1/observations", json=BATCH)

    assert answer.status_code == 503
    assert "later.example" not in (await app_seeds(services))


async def test_what_failed_is_told_beside_what_was_allowed(client, services):
    answer = await client.post("/api/v1/seeds", json={"seeds": [{"value": "not a seed"}]})

    assert answer.status_code == 400
    assert [one[3] for one in await entries(services)] == ["allowed", "failed"]


async def test_a_batch_that_is_none_is_told_twice_too(client, services):
    answer = await client.post("/api/v1/observations", json=BATCH | {"seen_at": "tomorrow"})

    assert answer.status_code == 400
    assert [one[1:] for one in await entries(services)] == [
        ("observations:write", "/api/v1/observations", "allowed"),
        ("observations:write", "/api/v1/observations", "failed"),
    ]


async def test_who_is_not_known_is_refused_and_told(stranger, services):
    assert (await stranger.get("/api/v1/risks")).status_code == 401
    assert (await stranger.patch("/api/v1/entities/%23seed%23x", json={})).status_code == 401

    found = await entries(services, SYSTEM)

    assert {(one[0], one[3]) for one in found} == {("", "refused")}
    # An address of their own making is not kept.
    assert {one[2] for one in found} <= {"/api/v1/risks", "/api/v1/entities/{key}"}


async def test_a_full_log_refuses_what_it_cannot_take(services, database, tmp_path, surface):
    folder = tmp_path / "audit"
    full = AuditService(SqliteAuditLog(database), FileSigner(folder), FileAnchors(folder), limit=0)
    app = create_app(msgspec.structs.replace(services, audit=full))
    headers = {"authorization": f"Bearer {TOKEN}"}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://127.0.0.1:8642", headers=headers
    ) as client:
        answers = [
            await client.get("/api/v1/risks"),
            await client.post("/api/v1/seeds", json={"seeds": [{"value": "later.example"}]}),
            await client.get("/health/live"),
        ]

    assert [one.status_code for one in answers] == [503, 503, 200]
    assert answers[0].headers["retry-after"]
    assert "later.example" not in (await app_seeds(services))
    await full.close()


async def app_seeds(services):
    changes = await services.store.changes(0, 1_000, organisation=ORGANISATION)
    return " ".join(change.key for change in changes)


async def test_the_log_is_listed_newest_first_filtered_and_in_pages(client, services):
    for number in range(5):
        await services.audit.record(
            Entry(
                organisation=ORGANISATION,
                actor=f"user:{number}",
                action="risks:write",
                ending=Ending.REFUSED if number == 2 else Ending.ALLOWED,
            )
        )

    first = (await client.get("/api/v1/audit?action=risks:*&limit=3")).json()
    second = (await client.get(first["links"]["next"])).json()
    refused = (await client.get("/api/v1/audit?ending=refused")).json()

    assert [one["sequence"] for one in (*first["data"], *second["data"])] == [5, 4, 3, 2, 1]
    assert [one["actor"] for one in refused["data"]] == ["user:2"]


@pytest.mark.parametrize(
    "query", ["cursor=x", "cursor=-1", "ending=maybe", "since=never", "limit=0", "limit=5000", "unknown=1"]
)
async def test_a_question_that_is_none_is_refused(client, query):
    assert (await client.get(f"/api/v1/audit?{query}")).status_code == 400


async def test_the_log_is_verified_and_a_change_by_hand_is_named(client, services, database):
    await client.get("/api/v1/risks")
    await services.audit.flush()
    good = (await client.get("/api/v1/audit/verification")).json()["data"]
    with apsw.Connection(database.path) as connection:
        connection.execute("DROP TRIGGER audit_entry_stays")
        connection.execute("UPDATE audit_entry SET actor = 'nobody' WHERE sequence = 1")

    bad = (await client.get("/api/v1/audit/verification")).json()["data"]

    assert (good["holds"], bad["holds"]) == (True, False)
    assert bad["faults"][0]["sequence"] == 1


async def test_a_checkpoint_is_given_out_and_the_log_with_its_proof(client, services):
    await client.get("/api/v1/risks")

    made = await client.post("/api/v1/audit/checkpoints")
    export = await client.get("/api/v1/audit/exports/jsonl")

    assert made.status_code == 201
    assert json.loads(made.json()["data"]["body"])["organisation"] == ORGANISATION
    assert json.loads(export.text.splitlines()[-1])["type"] == "head"
    assert (await client.get("/api/v1/audit/exports/xlsx")).status_code == 400


async def test_the_log_of_the_installation_is_for_those_who_may_do_everything(client, services):
    await services.audit.record(Entry(organisation=SYSTEM, actor="", action="session:begin"))

    answer = await client.get("/api/v1/audit?installation=true&action=session:begin")

    assert [one["action"] for one in answer.json()["data"]] == ["session:begin"]


async def test_a_report_is_markdown_or_a_page_that_shows_deadlines_and_runs_nothing(client, services):
    incident = Incident(
        id="mass-export.1", rule="mass-export", title="<script>x</script>", began_at=NOON, last_at=NOON
    )
    await services.surface.observe(
        ORGANISATION, Observations(capability="detection", seen_at=NOON, entities=(incident,))
    )
    place = "/api/v1/incidents/mass-export.1"
    await client.put(f"{place}/regimes", json={"regimes": ["gdpr"]})
    text, page = await client.get(f"{place}/report"), await client.get(f"{place}/report/html")

    assert (text.status_code, text.headers["content-type"]) == (200, "text/markdown; charset=utf-8")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert page.headers["content-disposition"] == 'attachment; filename="mass-export.1.html"'
    assert "<script" not in page.text
    for one in (text.text, page.text):
        assert "supervisory authority" in one
        assert "Article 33" in one


async def test_what_does_not_exist_is_not_found(client):
    for path in ("dossier", "report", "report/html"):
        assert (await client.get(f"/api/v1/incidents/nothing.1/{path}")).status_code == 404
    assert (await client.post("/api/v1/incidents/nothing.1/state", json={"state": "open"})).status_code == 404


async def test_a_field_of_graphql_that_is_refused_is_told(services, stranger, surface):
    _, key = await services.keys.mint(ORGANISATION, "reader", ["entities:read"], expires_at=None, actor="ann")
    answer = await stranger.post(
        "/api/v1/graphql",
        json={"query": "{ alertrules { nodes { key } } }"},
        headers={"authorization": f"Bearer {key}"},
    )

    assert answer.status_code == 200
    found = [one[1:] for one in await entries(services)]
    assert ("alerts:read", "/api/v1/graphql", "refused") in found


async def test_the_key_that_signs_the_log_is_told(client, services):
    key = (await client.get("/api/v1/audit/key")).json()["data"]["key"]
    checkpoint = (await client.post("/api/v1/audit/checkpoints")).json()["data"]

    assert key == checkpoint["key"] == services.audit.signer.public


async def test_the_log_is_verified_against_what_was_kept_elsewhere(client):
    kept = (await client.post("/api/v1/audit/checkpoints")).json()["data"]
    forged = kept | {"signature": "0" * 128}

    told = [
        (await client.post("/api/v1/audit/verification", json={"against": [one]})).json()["data"]["holds"]
        for one in (kept, forged)
    ]

    assert told == [True, False]


async def test_a_checkpoint_that_is_none_is_refused(client):
    wrong = {"against": [{"body": "{}", "key": "5f" * 32, "signature": "c0" * 64}]}

    answer = await client.post("/api/v1/audit/verification", json=wrong)

    assert (answer.status_code, answer.json()["field"]) == (400, "body")
