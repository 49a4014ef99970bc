"""Hostile input against the whole application: the right status, the field named, nothing changed, no 5xx."""

import base64
import json

import pytest

from rest_perimeter import RISK_KEY, TOKEN, entity_path, risk_path

pytestmark = pytest.mark.asyncio(loop_scope="module")
JSON = {"content-type": "application/json"}
WWW = "#domain#www.perimeter.test"


def cursor_of(*position):
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode().rstrip("=")


READS = [
    ("/api/v1/planets", 404, ""),
    ("/api/v2/risks", 404, ""),
    ("/api/v1/imports/", 404, ""),
    ("/api/v1/risks?limit=0", 400, "limit"),
    ("/api/v1/risks?limit=1001", 400, "limit"),
    ("/api/v1/risks?limit=1e9", 400, "limit"),
    ("/api/v1/risks?limit=1e2", 400, "limit"),
    ("/api/v1/risks?limit=%2B5", 400, "limit"),
    ("/api/v1/risks?limit=5;sort=name", 400, "limit"),
    ("/api/v1/risks?everything=1", 400, "everything"),
    ("/api/v1/risks?as_of=2026-W05-1", 400, "as_of"),
    ("/api/v1/risks?=5", 400, "query"),
    ("/api/v1/changes?after=1e2", 400, "after"),
    ("/api/v1/changes/live?after=null", 400, "after"),
    ("/api/v1/graph/paths?k=5.0", 400, "k"),
    ("/api/v1/audit?cursor=%D9%A5", 400, "cursor"),
    ("/api/v1/audit?object=%00", 400, "object"),
    ("/api/v1/alertrules/On%20Call/deliveries", 400, "label"),
    ("/api/v1/risks?limit=" + "9" * 5_000, 400, "limit"),
    ("/api/v1/risks?limt=5", 400, "limt"),
    ("/api/v1/risks?limit=5&limit=6", 400, "limit"),
    ("/api/v1/risks?cursor=garbage", 400, "cursor"),
    ("/api/v1/risks?cursor=%00%ff", 400, "query"),
    ("/api/v1/risks?cursor=" + cursor_of("key"), 400, "cursor"),
    ("/api/v1/risks?cursor=" + cursor_of("-score"), 400, "cursor"),
    ("/api/v1/risks?cursor=" + cursor_of("-score", "x", "y", "z", "w"), 400, "cursor"),
    ("/api/v1/risks?cursor=" + cursor_of("-score", 1e400, 2**70), 400, "cursor"),
    ("/api/v1/risks?cursor=" + cursor_of({"a": 1}, []), 400, "cursor"),
    ("/api/v1/risks?sort=evidence", 400, "sort"),
    ("/api/v1/risks?sort=score;drop table version", 400, "sort"),
    ("/api/v1/risks?fields=nothing", 400, "fields"),
    ("/api/v1/risks?as_of=yesterday", 400, "as_of"),
    ("/api/v1/risks?as_of=0001-01-01T00:00:00%2B23:00", 400, "as_of"),
    ("/api/v1/risks?everything=maybe", 400, "everything"),
    ("/api/v1/risks?filter=score>>70", 400, "score"),
    ("/api/v1/risks?filter=score%3E=ninety", 400, "score"),
    ("/api/v1/risks?filter=score%3E=99999999999999999999999", 400, "score"),
    ("/api/v1/risks?filter=planet=mars", 400, "filter"),
    ("/api/v1/risks?filter=score=70'%20OR%201=1", 400, "filter"),
    ("/api/v1/risks?filter=" + "(" * 3_000, 400, "filter"),
    ("/api/v1/risks?filter=" + "not%20" * 1_000, 400, "filter"),
    ("/api/v1/risks?filter=" + "x" * 4_001, 400, "filter"),
    ("/api/v1/alertrules?filter=channel~hooks", 400, "filter"),
    ("/api/v1/entities/nonsense", 400, "key"),
    ("/api/v1/entities/%23planet%23mars", 400, "key"),
    ("/api/v1/entities/%ff%fe", 400, "key"),
    ("/api/v1/entities/%23domain%23%00", 400, "key"),
    ("/api/v1/entities/%23domain%23unknown.test", 404, ""),
    ("/api/v1/entities/%23domain%23..%2F..%2Fetc%2Fpasswd", 404, ""),
    (entity_path("#domain#unknown.test", "relationships"), 404, ""),
    (entity_path("#domain#unknown.test", "versions"), 404, ""),
    (entity_path(WWW, "relationships?type=LOVES"), 400, "type"),
    (entity_path(WWW, "relationships?direction=up"), 400, "direction"),
    (entity_path(WWW, "relationships?cursor=" + cursor_of("edges-out", 1)), 400, "cursor"),
    (entity_path(WWW, "relationships?cursor=" + cursor_of("edges-out", {}, "x")), 400, "cursor"),
    (entity_path(WWW, "versions?cursor=" + cursor_of("versions")), 400, "cursor"),
    (entity_path(WWW, "versions?cursor=" + cursor_of("versions", 2**80)), 400, "cursor"),
    ("/api/v1/changes?after=-1", 400, "after"),
    ("/api/v1/changes?after=" + "9" * 30, 400, "after"),
    ("/api/v1/diff", 400, "since"),
    ("/api/v1/diff?since=2026-01-02&until=2026-01-01", 400, "since"),
    ("/api/v1/diff?since=1d&kind=planets", 400, "kind"),
    ("/api/v1/diff?since=1d&cursor=" + cursor_of("differences", "x", 1), 400, "cursor"),
    ("/api/v1/queues/dead-letters?queue=" + "q" * 65, 400, "queue"),
    (risk_path("explanation", WWW), 400, "key"),
    (risk_path("explanation", "#risk#port#192.0.2.7#tcp#443#CVE-2020-9999"), 404, ""),
]

