"""Signing in, accounts, sessions and devices, as a browser and a program see them."""

import httpx
import msgspec
import pyotp
import pytest

from chariot.adapters.passkeys.passkeys import WebAuthnPasskeys
from chariot.entrypoints.dashboard.sessions import CookieSessions
from chariot.entrypoints.rest.app import create_app
from chariot.entrypoints.rest.caller import Proven, SingleToken
from chariot.modules.identity.provers import Provers
from identity_fakes import PASSWORD, Log, RunningClock, identity_in
from rest_perimeter import ORGANISATION, TOKEN
from support.authenticator import Authenticator

URL = "http://localhost:8642"
ROOT = {"authorization": f"Bearer {TOKEN}"}
OWN = {"sec-fetch-site": "same-origin"}
OTHER = "kumquat fliegt im nebel"


@pytest.fixture
def time():
    return RunningClock()


@pytest.fixture
def log():
    return Log()


@pytest.fixture
async def site(services, time, log):
    """A client before a server with accounts, as a browser reaches it."""
    identity = identity_in(services.surface, time, log, passkeys=WebAuthnPasskeys(URL))
    provers = Provers(
        keys=identity.keys, sessions=identity.sessions, own=SingleToken(TOKEN, ORGANISATION).prove
    )
    served = msgspec.structs.replace(
        services,
        tokens=Proven(provers, services.admission.admit),
        identity=identity,
        identity_events=identity.events,
        keys=identity.keys,
    )
    transport = httpx.ASGITransport(app=CookieSessions(create_app(served), TOKEN))
    async with httpx.AsyncClient(transport=transport, base_url=URL) as client:
        yield client


async def made(site, user="ada", roles=("admin",)):
    """Make an account with a password; return the token of its first session."""
    added = await site.post("/api/v1/users", headers=ROOT, json={"user": user, "roles": list(roles)})
    code = added.json()["data"]["code"]
    body = {"user": user, "code": code, "password": PASSWORD}
    answer = await site.post("/api/v1/signin/invitation", json=body)
    return {"authorization": f"Bearer {answer.json()['data']['token']}"}


async def by_password(site, user="ada", password=PASSWORD, **more):
    return await site.post("/api/v1/signin/password", json={"user": user, "password": password, **more})


async def whose(site, headers):
    answer = await site.get("/api/v1/session", headers=headers)
    return answer.json()["data"]["user"] if answer.status_code == 200 else answer.status_code


async def with_passkey(site, headers, authenticator):
    begun = await site.post(
        "/api/v1/account/passkeys/challenge", headers=headers, json={"password": PASSWORD}
    )
    asked = begun.json()["data"]
    body = {"state": asked["state"], "answer": authenticator.make(asked["options"]), "label": "laptop"}
    return await site.post("/api/v1/account/passkeys", headers=headers, json=body)


async def by_passkey(site, authenticator):
    asked = (await site.post("/api/v1/signin/passkey/challenge")).json()["data"]
    return {"state": asked["state"], "answer": authenticator.use(asked["options"])}


async def test_everybody_is_told_how_people_sign_in(site):
    assert (await site.get("/api/v1/signin")).json()["data"] == {
        "password": True,
        "passkey": True,
        "device": True,
        "issuers": [],
    }


async def test_an_invitation_leads_to_a_session(site):
    headers = await made(site)

    assert await whose(site, headers) == "ada"


async def test_a_browser_s_session_is_a_cookie_that_no_script_reads_and_ends_for_the_server_too(site):
    await made(site)
    answer = await by_password(site, cookie=True)
    kept = dict(site.cookies)
    assert answer.json()["data"]["token"] is None
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(answer.headers["set-cookie"].split("; "))
    assert await whose(site, OWN) == "ada"
    assert (await site.delete("/api/v1/session", headers=OWN)).status_code == 204

    site.cookies.update(kept)
    assert await whose(site, OWN) == 401


async def test_another_site_cannot_act_with_the_cookie(site):
    await made(site)
    await by_password(site, cookie=True)
    body = {"user": "eve"}
    answer = await site.post("/api/v1/users", headers={"origin": "https://evil.test"}, json=body)

    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("user", "password"),
    [("ada", "wrong"), ("nobody", PASSWORD), ("ada", ""), ("x" * 300, "y"), ("\u0000", "y")],
)
async def test_who_cannot_prove_it_is_refused(site, user, password):
    await made(site)

    assert (await by_password(site, user, password)).status_code in (400, 401)


