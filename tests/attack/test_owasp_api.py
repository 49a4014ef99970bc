"""The OWASP API Security Top 10 of 2023, one group of tests each. Source: owasp.org/API-Security/editions/2023.

What a group says in general is held by the matrices beside this file (`test_role_matrix`, `test_rest_routes`); here
stand the attacks by name.
"""

from collections.abc import AsyncIterator
from urllib.parse import quote

import httpx
import msgspec
import pytest
import pytest_asyncio

from chariot.application import Application
from chariot.entrypoints.rest.app import create_app
from chariot.entrypoints.rest.caller import Proven
from chariot.entrypoints.rest.openapi import ALL_OPERATIONS
from chariot.entrypoints.rest.wiring import rest_services
from chariot.model.keys import Organisation
from chariot.model.kinds.access import Member, Role
from chariot.model.states import Severity
from chariot.modules.access.administration import Asker
from chariot.modules.identity.identity import Identity
from chariot.modules.identity.proof import UnprovenError
from support.two_organisations import MARK, NAME, PORT, RISK, SECRET, THIEF, VICTIM

pytestmark = pytest.mark.asyncio(loop_scope="module")

ENTITY = f"/api/v1/entities/{quote(NAME.key, safe='')}"
PORT_PATH = f"/api/v1/entities/{quote(PORT.key, safe='')}"
RISK_PATH = f"/api/v1/risks/{quote(RISK.key, safe='')}"
ROLES = (
    Role(label="members-only", permissions=("members:write", "roles:write", "members:read")),
    Role(label="low-risks", permissions=("*:read", "risks:write"), highest_severity=Severity.LOW),
    Role(label="slow", permissions=("entities:read",), requests_per_s=1),
)


class ByName:
    """Proves everybody to be who their token says."""

    async def prove(self, token: str) -> Identity:
        name, _, home = token.partition("@")
        if not home:
            raise UnprovenError("unknown")
        return Identity(subject=f"user:{name}", name=name, home=Organisation(home), method="password")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(written: Application) -> AsyncIterator[httpx.AsyncClient]:
    """Ask an installation in which the victim gave several roles, and the thief is admin of its own."""
    ours = Asker(name="root", organisation=VICTIM, access=None, roams=True)
    for role in ROLES:
        await written.administration.put_role(ours, role)
    for name in ("admin", "analyst", "read-only", *(role.label for role in ROLES)):
        await written.administration.put_member(ours, Member(id=f"user:{name}", roles=(name,)))
    theirs = msgspec.structs.replace(ours, organisation=THIEF)
    await written.administration.put_member(theirs, Member(id="user:thief", roles=("admin",)))
    services = rest_services(written)
    assert services.admission is not None
    served = msgspec.structs.replace(services, tokens=Proven(ByName(), services.admission.admit))
    transport = httpx.ASGITransport(app=create_app(served))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8642") as one:
        yield one


def by(name: str, home: str = VICTIM) -> dict[str, str]:
    return {"authorization": f"Bearer {name}@{home}"}


class TestApi1BrokenObjectLevelAuthorization:
    @pytest.mark.parametrize("path", [ENTITY, f"{ENTITY}/history", RISK_PATH + "/explanation"])
    async def test_an_object_of_another_organisation_is_not_there(
        self, client: httpx.AsyncClient, path: str
    ) -> None:
        answer = await client.get(path, headers=by("thief", THIEF))

        assert answer.status_code == 404
        assert SECRET not in answer.text

    async def test_an_object_beside_ones_part_is_not_there(self, client: httpx.AsyncClient) -> None:
        seen = await client.get("/api/v1/risks", headers=by("read-only"))
        hidden = await client.get("/api/v1/risks", headers=by("low-risks"))
        named = await client.get(f"/api/v1/entities/{quote(RISK.key, safe='')}", headers=by("low-risks"))
        moved = await client.post(f"{RISK_PATH}/transition", headers=by("low-risks"), json={"state": "open"})

        assert RISK.weakness in seen.text
        assert hidden.json()["data"] == []
        assert (named.status_code, moved.status_code) == (404, 404)