WRITES = [
    ("/api/v1/observations", b"", 400, "batch"),
    ("/api/v1/observations", b"null", 400, "batch"),
    ("/api/v1/observations", b"{" * 100_000, 400, "batch"),
    ("/api/v1/observations", b'{"entities":' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400, "batch"),
    ("/api/v1/observations", b'{"capability":"\xff\xfe"}', 400, "batch"),
    ("/api/v1/observations", b'{"capability":"x"}', 400, "seen_at"),
    ("/api/v1/observations", b'{"capability":"x y","seen_at":"2026-01-01T00:00:00Z"}', 400, "capability"),
    ("/api/v1/observations", b'{"capability":"x","seen_at":"2999-01-01T00:00:00Z"}', 400, "seen_at"),
    ("/api/v1/observations", b'{"capability":"x","seen_at":"2026-01-01T00:00:00Z","extra":1}', 400, "extra"),
    ("/api/v1/seeds", b"{}", 400, "seeds"),
    ("/api/v1/seeds", b'{"seeds":[]}', 400, "seeds"),
    (
        "/api/v1/seeds",
        b'{"seeds":[{"value":"perimeter.test"},{"value":"not a host"}]}',
        400,
        "seeds[1].value",
    ),
    ("/api/v1/seeds", b'{"seeds":[{"value":"0.0.0.0/0"}]}', 400, "seeds[0].value"),
    ("/api/v1/seeds", b'{"seeds":[{"value":"a.test","depth":"abyss"}]}', 400, "seeds[0].depth"),
    ("/api/v1/seeds", b'{"seeds":[{"value":"a.test","deny":["\\u0000"]}]}', 400, "seeds[0].deny"),
    ("/api/v1/seeds", b'{"seeds":[{"value":"a.test"}],"why":"\\ud800"}', 400, "body"),
    ("/api/v1/seeds", b'{"seeds":[{"value":"a.test","note":' + b"[" * 100_000, 400, "seeds[0].note"),
    ("/api/v1/seeds", b'{"seeds":[{"value":"a.test"}],"admin":true}', 400, "admin"),
    (risk_path("transition"), b'{"state":"forgotten"}', 400, "state"),
    (risk_path("transition"), b'{"state":"accepted","reason":"x"}', 400, "until"),
    (risk_path("transition"), b'{"state":"rejected"}', 400, "reason"),
    (risk_path("transition"), b'{"state":"open","due_at":"soon"}', 400, "due_at"),
    (risk_path("transition", WWW), b'{"state":"open"}', 400, "key"),
    (risk_path("transition", RISK_KEY + "0"), b'{"state":"open"}', 404, ""),
    ("/api/v1/scans", b'{"seeds":["https://a.test/"]}', 400, "seeds[0]"),
    ("/api/v1/scans", b'{"deny":["0.0.0.0/1"]}', 400, "deny[0]"),
    ("/api/v1/queues/dead-letters/replay", b'{"numbers":[]}', 400, "numbers"),
    ("/api/v1/queues/dead-letters/replay", b'{"numbers":[17]}', 400, "numbers[0]"),
]


