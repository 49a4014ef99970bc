from datetime import UTC, date, datetime, timedelta

import httpx
import msgspec
import pytest

from chariot.adapters.keyfile.contracts import FileContractKeys
from chariot.adapters.keyfile.signing import FilePackKeys
from chariot.adapters.sqlite.journal import SqliteJournalStore
from chariot.entrypoints.rest.app import create_app
from chariot.modules.discovery.contracting import ContractService
from chariot.modules.discovery.journal import Line, Usage
from chariot.modules.discovery.keeper import ScopeKeeper
from chariot.modules.discovery.plan import Paces, ScanPlans
from chariot.modules.discovery.registry import Registry, load_capabilities
from rest_perimeter import ORGANISATION, TOKEN

TERMS = {
    "id": "spring",
    "authorised_by": "Jane Roe, CISO",
    "valid_until": (datetime.now(UTC) + timedelta(days=30)).isoformat(),
    "allow": ["perimeter.test"],
    "touch": ["light"],
}


@pytest.fixture
async def journal(database) -> SqliteJournalStore:
    journal = SqliteJournalStore(database)
    lines = [
        Line(0, 0, 1, "s1", "dns", "#domain#a.test", "contract spring", "dns", "a.test", address, 53, "A")
        for address in ("192.0.2.7", "192.0.2.8")
    ]
    await journal.append(ORGANISATION, lines, Usage(date(1970, 1, 1)))
    return journal


@pytest.fixture
async def asking(services, surface, journal, tmp_path):
    keys = FileContractKeys(FilePackKeys(tmp_path / "contracts"))
    keeper = ScopeKeeper(services.store)
    whole = msgspec.structs.replace(
        services,
        contracts=ContractService(surface, keys),
        contract_keys=keys,
        journal=journal,
        plans=ScanPlans(Registry(load_capabilities()), surface, keeper, journal, Paces(500, 50)),
    )
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=create_app(whole)),
        base_url="http://127.0.0.1:8642",
        headers={"authorization": f"Bearer {TOKEN}"},
    ) as client:
        yield client


async def test_a_contract_is_signed_once_and_withdrawn(asking):
    signed = await asking.post("/api/v1/scope/contracts", json=TERMS)
    again = await asking.post("/api/v1/scope/contracts", json=TERMS)

    assert (signed.status_code, again.status_code) == (201, 409)
    assert (signed.json()["data"]["fault"], len(signed.json()["data"]["signature"])) == ("", 128)

    withdrawn = await asking.post("/api/v1/scope/contracts/spring/withdraw")
    listed = (await asking.get("/api/v1/scope/contracts")).json()["data"]
    assert withdrawn.json()["data"]["status"] == "excluded"
    assert [(one["id"], one["refusal"]) for one in listed] == [("spring", "it was withdrawn")]


@pytest.mark.parametrize(
    "wrong",
    [
        {"allow": []},
        {"touch": ["gentle"]},
        {"windows": ["always"]},
        {"valid_until": "2001-01-01T00:00:00Z"},
        {"id": "a b"},
    ],
)
async def test_terms_that_are_not_in_order_are_refused(asking, wrong):
    answer = await asking.post("/api/v1/scope/contracts", json=TERMS | wrong)

    assert answer.status_code in (400, 422)
    assert next(iter(wrong)) in answer.text


async def test_a_contract_that_is_not_there_is_not_found(asking):
    assert (await asking.get("/api/v1/scope/contracts/none")).status_code == 404


async def test_the_journal_tells_what_was_sent_where(asking):
    everything = (await asking.get("/api/v1/scope/journal")).json()["data"]
    one = (await asking.get("/api/v1/scope/journal", params={"address": "192.0.2.8"})).json()["data"]
    rest = (await asking.get("/api/v1/scope/journal", params={"after": 1})).json()["data"]

    assert [line["number"] for line in everything] == [1, 2]
    assert [line["authority"] for line in one] == ["contract spring"]
    assert [line["number"] for line in rest] == [2]
    verified = (await asking.get("/api/v1/scope/journal/verification")).json()["data"]
    assert verified == {"lines": 2, "fault": ""}


