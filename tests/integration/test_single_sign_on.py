"""Single sign-on against an independent OpenID provider: browsers, command lines, tokens, rotation, revocation."""

import asyncio
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import httpx
import msgspec
import pytest
import structlog

from chariot.adapters.oidc.issuer import OidcIssuer
from chariot.adapters.oidc.options import IssuerOptions
from chariot.adapters.outgoing.client import Outgoing
from chariot.adapters.webhook.guard import Guard
from chariot.bootstrap import open_application
from chariot.entrypoints.cli.signing_in import IssuerWay, renewed, signed_in_at_issuer
from chariot.entrypoints.dashboard.sessions import CookieSessions
from chariot.entrypoints.rest.app import create_app
from chariot.entrypoints.rest.wiring import rest_services
from chariot.errors import DeniedError, UnavailableError
from chariot.modules.identity.claims import ClaimRules
from chariot.modules.identity.proof import UnprovenError
from chariot.settings import IssuerSettings, Settings
from chariot_client.profiles import Profile
from support.issuer import Browser, Provider, installed, new_key

OWN = {"sec-fetch-site": "same-origin"}
RULES = ClaimRules(
    organisation_claim="org",
    organisations={"acme-corp": "acme"},
    roles_claim="groups",
    roles={"chariot-admins": "admin"},
)
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


@pytest.fixture(scope="module")
def provider():
    running = Provider(installed())
    running.start(new_key("first"))
    yield running
    running.stop()


@pytest.fixture
def browser(provider):
    opened = Browser(provider)
    yield opened
    opened.close()


@pytest.fixture
async def client(provider, tmp_path):
    """A server whose organisation signs in at the provider, as a browser sees it."""
    secret = tmp_path / "secret"
    secret.write_text("web-secret-of-the-tests\n")
    issuer = IssuerSettings(
        name="corp",
        title="Acme",
        url=provider.url,
        audiences=("chariot",),
        client_id="chariot-web",
        client_secret_file=str(secret),
        cli_client_id="chariot-cli",
        networks=("127.0.0.0/8",),
        claims=RULES,
    )
    with structlog.testing.capture_logs():
        async with open_application(Settings(home=str(tmp_path / "home"), issuers=(issuer,))) as application:
            front = CookieSessions(create_app(rest_services(application)), "none")
            transport = httpx.ASGITransport(app=front)
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8642") as opened:
                yield opened


async def signed_in(client, browser, name):
    begun = await client.get("/api/v1/session/begin", params={"issuer": "corp"})
    return await asyncio.to_thread(browser.sign_in, begun.headers["location"], name)


def tokens_of_device(provider, browser, name):
    with httpx.Client(base_url=provider.url) as program:
        asked = {"client_id": "chariot-cli", "scope": "openid profile offline_access"}
        begun = program.post("/device/auth", data=asked).json()
        browser.approve(begun["verification_uri"], begun["user_code"], name)
        form = {"grant_type": DEVICE, "device_code": begun["device_code"], "client_id": "chariot-cli"}
        return program.post("/token", data=form).json()


def issuer_of(provider, clock, **more):
    async def recall(*_):
        return None

    options = IssuerOptions(
        name="corp", title="", url=provider.url, audiences=("chariot",), rules=RULES, **more
    )
    outgoing = Outgoing(Guard(["127.0.0.0/8"]), timeout_s=5)
    return OidcIssuer(outgoing, options, recall=recall, clock=clock, now=lambda: datetime.now(UTC))


class Stopwatch:
    at = 0.0

    def __call__(self):
        return self.at


async def test_a_browser_signs_in_with_code_and_pkce_and_gets_a_cookie(client, browser):
    back = await signed_in(client, browser, "admin-ada")
    ended = await client.get(back)
    session = (await client.get("/api/v1/session", headers=OWN)).json()["data"]

    assert (ended.status_code, ended.headers["location"]) == (302, "/")
    assert {"HttpOnly", "SameSite=Strict"} <= set(ended.headers["set-cookie"].split("; "))
    assert (session["user"], session["organisation"], session["method"]) == (
        "oidc:corp/admin-ada",
        "acme",
        "oidc",
    )
    assert session["permissions"] == ["*"]


async def test_a_browser_that_another_site_sends_back_gets_nothing(client, browser):
    back = await signed_in(client, browser, "admin-ada")
    client.cookies.clear()
    ended = await client.get(back)

    assert ended.headers["location"] == "/#signin=refused"
    assert "set-cookie" not in ended.headers


async def test_a_code_is_worth_nothing_with_another_state_or_a_second_time(client, browser):
    back = await signed_in(client, browser, "admin-ada")
    other = back.replace(parse_qs(urlsplit(back).query)["state"][0], "x" * 64)
    wrong = await client.get(other)
    again = await client.get(back)

    assert [one.headers["location"] for one in (wrong, again)] == ["/#signin=refused"] * 2


async def test_a_command_line_signs_in_with_the_device_flow_and_its_token_is_taken(client, provider, browser):
    tokens = await asyncio.to_thread(tokens_of_device, provider, browser, "admin-bob")
    headers = {"authorization": f"Bearer {tokens['access_token']}"}
    session = (await client.get("/api/v1/session", headers=headers)).json()["data"]

    assert (session["user"], session["organisation"], session["factors"]) == (
        "oidc:corp/admin-bob",
        "acme",
        2,
    )


