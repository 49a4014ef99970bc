"""The keys that secrets are sealed with, as the API changes them."""

import httpx
import msgspec
import pytest

from chariot.entrypoints.rest.app import create_app
from chariot.entrypoints.rest.caller import Caller
from chariot.model.keys import Organisation
from chariot.model.kinds.work import Comment
from chariot.model.observations import Edit
from chariot.modules.access.grants import Access, Grant
from chariot.modules.surface.sight import Rule
from rest_perimeter import ORGANISATION
from support.vaults import SealedWorld

OTHER = Organisation("globex")
NOTE = Comment(about="#domain#a.test", id="1", text="hm", author="Wilhelmina")


class Asks:
    """Knows one caller, whatever the token."""

    def __init__(self, *, roams: bool, rule: Rule) -> None:
        access = Access(ORGANISATION, (Grant(permissions=frozenset({"*"}), rule=rule),))
        self._caller = Caller(
            user="lead",
            organisation=ORGANISATION,
            permissions=frozenset(),
            method="session",
            roams=roams,
            access=access,
        )

    async def verify(self, token: str) -> Caller:
        del token
        return self._caller


@pytest.fixture
async def world(tmp_path):
    made = SealedWorld(tmp_path)
    for organisation in (ORGANISATION, OTHER):
        await made.surface.edit(organisation, [Edit(actor="Wilhelmina", entity=NOTE)])
    yield made
    await made.database.close()


def client(services, world, *, roams: bool = False, rule: Rule | None = None) -> httpx.AsyncClient:
    tokens = Asks(roams=roams, rule=rule or Rule())
    given = msgspec.structs.replace(services, tokens=tokens, secrets=world.keys)
    transport = httpx.ASGITransport(app=create_app(given))
    return httpx.AsyncClient(
        transport=transport, base_url="http://127.0.0.1:8642", headers={"authorization": "Bearer t"}
    )


async def test_an_organisation_sees_its_own_keys_alone(services, world):
    async with client(services, world) as asking:
        own = (await asking.get("/api/v1/encryption")).json()["data"]
    async with client(services, world, roams=True) as asking:
        whole = (await asking.get("/api/v1/encryption")).json()["data"]

    assert {one["organisation"] for one in own["organisations"]} == {ORGANISATION}
    assert own["masters"] == []
    assert {one["organisation"] for one in whole["organisations"]} >= {ORGANISATION, OTHER}
    assert [one["current"] for one in whole["masters"]] == [True]


async def test_a_new_key_seals_what_older_ones_did(services, world):
    async with client(services, world) as asking:
        made = await asking.post("/api/v1/encryption/keys")
        first = await asking.post("/api/v1/encryption/reseal")
        second = await asking.post("/api/v1/encryption/reseal")

    assert made.json()["data"] == {"version": 2}
    assert first.json()["data"] == {"resealed": 1, "finished": True}
    assert second.json()["data"] == {"resealed": 0, "finished": True}
    assert [key.version for key in await world.kept.of(OTHER)] == [1]


async def test_a_master_key_changes_for_the_installation_s_own_token_alone(services, world):
    before = (await world.masters.describe())[0].id
    async with client(services, world) as asking:
        refused = [
            await asking.post("/api/v1/encryption/masters"),
            await asking.post("/api/v1/encryption/rewrap"),
            await asking.delete(f"/api/v1/encryption/masters/{before}"),
        ]
    async with client(services, world, roams=True) as asking:
        made = await asking.post("/api/v1/encryption/masters")
        rewrapped = await asking.post("/api/v1/encryption/rewrap")
        current = made.json()["data"]["master"]
        kept = await asking.delete(f"/api/v1/encryption/masters/{current}")
        unknown = await asking.delete("/api/v1/encryption/masters/nothing")

    assert [one.status_code for one in refused] == [403, 403, 403]
    assert rewrapped.json()["data"] == {"rewrapped": 0}
    assert {key.wrapped.master for key in await world.kept.of(OTHER)} == {current}
    assert (kept.status_code, unknown.status_code) == (409, 409)


async def test_keys_are_destroyed_by_who_names_the_organisation(services, world):
    async with client(services, world) as asking:
        wrong = await asking.delete(f"/api/v1/encryption/keys?organisation={OTHER}")
        unnamed = await asking.delete("/api/v1/encryption/keys")
        done = await asking.delete(f"/api/v1/encryption/keys?organisation={ORGANISATION}")

    assert (wrong.status_code, unnamed.status_code) == (400, 400)
    assert done.json()["data"] == {"destroyed": 1}
    assert await world.kept.of(ORGANISATION) == []
    assert len(await world.kept.of(OTHER)) == 1


async def test_who_sees_a_part_changes_no_keys(services, world):
    async with client(services, world, rule=Rule(kinds=("domain",))) as asking:
        answers = [await asking.get("/api/v1/encryption"), await asking.post("/api/v1/encryption/keys")]

    assert [one.status_code for one in answers] == [403, 403]