async def test_a_plan_tells_what_a_scan_would_do(asking):
    plan = (await asking.post("/api/v1/scans/plan", json={"seeds": ["new.test"]})).json()["data"]

    work = {one["capability"]: one for one in plan["work"]}
    assert "#domain#new.test" in work["dns"]["examples"]
    assert plan["packets"] == sum(one["packets"] for one in plan["work"])


async def test_a_change_of_seeds_is_looked_at_before_it_is_saved(client):
    body = {"put": [{"value": "192.0.2.0/28"}], "drop": ["perimeter.test"]}
    preview = (await client.post("/api/v1/scope/preview", json=body)).json()["data"]

    assert preview["comes_in"] == {"address": 1, "port": 1}
    assert preview["falls_out"] == {"domain": 2}
    assert preview["is_complete"]
    assert [one["value"] for one in (await client.get("/api/v1/seeds")).json()["data"]] == ["perimeter.test"]


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"put": [{"value": "a b"}]}, "put[0].value"),
        ({"put": [{"value": "a.test", "deny": ["http://x"]}]}, "put[0].deny"),
        ({"drop": ["?"]}, "drop[0]"),
        ({"put": [{"value": "a.test"}] * 101}, "put"),
    ],
)
async def test_a_change_that_cannot_be_saved_cannot_be_looked_at(client, body, place):
    answer = await client.post("/api/v1/scope/preview", json=body)

    assert (answer.status_code, answer.json()["field"]) == (400, place)


async def test_a_server_without_these_parts_says_so(client):
    for method, path in (
        ("GET", "/api/v1/scope/contracts"),
        ("GET", "/api/v1/scope/journal"),
        ("POST", "/api/v1/scans/plan"),
    ):
        body = {"json": {}} if method == "POST" else {}
        assert (await client.request(method, path, **body)).status_code == 404


async def test_the_outline_tells_seeds_and_the_key_that_signs(asking):
    outline = (await asking.get("/api/v1/scope/outline")).json()["data"]

    assert [one["seed"] for one in outline["seeds"]] == ["perimeter.test"]
    assert (outline["stopped"], len(outline["key"])) == ("", 64)


async def test_a_contract_travels_as_a_document_that_is_verified(asking):
    await asking.post("/api/v1/scope/contracts", json=TERMS)

    document = (await asking.get("/api/v1/scope/contracts/spring/document")).json()
    altered = document | {"terms": document["terms"] | {"allow": ["elsewhere.test"]}}
    verified = [
        (await asking.post("/api/v1/scope/contracts/verification", json=one)).json()["data"]
        for one in (document, altered)
    ]
    again = await asking.post("/api/v1/scope/contracts/documents", json=document)
    forged = await asking.post("/api/v1/scope/contracts/documents", json=altered)

    assert [(one["contract"], bool(one["fault"])) for one in verified] == [
        ("spring", False),
        ("spring", True),
    ]
    assert (again.status_code, forged.status_code) == (409, 400)
    assert forged.json()["field"] == "contract spring"


async def test_what_is_no_document_of_a_contract_is_refused(asking):
    for body in ({}, {"form": "x"}, {"terms": []}):
        answer = await asking.post("/api/v1/scope/contracts/documents", json=body)
        assert (answer.status_code, answer.json()["field"]) == (400, "contract")


async def test_why_a_contract_was_withdrawn_is_kept(asking, services):
    await asking.post("/api/v1/scope/contracts", json=TERMS)

    await asking.post("/api/v1/scope/contracts/spring/withdraw", params={"why": "the test is over"})
    versions = (await asking.get("/api/v1/entities/%23contract%23spring/versions")).json()["data"]

    assert versions[0]["why"] == "the test is over"


async def test_the_journal_tells_where_it_begins_and_ends(asking):
    head = (await asking.get("/api/v1/scope/journal/head")).json()["data"]
    last = (await asking.get("/api/v1/scope/journal", params={"after": 1})).json()["data"][-1]

    assert (head["number"], head["hash"], head["start"]) == (2, last["hash"], 0)
