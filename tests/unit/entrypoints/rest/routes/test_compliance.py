"""Compliance, and the rights of people, as the API answers."""

import httpx
import msgspec
import pytest

from chariot.entrypoints.rest.app import create_app
from chariot.entrypoints.rest.caller import Caller
from chariot.model.kinds.work import Comment
from chariot.model.observations import Edit
from chariot.modules.access.grants import Access, Grant
from chariot.modules.compliance.checks import all_checks, shipped_packs
from chariot.modules.compliance.platform import FACTS
from chariot.modules.compliance.service import ComplianceService, Measure
from chariot.modules.surface.sight import Rule
from rest_perimeter import ORGANISATION
from support.vaults import SealedWorld

PERSON = {"names": ["Wilhelmina"]}
NOTE = Comment(about="#domain#a.test", id="1", text="hm", author="Wilhelmina")


class Stated:
    names = ("audit.holds",)

    async def measure(self, organisation):
        return {"audit.holds": Measure(value=True, why="it holds")}


class Asks:
    """Knows one caller, whatever the token."""

    def __init__(self, rule: Rule) -> None:
        grant = Grant(permissions=frozenset({"*"}), rule=rule)
        self._caller = Caller(
            user="lead",
            organisation=ORGANISATION,
            permissions=frozenset(),
            method="session",
            access=Access(ORGANISATION, (grant,)),
        )

    async def verify(self, token):
        return self._caller


@pytest.fixture
async def world(tmp_path):
    made = SealedWorld(tmp_path)
    await made.surface.edit(ORGANISATION, [Edit(actor="Wilhelmina", entity=NOTE)])
    yield made
    await made.database.close()


def client(services, world, rule=None):
    checks = all_checks(shipped_packs(FACTS))
    given = msgspec.structs.replace(
        services,
        tokens=Asks(rule or Rule()),
        compliance=ComplianceService(world.store, Stated(), lambda: checks),
        privacy=world.privacy,
    )
    transport = httpx.ASGITransport(app=create_app(given))
    return httpx.AsyncClient(
        transport=transport, base_url="http://127.0.0.1:8642", headers={"authorization": "Bearer t"}
    )


async def test_a_report_has_verdicts_with_what_they_rest_on(services, world):
    async with client(services, world) as asking:
        answer = await asking.get("/api/v1/compliance?framework=soc2")

    report = answer.json()["data"]
    found = {one["id"]: one for one in report["findings"]}
    assert answer.status_code == 200
    assert (found["audit.holds"]["verdict"], found["audit.holds"]["reason"]) == ("pass", "it holds")
    assert found["port.telnet"]["verdict"] == "cannot-tell"
    assert [one["id"] for one in report["frameworks"]] == ["soc2"]


async def test_a_framework_that_is_not_known_is_refused(services, world):
    async with client(services, world) as asking:
        assert (await asking.get("/api/v1/compliance?framework=pci")).status_code == 400


async def test_a_person_is_exported_erased_and_then_not_found(services, world):
    async with client(services, world) as asking:
        before = await asking.post("/api/v1/privacy/exports", json=PERSON)
        done = await asking.post("/api/v1/privacy/erasures", json=PERSON | {"why": "asked"})
        after = await asking.post("/api/v1/privacy/exports", json=PERSON)

    assert [one["key"] for one in before.json()["data"]["statements"]] == [NOTE.key]
    assert done.json()["data"]["pseudonym"].startswith("erased-")
    assert after.json()["data"]["statements"] == after.json()["data"]["actions"] == []


@pytest.mark.parametrize(
    "body", [{}, {"names": []}, {"names": ["x"]}, PERSON, PERSON | {"why": "Wilhelmina asked"}]
)
async def test_an_erasure_that_is_not_asked_for_properly_does_nothing(services, world, body):
    async with client(services, world) as asking:
        answer = await asking.post("/api/v1/privacy/erasures", json=body)

    assert answer.status_code in (400, 422)
    assert (await world.store.get(ORGANISATION, [NOTE.key]))[NOTE.key].entity.author == "Wilhelmina"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/api/v1/compliance", None),
        ("POST", "/api/v1/privacy/exports", PERSON),
        ("POST", "/api/v1/privacy/erasures", PERSON | {"why": "asked"}),
    ],
)
async def test_who_sees_a_part_is_refused(services, world, method, path, body):
    async with client(services, world, Rule(kinds=("domain",))) as asking:
        answer = await asking.request(method, path, json=body)

    assert answer.status_code == 403
    assert "Wilhelmina" not in answer.text


async def test_a_server_without_these_services_says_so(services, world):
    bare = msgspec.structs.replace(services, tokens=Asks(Rule()), compliance=None, privacy=None)
    transport = httpx.ASGITransport(app=create_app(bare))
    async with httpx.AsyncClient(
        transport=transport, base_url="http://127.0.0.1:8642", headers={"authorization": "Bearer t"}
    ) as asking:
        assert (await asking.get("/api/v1/compliance")).status_code == 503
        assert (await asking.post("/api/v1/privacy/exports", json=PERSON)).status_code == 503