class TestApi2BrokenAuthentication:
    @pytest.mark.parametrize(
        "token", ["", "x", "a" * 9_000, "é", "chariot_key.e30.a.b", "eyJhbGciOiJub25lIn0.e30."]
    )
    async def test_who_proves_nothing_is_nobody(self, client: httpx.AsyncClient, token: str) -> None:
        header = {"authorization": f"Bearer {token}".encode()}
        answer = await client.get("/api/v1/domains", headers=header)

        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")


class TestApi3BrokenObjectPropertyLevelAuthorization:
    async def test_a_secret_is_never_shown(self, client: httpx.AsyncClient) -> None:
        answer = await client.get("/api/v1/alertrules", headers=by("admin"))

        assert MARK in answer.text
        assert f"{SECRET}-key" not in answer.text

    @pytest.mark.parametrize(
        "more", [{"organisation": THIEF}, {"revision": 7}, {"origins": []}, {"kind": "risk"}, {"key": "#x#y"}]
    )
    async def test_what_is_not_ones_to_set_is_refused(
        self, client: httpx.AsyncClient, more: dict[str, object]
    ) -> None:
        answer = await client.patch(ENTITY, headers=by("admin"), json={"tags": {"a": "b"}, **more})

        assert answer.status_code == 400

    @pytest.mark.parametrize("kind", ["member", "role", "apikey", "user", "session", "organisation"])
    async def test_what_access_rests_on_is_not_written_as_a_sighting(
        self, client: httpx.AsyncClient, kind: str
    ) -> None:
        identity = {"role": "label"}.get(kind, "id")
        item = {"kind": kind, identity: "analyst" if kind == "role" else "user:eve"}
        extra = {"member": {"roles": ["admin"]}, "role": {"permissions": ["*"]}}.get(kind, {})
        batch = {
            "capability": "evil", "seen_at": "2026-03-01T12:00:00Z", "entities": [{**item, **extra}],
        }  # fmt: skip
        written = await client.post("/api/v1/observations", headers=by("admin"), json=batch)
        eve = await client.get("/api/v1/domains", headers=by("eve"))
        analyst = await client.delete("/api/v1/keys/none", headers=by("analyst"))

        assert (eve.status_code, analyst.status_code) == (403, 403)
        assert [one["place"] for one in written.json()["data"]["refused"]] == ["entities[0]"]


class TestApi4UnrestrictedResourceConsumption:
    @pytest.mark.parametrize("query", ["limit=1000000", "limit=-1", "filter=" + "(" * 2_000])
    async def test_no_page_and_no_filter_is_without_bounds(
        self, client: httpx.AsyncClient, query: str
    ) -> None:
        answer = await client.get(f"/api/v1/domains?{query}", headers=by("admin"))

        assert answer.status_code == 400

    async def test_a_role_that_may_ask_slowly_is_held_to_it(self, client: httpx.AsyncClient) -> None:
        answers = [await client.get(ENTITY, headers=by("slow")) for _ in range(40)]

        assert {answer.status_code for answer in answers} == {200, 429}
        assert (await client.get(ENTITY, headers=by("read-only"))).status_code == 200


class TestApi5BrokenFunctionLevelAuthorization:
    @pytest.mark.parametrize(
        ("name", "method", "path"),
        [
            ("read-only", "POST", "/api/v1/seeds"),
            ("read-only", "PUT", "/api/v1/members/user:read-only"),
            ("analyst", "POST", "/api/v1/keys"),
            ("analyst", "PUT", "/api/v1/roles/analyst"),
            ("analyst", "POST", "/api/v1/organisations"),
            ("low-risks", "POST", "/api/v1/keys"),
        ],
    )
    async def test_a_role_does_what_it_says_and_nothing_else(
        self, client: httpx.AsyncClient, name: str, method: str, path: str
    ) -> None:
        assert (await client.request(method, path, headers=by(name))).status_code == 403

    @pytest.mark.parametrize(
        ("method", "path", "body"),
        [
            ("PUT", "/api/v1/members/user:members-only", {"roles": ["admin"]}),
            ("PUT", "/api/v1/members/user:eve", {"roles": ["analyst"]}),
            ("PUT", "/api/v1/roles/members-only", {"permissions": ["*"]}),
            ("PUT", "/api/v1/roles/new", {"permissions": ["keys:write"]}),
            ("DELETE", "/api/v1/members/user:admin", None),
        ],
    )
    async def test_nobody_raises_themselves(
        self, client: httpx.AsyncClient, method: str, path: str, body: object
    ) -> None:
        answer = await client.request(method, path, headers=by("members-only"), json=body)

        assert answer.status_code == 403