@pytest.fixture
def services(shared):
    return shared[0]


@pytest.fixture
def client(shared):
    known = shared[1]
    known.headers["authorization"] = f"Bearer {TOKEN}"
    return known


def assert_is_problem(answer, status, field):
    told = answer.json()
    assert (answer.status_code, told.get("field", "")) == (status, field)
    assert answer.headers["content-type"] == "application/problem+json"
    assert told["request_id"] == answer.headers["x-request-id"]
    assert "Traceback" not in answer.text
    assert len(answer.text) < 4_000


@pytest.mark.parametrize(("path", "status", "field"), READS)
async def test_a_hostile_read_is_refused_by_name(client, path, status, field):
    assert_is_problem(await client.get(path), status, field)


@pytest.mark.parametrize(("path", "body", "status", "field"), WRITES)
async def test_a_hostile_write_is_refused_by_name_and_changes_nothing(
    client, services, path, body, status, field
):
    before = await services.store.last_sequence()

    answer = await client.post(path, content=body, headers=JSON)

    assert_is_problem(answer, status, field)
    assert await services.store.last_sequence() == before


@pytest.mark.parametrize(
    ("headers", "status", "field"),
    [
        ({"content-type": "text/xml"}, 415, "content-type"),
        ({"content-type": "application/json", "content-encoding": "gzip"}, 415, "content-encoding"),
        ({"content-type": "application/json", "content-length": "99999999999"}, 413, "body"),
        ({"content-type": "application/json", "idempotency-key": "a b"}, 400, "idempotency-key"),
    ],
)
async def test_a_hostile_header_is_refused_by_name(client, headers, status, field):
    body = b'{"seeds":[{"value":"a.test"}]}'

    assert_is_problem(await client.post("/api/v1/seeds", content=body, headers=headers), status, field)


async def test_a_body_of_ten_megabytes_is_refused_where_small_ones_are_taken(client):
    body = b'{"seeds":[{"value":"' + b"a" * 10_000_000 + b'"}]}'

    assert_is_problem(await client.post("/api/v1/seeds", content=body, headers=JSON), 413, "body")


async def test_a_string_of_ten_megabytes_is_refused_alone(client):
    batch = {
        "capability": "x",
        "seen_at": "2026-01-01T00:00:00Z",
        "entities": [{"kind": "domain", "host": "a" * 10_000_000}, {"kind": "domain", "host": "b.test"}],
    }

    answer = await client.post("/api/v1/observations", json=batch)

    assert (answer.status_code, answer.json()["data"]["created"]) == (200, 1)
    assert len(answer.text) < 4_000


@pytest.mark.parametrize("if_match", ["7", 'W/"1"', '"x"', '"1", "2"'])
async def test_a_hostile_if_match_changes_nothing(client, services, if_match):
    before = await services.store.last_sequence()

    answer = await client.delete("/api/v1/seeds/perimeter.test", headers={"if-match": if_match})

    assert_is_problem(answer, 400, "if-match")
    assert await services.store.last_sequence() == before
