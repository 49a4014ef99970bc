from chariot.model.kinds.work import Job
from chariot.model.observations import Observations
from chariot.model.states import Outcome
from chariot.modules.alerts.stage import job_name
from rest_perimeter import NOON, ORGANISATION, RISK_KEY

RULE = {"channel": "https://hooks.example.com/T0K3N", "minimum_score": 80, "signing_key": "s1gn"}


async def test_a_rule_is_set_and_its_channel_never_shown(client):
    answer = await client.put("/api/v1/alertrules/shop", json=RULE)

    assert (answer.json()["data"]["minimum_score"], answer.json()["data"]["channel"]) == (80, None)
    assert "T0K3N" not in answer.text + (await client.get("/api/v1/alertrules")).text
    assert answer.json()["data"]["secret"] == ["channel", "signing_key"]


async def test_a_rule_that_ended_is_in_force_no_more(client):
    await client.put("/api/v1/alertrules/shop", json=RULE)
    await client.delete("/api/v1/alertrules/shop")

    assert "shop" not in (await client.get("/api/v1/alertrules?fields=label")).text
    assert (await client.delete("/api/v1/alertrules/shop")).status_code == 404


async def test_a_rule_can_be_tried_out(client):
    await client.put("/api/v1/alertrules/shop", json=RULE)

    assert (await client.post("/api/v1/alertrules/shop/trial")).json()["data"] == {
        "delivered": True,
        "reason": "",
    }


async def test_a_channel_that_is_no_address_is_refused_by_name(client):
    answer = await client.put("/api/v1/alertrules/shop", json={"channel": "nowhere"})

    assert (answer.status_code, answer.json()["field"]) == (400, "channel")


async def test_a_label_that_is_none_is_refused_by_name(client):
    answer = await client.put("/api/v1/alertrules/a%20b", json=RULE)

    assert (answer.status_code, answer.json()["field"]) == (400, "label")


async def test_deliveries_are_listed_by_rule(client, surface):
    jobs = [
        Job(capability=job_name(label), target=RISK_KEY, outcome=Outcome.DONE, reason="delivery 1")
        for label in ("on-call", "other")
    ]
    await surface.observe(ORGANISATION, Observations(capability="alerts", seen_at=NOON, entities=tuple(jobs)))

    (delivery,) = (await client.get("/api/v1/alertrules/on-call/deliveries")).json()["data"]

    assert (delivery["target"], delivery["outcome"]) == (RISK_KEY, "done")
    assert (await client.get("/api/v1/alertrules/nothing/deliveries")).status_code == 404