class TestApi6UnrestrictedAccessToSensitiveBusinessFlows:
    async def test_a_decision_is_made_once_however_often_it_is_sent(self, client: httpx.AsyncClient) -> None:
        headers = {**by("admin"), "idempotency-key": "decision-0123456789"}
        body = {"state": "open"}
        first = await client.post(f"{RISK_PATH}/transition", headers=headers, json=body)
        again = await client.post(f"{RISK_PATH}/transition", headers=headers, json=body)

        assert first.json()["data"] == again.json()["data"]
        assert again.headers["idempotency-replayed"] == "true"


class TestApi7ServerSideRequestForgery:
    @pytest.mark.parametrize(
        "address",
        ["http://169.254.169.254/latest", "http://127.0.0.1:1/", "http://[::1]/", "file:///etc/passwd"],
    )
    async def test_the_server_calls_nobody_inside(self, client: httpx.AsyncClient, address: str) -> None:
        rule = {"channel": address, "minimum_score": 1}
        put = await client.put("/api/v1/alertrules/inside", headers=by("admin"), json=rule)
        tried = await client.post("/api/v1/alertrules/inside/test", headers=by("admin"))

        assert put.status_code == 400 or tried.status_code >= 400
        assert "root:" not in tried.text


class TestApi8SecurityMisconfiguration:
    async def test_every_answer_carries_its_headers(self, client: httpx.AsyncClient) -> None:
        for path in ("/api/v1/domains", "/nowhere", "/health/live"):
            headers = (await client.get(path, headers=by("admin"))).headers
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["content-security-policy"].startswith("default-src 'none'")
            assert "access-control-allow-origin" not in headers
            assert "server" not in headers

    async def test_a_server_is_only_called_by_its_own_name(self, client: httpx.AsyncClient) -> None:
        answer = await client.get("/api/v1/domains", headers={**by("admin"), "host": "evil.test"})

        assert answer.status_code == 421

    async def test_a_failure_tells_nothing_of_the_inside(self, client: httpx.AsyncClient) -> None:
        headers = {**by("admin"), "content-type": "application/json"}
        answer = await client.post("/api/v1/seeds", headers=headers, content=b"{" * 100_000)

        assert answer.status_code == 400
        assert "Traceback" not in answer.text
        assert ".py" not in answer.text


class TestApi9ImproperInventoryManagement:
    async def test_every_route_that_answers_is_in_the_description(self, client: httpx.AsyncClient) -> None:
        described = (await client.get("/api/v1/openapi.json", headers=by("admin"))).json()["paths"]

        assert {one.path for one in ALL_OPERATIONS} == set(described)

    @pytest.mark.parametrize(
        "path", ["/docs", "/schema", "/api/v0/domains", "/api/v2/domains", "/debug", "/admin"]
    )
    async def test_nothing_else_answers(self, client: httpx.AsyncClient, path: str) -> None:
        assert (await client.get(path, headers=by("admin"))).status_code == 404


class TestApi10UnsafeConsumptionOfApis:
    async def test_what_others_say_is_kept_as_text(self, client: httpx.AsyncClient) -> None:
        hostile = "<script>alert(1)</script>\u202e'; DROP TABLE version; --"
        batch = {
            "capability": "probe",
            "seen_at": "2026-03-01T12:00:00Z",
            "entities": [{"kind": "webapplication", "url": "https://hostile.test/", "title": hostile}],
        }
        said = await client.post("/api/v1/observations", headers=by("admin"), json=batch)
        shown = await client.get("/api/v1/webapplications?filter=key~hostile", headers=by("admin"))

        assert said.status_code == 200
        assert shown.headers["content-type"] == "application/json"
        assert shown.json()["data"][0]["title"] == hostile