async def test_what_says_who_signed_in_is_no_key_to_the_api(client, provider, browser):
    tokens = await asyncio.to_thread(tokens_of_device, provider, browser, "admin-bob")
    answer = await client.get("/api/v1/session", headers={"authorization": f"Bearer {tokens['id_token']}"})

    assert answer.status_code == 401


async def test_a_refreshed_token_is_taken_as_well(client, provider, browser):
    tokens = await asyncio.to_thread(tokens_of_device, provider, browser, "admin-bob")
    form = {
        "grant_type": "refresh_token",
        "client_id": "chariot-cli",
        "refresh_token": tokens["refresh_token"],
    }
    async with httpx.AsyncClient(base_url=provider.url) as program:
        renewed = (await program.post("/token", data=form)).json()
    answer = await client.get(
        "/api/v1/session", headers={"authorization": f"Bearer {renewed['access_token']}"}
    )

    assert renewed["access_token"] != tokens["access_token"]
    assert answer.status_code == 200


async def test_a_token_that_was_signed_out_is_refused_when_it_comes_again(client, provider, browser):
    tokens = await asyncio.to_thread(tokens_of_device, provider, browser, "admin-bob")
    headers = {"authorization": f"Bearer {tokens['access_token']}"}
    ended = await client.delete("/api/v1/session", headers=headers)
    again = await client.get("/api/v1/session", headers=headers)

    assert (ended.status_code, again.status_code) == (200, 401)
    assert again.headers["www-authenticate"] == 'Bearer realm="chariot", error="invalid_token"'


async def test_ending_all_sessions_refuses_every_token_that_was_given_before(client, provider, browser):
    tokens = await asyncio.to_thread(tokens_of_device, provider, browser, "admin-eve")
    headers = {"authorization": f"Bearer {tokens['access_token']}"}
    await client.delete("/api/v1/sessions", headers=headers)

    assert (await client.get("/api/v1/session", headers=headers)).status_code == 401


async def test_the_command_line_signs_in_at_the_issuer_and_renews_its_token(provider, browser):
    way = IssuerWay("corp", "Acme", provider.url, "chariot-cli", "chariot")

    def show(address, code):
        browser.approve(address, code, "admin-bob")

    token, renewal = await asyncio.to_thread(signed_in_at_issuer, way, show, sleep=lambda _: None)
    issuer = issuer_of(provider, Stopwatch())
    assert renewal is not None
    ended = msgspec.structs.replace(renewal, expires_at=0.0)
    profile = Profile(server="https://chariot.test", token=token, renewal=ended)
    following = await asyncio.to_thread(renewed, profile)

    assert (await issuer.prove(token)).name == "oidc:corp/admin-bob"
    assert following is not None
    assert (await issuer.prove(following.token)).name == "oidc:corp/admin-bob"
    assert await asyncio.to_thread(renewed, following) is None
    wrong = msgspec.structs.replace(ended, refresh_token="x")
    with pytest.raises(DeniedError, match="chariot login"):
        await asyncio.to_thread(renewed, msgspec.structs.replace(profile, renewal=wrong))


async def test_keys_may_change_and_an_unknown_one_is_asked_for_but_not_often(provider, browser):
    clock = Stopwatch()
    issuer = issuer_of(provider, clock)
    before = (await asyncio.to_thread(tokens_of_device, provider, browser, "admin-bob"))["access_token"]
    assert (await issuer.prove(before)).name == "oidc:corp/admin-bob"
    provider.stop()
    provider.start(new_key("second"))
    other = Browser(provider)
    after = (await asyncio.to_thread(tokens_of_device, provider, other, "admin-bob"))["access_token"]
    other.close()
    with pytest.raises(UnprovenError, match="not known"):
        await issuer.prove(after)
    clock.at = 11.0

    assert (await issuer.prove(after)).name == "oidc:corp/admin-bob"
    with pytest.raises(UnprovenError):
        await issuer.prove(before)


async def test_while_the_issuer_is_away_its_keys_still_prove_for_a_day(provider, browser):
    clock = Stopwatch()
    issuer = issuer_of(provider, clock)
    token = (await asyncio.to_thread(tokens_of_device, provider, browser, "admin-bob"))["access_token"]
    await issuer.prove(token)
    provider.stop()
    try:
        clock.at = 3_600.0
        assert (await issuer.prove(token)).name == "oidc:corp/admin-bob"
        clock.at = 90_000.0
        with pytest.raises(UnavailableError, match="away"):
            await issuer.prove(token)
    finally:
        provider.start(new_key("third"))


async def test_a_token_that_the_issuer_does_not_confirm_is_refused_where_it_is_asked(provider):
    clock = Stopwatch()
    issuer = issuer_of(
        provider,
        clock,
        client_id="chariot-check",
        client_secret="check-secret-of-the-tests",
        introspects=True,
    )
    opened = Browser(provider)
    token = (await asyncio.to_thread(tokens_of_device, provider, opened, "admin-bob"))["access_token"]
    opened.close()

    # This provider speaks for no token in JWT form, and what is not confirmed does not count.
    with pytest.raises(UnprovenError):
        await issuer.prove(token)