async def test_guessing_is_told_to_wait_and_each_guess_is_in_the_log(site, log):
    await made(site)
    answers = [await by_password(site, password="wrong") for _ in range(8)]

    assert [one.status_code for one in answers[:6]] == [401] * 6
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert len(log.told("session:begin")) >= 6


async def test_an_authenticator_is_added_asked_for_and_taken_away(site, time):
    headers = await made(site)
    begun = await site.post("/api/v1/account/code", headers=headers, json={"password": PASSWORD})
    key = begun.json()["data"]["key"]
    body = {"code": pyotp.TOTP(key).at(time())}
    done = await site.post("/api/v1/account/code/confirmation", headers=headers, json=body)
    recovery = done.json()["data"]["codes"][0]

    assert (await by_password(site)).json()["data"]["needs"] == ["code", "recovery"]
    assert (await by_password(site, code="000000")).status_code == 401
    assert (await by_password(site, code=recovery)).json()["data"]["session"]["factors"] == 2
    body = {"password": PASSWORD}
    removed = await site.post("/api/v1/account/code/removal", headers=headers, json=body)
    assert removed.json()["data"]["factors"] == []


async def test_a_passkey_signs_in_as_two_factors_and_each_answer_counts_once(site):
    headers, authenticator = await made(site), Authenticator(URL)
    assert (await with_passkey(site, headers, authenticator)).json()["data"]["passkeys"] == ["laptop"]
    answer = await by_passkey(site, authenticator)
    done = await site.post("/api/v1/signin/passkey", json=answer)
    again = await site.post("/api/v1/signin/passkey", json=answer)

    assert done.json()["data"]["session"]["factors"] == 2
    assert again.status_code == 401
    assert (await by_password(site)).json()["data"]["needs"] == ["passkey"]


@pytest.mark.parametrize(
    "authenticator",
    [Authenticator("https://evil.test"), Authenticator(URL, verifies=False)],
    ids=["of another site", "without a finger or a PIN"],
)
async def test_a_passkey_that_is_not_for_this_site_is_not_added(site, authenticator):
    headers = await made(site)

    assert (await with_passkey(site, headers, authenticator)).status_code == 401


async def test_a_passkey_that_was_copied_is_found_out(site):
    headers, authenticator = await made(site), Authenticator(URL)
    await with_passkey(site, headers, authenticator)
    await site.post("/api/v1/signin/passkey", json=await by_passkey(site, authenticator))
    authenticator.count = 0

    assert (
        await site.post("/api/v1/signin/passkey", json=await by_passkey(site, authenticator))
    ).status_code == 401


async def test_another_password_ends_the_other_sessions(site):
    here = await made(site)
    elsewhere = {"authorization": f"Bearer {(await by_password(site)).json()['data']['token']}"}
    body = {"password": PASSWORD, "new_password": OTHER}
    assert (await site.put("/api/v1/account/password", headers=here, json=body)).status_code == 200

    assert [await whose(site, one) for one in (here, elsewhere)] == ["ada", 401]


async def test_sessions_are_listed_and_ended_one_and_all(site):
    headers = await made(site)
    others = [(await by_password(site)).json()["data"] for _ in range(3)]
    listed = (await site.get("/api/v1/sessions", headers=headers)).json()["data"]
    assert len(listed) == 4
    await site.delete(f"/api/v1/sessions/{others[0]['session']['id']}", headers=headers)
    assert await whose(site, {"authorization": f"Bearer {others[0]['token']}"}) == 401
    assert (await site.delete("/api/v1/sessions", headers=headers)).json()["data"]["ended"] == 3

    assert await whose(site, headers) == 401


async def test_nobody_sees_or_ends_the_sessions_of_others_without_a_right_to(site):
    ada, eve = await made(site), await made(site, "eve", roles=())
    session = (await site.get("/api/v1/sessions", headers=ada)).json()["data"][0]
    answers = [
        await site.get("/api/v1/sessions", headers=eve, params={"everybody": True}),
        await site.delete(f"/api/v1/sessions/{session['id']}", headers=eve),
        await site.delete("/api/v1/sessions", headers=eve, params={"subject": "user:ada"}),
    ]

    assert all(one.status_code in (401, 403, 404) for one in answers)
    assert await whose(site, ada) == "ada"


