import pytest

from rest_perimeter import ORGANISATION


async def waiting(services, queue="plan"):
    return sum(one.live for one in await services.queues.depths(ORGANISATION) if one.queue == queue)


async def test_an_ordered_scan_waits_in_its_queue(client, services):
    answer = await client.post("/api/v1/scans", json={"seeds": ["example.com"], "deny": ["old.example.com"]})

    scan = answer.json()["data"]["scan"]
    assert (answer.status_code, answer.headers["location"]) == (202, f"/api/v1/scans/{scan}")
    assert await waiting(services) == 1


async def test_a_scan_ordered_twice_with_one_key_is_one_scan(client, services):
    sent = {"json": {"seeds": ["example.com"]}, "headers": {"idempotency-key": "monday"}}
    first = await client.post("/api/v1/scans", **sent)
    again = await client.post("/api/v1/scans", **sent)

    assert first.json()["data"] == again.json()["data"]
    assert await waiting(services) == 1


async def test_one_key_for_two_scans_is_refused(client, services):
    headers = {"idempotency-key": "monday"}
    await client.post("/api/v1/scans", json={"seeds": ["example.com"]}, headers=headers)
    answer = await client.post("/api/v1/scans", json={"seeds": ["example.org"]}, headers=headers)

    assert (answer.status_code, answer.json()["type"]) == (409, "/api/v1/problems/reused-key")
    assert await waiting(services) == 1


async def test_a_scan_of_an_excluded_seed_is_refused(client, services):
    await client.delete("/api/v1/seeds/perimeter.test")

    answer = await client.post("/api/v1/scans", json={"seeds": ["perimeter.test"]})

    assert answer.status_code == 409
    assert await waiting(services) == 0


async def test_progress_counts_what_waits_and_what_was_found(client):
    await client.post("/api/v1/scans", json={})

    data = (await client.get("/api/v1/scans/current")).json()["data"]

    assert (data["waiting"], data["counts"]["domain"]) == (2, {"active": 2})


async def test_everything_stops_at_once_and_says_who_stopped_it(client):
    stopped = await client.post("/api/v1/scans/current/stop", json={"reason": "the shop is slow"})
    resumed = await client.post("/api/v1/scans/current/resume")

    assert stopped.json()["data"]["stopped"] == "local: the shop is slow"
    assert resumed.json()["data"]["stopped"] == ""


@pytest.mark.parametrize(("action", "halted"), [("pause", "paused"), ("resume", ""), ("cancel", "cancelled")])
async def test_one_scan_is_steered(client, action, halted):
    scan = (await client.post("/api/v1/scans", json={})).json()["data"]["scan"]

    told = (await client.post(f"/api/v1/scans/{scan}/{action}")).json()["data"]
    read = (await client.get(f"/api/v1/scans/{scan}")).json()["data"]

    assert told == read
    assert (read["scan"], read["halted"], read["requested_by"]) == (scan, halted, "local")


async def test_scans_are_listed_the_newest_first(client):
    started = [
        (await client.post("/api/v1/scans", json={"seeds": [seed]})).json()["data"]["scan"]
        for seed in ("example.com", "example.org")
    ]
    await client.post(f"/api/v1/scans/{started[0]}/pause")

    listed = (await client.get("/api/v1/scans")).json()["data"]
    paused = (await client.get("/api/v1/scans?filter=state=paused&fields=seeds,state")).json()["data"]

    assert [one["id"] for one in listed] == started[::-1]
    assert [one["seeds"] for one in paused] == [["example.com"]]


async def test_a_scan_tells_what_it_could_not_look_at(client):
    scan = (await client.post("/api/v1/scans", json={})).json()["data"]["scan"]

    progress = (await client.get(f"/api/v1/scans/{scan}")).json()["data"]["progress"]

    assert progress == {"looked": 0, "unknown": 0, "waiting": 1, "gaps": []}


async def test_what_was_cancelled_cannot_go_on(client):
    scan = (await client.post("/api/v1/scans", json={})).json()["data"]["scan"]
    await client.post(f"/api/v1/scans/{scan}/cancel")

    assert (await client.post(f"/api/v1/scans/{scan}/resume")).status_code == 409


@pytest.mark.parametrize(
    ("path", "status"),
    [("/api/v1/scans/abc/explode", 404), ("/api/v1/scans/NO-ID/cancel", 404), ("/api/v1/scans/NO-ID", 404)],
)
async def test_what_is_no_scan_or_no_action_is_refused(client, path, status):
    method = "GET" if path.endswith("NO-ID") else "POST"

    assert (await client.request(method, path)).status_code == status


async def test_the_scope_explains_itself(client):
    inside = (await client.get("/api/v1/scope?target=www.perimeter.test")).json()["data"]
    outside = (await client.get("/api/v1/scope?target=example.org")).json()["data"]

    assert inside["why"] != outside["why"]
    assert (inside["admitted"], outside["admitted"]) == (True, False)
