"""Imports, exports, files, integrations and hooks as a client sees them."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import httpx
import msgspec
import pytest
import pytest_asyncio

from chariot.entrypoints.rest.app import create_app
from chariot.entrypoints.rest.caller import SingleToken
from chariot.entrypoints.rest.exchanging import ExchangeServices
from chariot.entrypoints.rest.services import RestLimits, RestServices
from chariot.modules.exchange.reports import UndoReport
from rest_perimeter import TOKEN
from support.integrations import ACME, NUCLEI, World

KEY = "k" * 32


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    made = World(tmp_path_factory.mktemp("exchange"))
    yield made
    await made.store.close()


def client_of(
    world: World, services: RestServices, limits: RestLimits, imports: Any = None
) -> httpx.AsyncClient:
    exchange = ExchangeServices(
        imports=imports or world.imports,
        exports=world.exports,
        files=world.files,
        jobs=world.jobs,
        integrations=world.integrations,
        hooks=world.hooks,
    )
    whole = msgspec.structs.replace(
        services,
        store=world.store,
        surface=world.surface,
        exchange=exchange,
        limits=limits,
        tokens=SingleToken(TOKEN, ACME),
    )
    transport = httpx.ASGITransport(app=create_app(whole), raise_app_exceptions=True)
    headers = {"authorization": f"Bearer {TOKEN}"}
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8642/api/v1", headers=headers)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def api(
    world: World, shared: tuple[RestServices, httpx.AsyncClient]
) -> AsyncIterator[httpx.AsyncClient]:
    """One server for all tests of the module: each writes under names of its own."""
    async with client_of(world, shared[0], RestLimits(upload_bytes=100_000)) as client:
        yield client


async def sent(
    api: httpx.AsyncClient, data: bytes = NUCLEI, query: str = "", **headers: str
) -> httpx.Response:
    return await api.post(f"/imports?file=scan.jsonl{query}", content=data, headers=headers)


async def job(api: httpx.AsyncClient, response: httpx.Response) -> dict:
    return (await api.get(f"/importjobs/{response.json()['data']['id']}")).json()["data"]


async def test_a_file_is_previewed_applied_and_taken_back(api: httpx.AsyncClient, world: World) -> None:
    response = await sent(api, query="&dry_run=true")
    await world.work()
    preview = await job(api, response)
    await api.post(f"/importjobs/{preview['id']}/apply")
    await world.work()
    done = await job(api, response)
    looked = (await api.post(f"/imports/{done['import_id']}/undo?dry_run=true")).json()["data"]
    undone = (await api.post(f"/imports/{done['import_id']}/undo")).json()["data"]

    assert response.status_code == 202
    assert response.headers["location"] == f"/api/v1/importjobs/{preview['id']}"
    assert (preview["report"]["written"], preview["report"]["findings"]) == (False, 1)
    assert (done["state"], done["percent"], done["report"]["id"]) == ("done", 100, done["import_id"])
    assert (looked["written"], undone["written"], undone["left"]) == (False, True, looked["left"])
    entry = (await api.get(f"/imports/{done['import_id']}")).json()["data"]
    assert (entry["state"], entry["file"]) == ("undone", "scan.jsonl")


class SlowImports:
    """Takes longer to take back than an answer may take."""

    async def undo(self, *_: object, **__: object) -> UndoReport:
        await asyncio.sleep(0.02)
        return UndoReport(id="i0", file="a", format="nuclei", left=7)


async def test_taking_back_takes_as_long_as_it_is_waited_for(
    world: World, shared: tuple[RestServices, httpx.AsyncClient]
) -> None:
    slow = client_of(world, shared[0], RestLimits(answer_timeout_s=0.001), imports=SlowImports())
    async with slow as client:
        answer = await client.post("/imports/i0/undo")

    assert (answer.status_code, answer.json()["data"]["left"]) == (200, 7)


async def test_the_same_key_imports_once_and_another_file_is_refused(
    api: httpx.AsyncClient, world: World
) -> None:
    first = await sent(api, **{"idempotency-key": "a"})
    again = await sent(api, **{"idempotency-key": "a"})
    other = await sent(api, b"other", **{"idempotency-key": "a"})

    assert again.json()["data"]["id"] == first.json()["data"]["id"]
    assert again.headers["idempotency-replayed"] == "true"
    assert (other.status_code, other.json()["type"]) == (409, "/api/v1/problems/reused-key")


async def test_a_broken_file_is_a_failed_job_with_its_place(api: httpx.AsyncClient, world: World) -> None:
    response = await sent(api, b"<nmaprun><host>", "&format=nmap")
    await world.work()

    failed = await job(api, response)

    assert (failed["state"], failed["error_place"]) == ("failed", "line 1")
    assert failed["report"]["errors"][0]["reason"] == failed["error"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("&format=nope", "format"),
        ("&complete=maybe", "complete"),
        ("&colour=red", "colour"),
        ("&map=maps/none.toml", ""),
    ],
)
async def test_what_cannot_be_asked_is_named(api: httpx.AsyncClient, query: str, field: str) -> None:
    response = await sent(api, query=query)

    assert response.status_code in (400, 404)
    assert response.json().get("field", "") == field


async def endless() -> AsyncIterator[bytes]:
    while True:
        yield b"x" * 10_000


async def test_a_body_that_is_too_large_is_413_whether_it_says_so_or_not(api: httpx.AsyncClient) -> None:
    stated = await sent(api, b"x" * 100_001)
    silent = await api.post("/imports", content=endless())

    assert (stated.status_code, silent.status_code) == (413, 413)
    assert silent.json()["field"] == "body"


async def test_a_compressed_transfer_is_refused_and_a_packed_file_is_not(
    api: httpx.AsyncClient, world: World
) -> None:
    response = await sent(api, **{"content-encoding": "gzip"})

    assert response.status_code == 415


async def test_a_job_can_be_paused_resumed_and_cancelled(api: httpx.AsyncClient, world: World) -> None:
    number = (await sent(api)).json()["data"]["id"]
    paused = await api.post(f"/importjobs/{number}/pause")
    resumed = await api.post(f"/importjobs/{number}/resume")
    cancelled = await api.post(f"/importjobs/{number}/cancel")
    late = await api.post(f"/importjobs/{number}/resume")
    await world.work()
    over = await api.post(f"/importjobs/{number}/cancel")

    states = [one.json()["data"]["state"] for one in (paused, resumed, cancelled, over)]
    assert states == ["paused", "queued", "cancelling", "cancelled"]
    assert (late.status_code, (await api.post("/importjobs/none/pause")).status_code) == (409, 404)


@pytest.mark.parametrize("name", ["jsonl", "csv", "sarif", "stix", "html", "markdown"])
async def test_each_export_is_a_download(api: httpx.AsyncClient, world: World, name: str) -> None:
    await world.see("CVE-2024-0001")

    response = await api.get(f"/exports/{name}")

    assert response.status_code == 200
    assert len(response.content) > 100
    assert response.headers["content-disposition"].startswith("attachment; ")
    assert response.headers["x-content-type-options"] == "nosniff"


async def test_an_export_is_narrowed_by_kinds_and_filter(api: httpx.AsyncClient, world: World) -> None:
    await world.see("CVE-2024-1001", score=90)
    await world.see("CVE-2024-1002", score=10)

    response = await api.get("/exports/csv?kinds=risks&filter=score%3E50")

    assert (b"CVE-2024-1001" in response.content, b"CVE-2024-1002" in response.content) == (True, False)


async def test_an_export_is_as_large_as_the_surface(api: httpx.AsyncClient, world: World) -> None:
    await world.see(*(f"CVE-2024-{number}" for number in range(20_000, 23_000)))

    response = await api.get("/exports/jsonl?kinds=risks")

    assert response.content.count(b'"CVE-2024-2') >= 3_000
    assert all(json.loads(line) for line in response.content.splitlines())


@pytest.mark.parametrize(
    ("address", "field"),
    [
        ("/exports/nope", "format"),
        ("/exports/html?filter=score%3E1", "format"),
        ("/exports/sarif?kinds=domain", "kinds"),
        ("/exports/csv?as_of=yesterday", "as_of"),
        ("/exports/csv?kinds=unicorns", "kind"),
    ],
)
async def test_a_wrong_export_is_a_problem_and_no_half_file(
    api: httpx.AsyncClient, address: str, field: str
) -> None:
    response = await api.get(address)

    assert (response.status_code, response.json()["field"]) == (400, field)


async def test_a_file_is_kept_given_and_let_go_of(api: httpx.AsyncClient) -> None:
    name = 'reports/ä"; x.html'
    kept = await api.post(f"/files?path={quote(name)}&media_type=text/html", content=b"<script>1</script>")
    given = await api.get(f"/files/{quote(name, safe='')}/content")
    gone = await api.delete(f"/files/{quote(name, safe='')}")
    missing = await api.get(f"/files/{quote(name, safe='')}/content")

    assert (kept.status_code, gone.json()["data"]["status"], missing.status_code) == (201, "gone", 404)
    assert given.content == b"<script>1</script>"
    assert given.headers["content-length"] == "18"
    assert given.headers["content-disposition"] == (
        "attachment; filename=\"____x.html\"; filename*=UTF-8''%C3%A4%22%3B%20x.html"
    )
    assert "default-src 'none'" in given.headers["content-security-policy"]


async def test_a_media_type_cannot_split_a_header(api: httpx.AsyncClient, world: World) -> None:
    refused = await api.post("/files?path=a&media_type=text/html%0d%0aset-cookie:x", content=b"x")
    odd = await api.post("/files?path=b&media_type=nonsense", content=b"x")
    given = await api.get("/files/b/content")

    assert refused.status_code in (201, 400)
    assert (odd.status_code, given.headers["content-type"]) == (201, "application/octet-stream")


async def test_an_integration_is_set_shown_without_its_secret_and_ended(api: httpx.AsyncClient) -> None:
    body = {
        "type": "jira",
        "address": "https://jira.example.com",
        "options": {"project": "SEC"},
        "secret": "ann:t0p-s3cret",
    }
    made = await api.put("/integrations/jira", json=body)
    shown = await api.get("/integrations/jira")
    ordered = await api.post("/integrations/jira/run")
    ended = await api.delete("/integrations/jira")

    assert (made.status_code, ordered.status_code, ended.json()["data"]["status"]) == (200, 202, "gone")
    assert "t0p-s3cret" not in made.text + shown.text + ended.text
    assert shown.json()["data"]["secret"] == ["secret"]
    assert (await api.get("/integrations/jira")).status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"type": "trello"}, "type"),
        ({"type": "jira", "address": "https://a.test", "secret": "x"}, "options"),
        ({"type": "url", "address": "nowhere"}, "address"),
        ({"type": "url", "address": "https://a.test", "every_minutes": -1}, "every_minutes"),
    ],
)
async def test_a_wrong_integration_is_named(api: httpx.AsyncClient, body: dict, field: str) -> None:
    response = await api.put("/integrations/x", json=body)

    assert (response.status_code, response.json()["field"]) == (400, field)


async def test_a_hook_takes_a_signed_file_without_a_token(api: httpx.AsyncClient, world: World) -> None:
    await api.put("/integrations/ci", json={"type": "webhook-in", "secret": KEY})
    stamp = str(int(world.now.timestamp()))
    digest = hmac.new(KEY.encode(), f"{stamp}.".encode() + NUCLEI, hashlib.sha256).hexdigest()
    headers = {"chariot-timestamp": stamp, "chariot-signature": f"v1={digest}"}

    async def post(address: str, content: bytes) -> httpx.Response:
        request = api.build_request("POST", address, content=content, headers=headers)
        del request.headers["authorization"]
        return await api.send(request)

    taken = await post(f"/hooks/{ACME}/ci?file=n.jsonl", NUCLEI)
    again = await post(f"/hooks/{ACME}/ci?file=n.jsonl", NUCLEI)
    elsewhere = await post("/hooks/other/ci", NUCLEI)
    await world.work()

    done = await world.jobs.get(ACME, taken.json()["data"]["job"])
    assert (taken.status_code, elsewhere.status_code) == (202, 403)
    assert again.json()["data"]["job"] == taken.json()["data"]["job"]
    assert done.state.value == "done"


async def test_formats_and_types_are_listed(api: httpx.AsyncClient) -> None:
    formats = (await api.get("/importformats")).json()["data"]
    exports = (await api.get("/exports")).json()["data"]
    types = (await api.get("/integrationtypes")).json()["data"]

    assert {"nmap", "nessus"} <= {one["format"] for one in formats}
    assert {"jsonl", "pdf"} <= {one["format"] for one in exports}
    assert [one["type"] for one in types] == [
        "jira",
        "github",
        "url",
        "webhook-in",
        "report",
        "scan",
    ]
