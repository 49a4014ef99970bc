"""Secrets and names of people: no byte of what an installation writes or answers with has them."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
import structlog

from chariot.bootstrap import open_application
from chariot.entrypoints.dashboard.sessions import CookieSessions
from chariot.entrypoints.rest.app import create_app
from chariot.entrypoints.rest.wiring import rest_services
from chariot.settings import Settings

pytestmark = pytest.mark.asyncio(loop_scope="module")
PASSWORD, WRONG = "tintenfass rollt bergab", "kumquat fliegt im nebel"
CHANNEL, SIGNING_KEY = "https://hooks.example.com/T0K3NofTheChannel", "s1gningKeyOfTheRule"
PERSON, LABEL, OWNER = "wilhelmina", "Wilhelmina Quxford", "Friederike Zaunkoenig"
TARGET = "#domain#shop.example.com"


class Installation:
    """A server as it stands by itself, what it logged, and what it said."""

    def __init__(self, folder: Path, client: httpx.AsyncClient, logged: list[dict[str, object]]) -> None:
        self.folder = folder
        self.logged = logged
        self._client = client
        self.root = {"authorization": f"Bearer {(folder / 'api-token').read_text().strip()}"}
        self.secrets = [PASSWORD, WRONG, CHANNEL, SIGNING_KEY, self.root["authorization"][7:]]

    async def ask(
        self, method: str, path: str, body: object = None, *, known: bool = True, key: str = ""
    ) -> httpx.Response:
        headers = {"authorization": f"Bearer {key}"} if key else self.root if known else {}
        return await self._client.request(method, f"/api/v1{path}", json=body, headers=headers)

    async def live(self) -> None:
        """Do what brings secrets and names in, rightly and wrongly."""
        made = await self.ask("POST", "/users", {"user": PERSON, "label": LABEL, "roles": ["analyst"]})
        code = made.json()["data"]["code"]
        body = {"user": PERSON, "code": code, "password": PASSWORD}
        signed_in = await self.ask("POST", "/signin/invitation", body, known=False)
        key = await self.ask("POST", "/keys", {"label": "ci", "permissions": ["entities:read"]})
        self.secrets += [code, signed_in.json()["data"]["token"], key.json()["data"]["key"]]
        await self.ask("POST", "/signin/password", {"user": PERSON, "password": WRONG}, known=False)
        await self.ask("PUT", f"/members/user:{PERSON}", {"roles": ["read-only"]})
        rule = {"channel": CHANNEL, "signing_key": SIGNING_KEY, "minimum_score": 80}
        await self.ask("PUT", "/alertrules/shop", rule)
        await self.ask("PUT", "/alertrules/shop", rule | {"minimum_score": SIGNING_KEY})
        observed = {
            "capability": "lab",
            "seen_at": "2026-01-01T00:00:00Z",
            "entities": [
                {"kind": "domain", "host": "shop.example.com"},
                {"kind": "risk", "target": TARGET, "weakness": "CVE-2023-12345"},
            ],
        }
        await self.ask("POST", "/observations", observed)
        risk = "%23risk%23domain%23shop.example.com%23CVE-2023-12345"
        given = await self.ask("PATCH", f"/risks/{risk}", {"owner": OWNER})
        assert given.status_code < 300, given.text


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def installation(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Installation]:
    """One for all tests of the module, which change nothing that another looks at."""
    home = tmp_path_factory.mktemp("installation") / "home"
    with structlog.testing.capture_logs() as logged:
        async with open_application(Settings(home=str(home))) as application:
            app = CookieSessions(create_app(rest_services(application)), "none")
            transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8642") as client:
                made = Installation(home, client, logged)
                await made.live()
                await application.audit.flush()
                yield made


async def test_no_log_holds_a_secret_or_the_name_of_a_person(installation: Installation) -> None:
    assert any(one["event"] == "request" for one in installation.logged)
    for text in (*installation.secrets, PERSON, LABEL, OWNER):
        assert [one for one in installation.logged if text in str(one)] == []


async def test_no_file_holds_a_secret_or_what_is_said_of_a_person(installation: Installation) -> None:
    token = installation.folder / "api-token"
    files = [path for path in installation.folder.rglob("*") if path.is_file() and path != token]
    for text in (*installation.secrets, LABEL, OWNER):
        assert [path.name for path in files if text.encode() in path.read_bytes()] == []


@pytest.mark.parametrize(
    "path",
    [
        "/changes", "/entities/%23alertrule%23shop", "/alertrules", "/keys", "/audit", "/audit/exports/jsonl",
        "/audit/exports/csv", "/exports/jsonl", "/exports/csv", "/risks/nothing", "/metrics",
    ],
)  # fmt: skip
async def test_no_answer_holds_a_secret(installation: Installation, path: str) -> None:
    answer = await installation.ask("GET", path)

    assert [text for text in installation.secrets if text in answer.text] == []


@pytest.mark.parametrize("path", ["/audit/exports/jsonl", "/exports/jsonl", "/exports/csv"])
async def test_no_export_names_a_person(installation: Installation, path: str) -> None:
    answer = await installation.ask("GET", path)

    assert answer.status_code == 200
    assert [text for text in (PERSON, LABEL, OWNER) if text in answer.text] == []


async def test_an_error_does_not_repeat_a_secret(installation: Installation) -> None:
    body = {"user": PERSON, "password": WRONG, "unknown": PASSWORD}
    answers = [
        await installation.ask("POST", "/signin/password", body),
        await installation.ask("PUT", "/alertrules/shop", {"channel": {"x": CHANNEL}}),
        await installation.ask("PUT", "/alertrules/shop", {"channel": "nowhere", "signing_key": SIGNING_KEY}),
    ]

    assert [answer.status_code for answer in answers] == [400] * 3
    assert [text for text in installation.secrets for one in answers if text in one.text] == []


async def test_who_may_not_read_a_kind_is_not_told_of_it_by_exports_changes_or_differences(
    installation: Installation,
) -> None:
    body = {"label": "reader", "permissions": ["entities:read", "exports:read"]}
    key = (await installation.ask("POST", "/keys", body)).json()["data"]["key"]
    kinds = ("#member#", "#apikey#", "#alertrule#")
    answers = [
        await installation.ask("GET", path, key=key)
        for path in ("/exports/jsonl", "/changes", "/diff?since=2020-01-01T00:00:00Z")
    ]
    named = [
        await installation.ask("GET", path, key=key)
        for path in ("/exports/jsonl?kinds=member", "/diff?since=2020-01-01T00:00:00Z&kind=alertrules")
    ]

    assert [answer.status_code for answer in answers] == [200] * 3
    assert all(TARGET in answer.text for answer in answers)
    assert [kind for kind in kinds for answer in answers if kind in answer.text] == []
    assert [answer.status_code for answer in named] == [403] * 2
