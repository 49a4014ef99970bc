"""Who changes whose account: nobody that of somebody who may do more."""

import httpx
import pytest

from chariot.entrypoints.rest.app import create_app
from rest_perimeter import ORGANISATION, TOKEN

ROOT = {"authorization": f"Bearer {TOKEN}"}
PASSWORD = "tintenfass rollt bergab"
DESK = ["users:read", "users:write", "users:recover", "entities:read"]


@pytest.fixture
async def site(services):
    transport = httpx.ASGITransport(app=create_app(services), raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8642") as client:
        await client.put("/api/v1/roles/viewer", headers=ROOT, json={"permissions": ["entities:read"]})
        await client.put("/api/v1/roles/triage", headers=ROOT, json={"permissions": ["risks:write"]})
        for user, role in (("ada", "admin"), ("bob", "viewer"), ("tim", "triage")):
            await client.post("/api/v1/users", headers=ROOT, json={"user": user, "roles": [role]})
        yield client


async def with_role(site, *permissions, user="desk"):
    """Return the headers of somebody who may do just this."""
    await site.put(f"/api/v1/roles/{user}", headers=ROOT, json={"permissions": list(permissions)})
    added = await site.post("/api/v1/users", headers=ROOT, json={"user": user, "roles": [user]})
    body = {"user": user, "code": added.json()["data"]["code"], "password": PASSWORD}
    answer = await site.post("/api/v1/signin/invitation", json=body)
    return {"authorization": f"Bearer {answer.json()['data']['token']}"}


async def all_changes(site, headers, user):
    answers = [
        await site.patch(f"/api/v1/users/{user}", headers=headers, json={"label": "x"}),
        await site.patch(f"/api/v1/users/{user}", headers=headers, json={"suspended": True}),
        await site.post(f"/api/v1/users/{user}/invitation", headers=headers),
        await site.delete(f"/api/v1/users/{user}/factors", headers=headers),
        await site.delete(f"/api/v1/users/{user}", headers=headers),
    ]
    return [one.status_code for one in answers]


async def test_a_help_desk_helps_those_who_may_do_no_more_than_it(site):
    desk = await with_role(site, *DESK)

    assert await all_changes(site, desk, "bob") == [200] * 5


@pytest.mark.parametrize("user", ["ada", "tim"])
async def test_who_may_do_more_or_other_things_is_not_touched(site, user):
    desk = await with_role(site, *DESK)

    assert await all_changes(site, desk, user) == [403] * 5
    assert (await site.get(f"/api/v1/users/{user}", headers=ROOT)).json()["data"]["suspended"] is False


async def test_roles_that_a_member_was_given_here_or_below_count_too(site):
    await site.post("/api/v1/organisations", headers=ROOT, json={"name": "below", "parent": ORGANISATION})
    await site.put(
        "/api/v1/members/user:bob",
        headers=ROOT | {"chariot-organisation": "below"},
        json={"roles": ["admin"]},
    )
    desk = await with_role(site, *DESK)

    assert (await site.post("/api/v1/users/bob/invitation", headers=desk)).status_code == 403


async def test_who_changes_accounts_does_not_thereby_recover_them(site):
    clerk = await with_role(site, "users:write", "entities:read")

    assert await all_changes(site, clerk, "bob") == [200, 200, 403, 403, 200]


async def test_roles_are_given_by_who_may_grant_and_has_them(site):
    lead = await with_role(site, "users:write", "users:grant", "entities:read")
    clerk = await with_role(site, "users:write", "entities:read", user="clerk")

    async def given(headers, user, role):
        answer = await site.patch(f"/api/v1/users/{user}", headers=headers, json={"roles": [role]})
        return answer.status_code

    assert await given(lead, "bob", "viewer") == 200
    assert await given(lead, "bob", "admin") == 403
    assert await given(clerk, "bob", "viewer") == 403
    assert await given(lead, "bob", "no-such-role") == 400
    made = await site.post("/api/v1/users", headers=lead, json={"user": "eve", "roles": ["viewer"]})
    assert made.status_code == 201