async def test_a_device_is_approved_by_a_person_and_not_by_a_key(site):
    headers = await made(site)
    _, key = (
        "",
        (
            await site.post(
                "/api/v1/keys", headers=headers, json={"label": "ci", "permissions": ["entities:read"]}
            )
        ).json()["data"]["key"],
    )
    codes = (await site.post("/api/v1/device")).json()["data"]
    asked = {"user_code": codes["user_code"]}
    by_key = await site.post(
        "/api/v1/device/approval", headers={"authorization": f"Bearer {key}"}, json=asked
    )
    waiting = await site.post("/api/v1/device/token", json={"device_code": codes["device_code"]})
    await site.post("/api/v1/device/approval", headers=headers, json=asked)
    done = await site.post("/api/v1/device/token", json={"device_code": codes["device_code"]})

    assert by_key.status_code == 403
    assert waiting.json()["data"]["needs"] == ["approval"]
    assert await whose(site, {"authorization": f"Bearer {done.json()['data']['token']}"}) == "ada"


async def test_administrators_change_suspend_and_remove_accounts_of_their_organisation(site):
    ada, eve = await made(site), await made(site, "eve", roles=("read-only",))
    changed = await site.patch("/api/v1/users/eve", headers=ada, json={"suspended": True, "why": "left"})
    listed = (await site.get("/api/v1/users", headers=ada)).json()["data"]

    assert changed.json()["data"]["suspended"] is True
    assert [one["user"] for one in listed] == ["ada", "eve"]
    assert await whose(site, eve) == 401
    assert (await site.delete("/api/v1/users/eve", headers=ada)).status_code == 200
    assert (await site.get("/api/v1/users/eve", headers=ada)).status_code == 404


async def test_accounts_of_another_organisation_are_not_there(site):
    await made(site)
    elsewhere = {**ROOT, "chariot-organisation": "globex"}
    answers = [
        await site.get("/api/v1/users/ada", headers=elsewhere),
        await site.patch("/api/v1/users/ada", headers=elsewhere, json={"suspended": True}),
        await site.post("/api/v1/users/ada/invitation", headers=elsewhere),
        await site.delete("/api/v1/users/ada/factors", headers=elsewhere),
        await site.delete("/api/v1/users/ada", headers=elsewhere),
    ]

    assert [one.status_code for one in answers] == [404] * 5
    assert (await site.get("/api/v1/users", headers=elsewhere)).json()["data"] == []


async def test_who_may_write_users_alone_makes_nobody_an_administrator_and_takes_no_account_over(site):
    await made(site)
    body = {"label": "hr", "permissions": ["users:read", "users:write"]}
    key = (await site.post("/api/v1/keys", headers=ROOT, json=body)).json()["data"]["key"]
    clerk = {"authorization": f"Bearer {key}"}
    answers = [
        await site.post("/api/v1/users", headers=clerk, json={"user": "mallory", "roles": ["admin"]}),
        await site.patch("/api/v1/users/ada", headers=clerk, json={"roles": []}),
        await site.post("/api/v1/users/ada/invitation", headers=clerk),
        await site.delete("/api/v1/users/ada/factors", headers=clerk),
        await site.delete("/api/v1/users/ada", headers=clerk),
    ]

    assert [one.status_code for one in answers] == [403] * 5
    assert (await site.post("/api/v1/users", headers=clerk, json={"user": "bob"})).status_code == 201


async def test_a_program_has_no_account(site):
    assert (await site.get("/api/v1/account", headers=ROOT)).status_code == 403
    assert (await site.get("/api/v1/account")).status_code == 401
    assert (await site.delete("/api/v1/session", headers=ROOT)).status_code == 400


async def test_an_issuer_that_is_not_there_is_told_so(site):
    assert (await site.get("/api/v1/session/begin", params={"issuer": "corp"})).status_code == 404
    back = await site.get("/api/v1/session/callback", params={"code": "x", "state": "y"})

    assert (back.status_code, back.headers["location"]) == (302, "/#signin=refused")


async def test_the_roles_of_an_account_count_in_what_somebody_sees(site):
    await made(site, roles=("read-only",))
    told = (await site.get("/api/v1/members/user:ada/sight", headers=ROOT)).json()["data"]

    assert (told["everything"], "entities:read" in told["permissions"]) == (True, True)


async def test_a_session_states_what_the_limits_of_a_key_leave(site):
    body = {"label": "reader", "permissions": ["entities:read", "risks:write"]}
    key = (await site.post("/api/v1/keys", headers=ROOT, json=body)).json()["data"]["key"]
    told = (await site.get("/api/v1/session", headers={"authorization": f"Bearer {key}"})).json()["data"]

    assert told["permissions"] == ["entities:read", "risks:write"]
