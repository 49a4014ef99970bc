import json
from collections import Counter

import httpx
import msgspec
import pytest

from chariot.bootstrap import open_application
from chariot.entrypoints.rest.app import create_app
from chariot.entrypoints.rest.wiring import rest_services
from chariot.settings import Settings
from rest_perimeter import ORGANISATION, write_perimeter
from support.watching import Tokens


class CountingStore:
    """A store that counts what it is asked."""

    def __init__(self, store):
        self._store = store
        self.calls = Counter()

    def __getattr__(self, name):
        if name in ("get", "find", "edges", "edges_of_many", "versions"):
            self.calls[name] += 1
        return getattr(self._store, name)


class Asked:
    """A client that asks as somebody."""

    def __init__(self, client, services, store, tokens):
        self.client, self.services, self.store, self.tokens = client, services, store, tokens

    async def send(self, token=ORGANISATION, **body):
        return await self.client.post(
            "/api/v1/graphql", content=json.dumps(body),
            headers={"authorization": f"Bearer {token}", "content-type": "application/json"},
        )  # fmt: skip

    async def ask(self, query, *, token=ORGANISATION, **variables):
        return (await self.send(token, query=query, variables=variables)).json()

    async def data(self, query, **variables):
        told = await self.ask(query, **variables)
        assert "errors" not in told, told
        return told["data"]

    async def error(self, query, **asked):
        """Return the one thing that is wrong: its status, its field, its message."""
        (error,) = (await self.ask(query, **asked))["errors"]
        return error["extensions"]["status"], error["extensions"].get("field", ""), error["message"]


@pytest.fixture
async def api(tmp_path):
    tokens = Tokens(ORGANISATION)
    async with open_application(Settings(home=str(tmp_path), resolver="127.0.0.1:9")) as application:
        store = CountingStore(application.store)
        services = msgspec.structs.replace(rest_services(application), tokens=tokens, store=store)
        await write_perimeter(services)
        transport = httpx.ASGITransport(app=create_app(services))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8642") as client:
            store.calls.clear()
            yield Asked(client, services, store, tokens)
