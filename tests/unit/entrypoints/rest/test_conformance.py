"""Requests made from the description, against a real server: what it answers is what the description says."""

import asyncio
import json
import threading

import msgspec
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from chariot.bootstrap import open_application
from chariot.entrypoints.live.hub import Hub, LiveLimits
from chariot.entrypoints.rest.openapi import document
from chariot.entrypoints.rest.server import running
from chariot.entrypoints.rest.services import RestLimits
from chariot.entrypoints.rest.versions import VERSION
from chariot.entrypoints.rest.wiring import rest_services
from chariot.settings import Settings
from rest_perimeter import ORGANISATION, write_perimeter
from support.ports import free_port

WIDE = 10**9
LIMITS = RestLimits(
    requests_per_s=WIDE,
    burst=WIDE,
    address_requests_per_s=WIDE,
    address_burst=WIDE,
    organisation_requests_per_s=WIDE,
    organisation_burst=WIDE,
)
DESCRIBED = json.loads(document())
SCHEMA = schemathesis.openapi.from_dict(DESCRIBED)
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The address and the token of the product's own server, on a loop of its own."""
    home = tmp_path_factory.mktemp("conformance")
    ready, stop = threading.Event(), []

    async def serve(port):
        async with open_application(
            Settings(home=str(home), webhook_networks=("127.0.0.0/8",))
        ) as application:
            brief = Hub(LiveLimits(longest_s=0.05))
            services = msgspec.structs.replace(rest_services(application), limits=LIMITS, live=brief)
            await write_perimeter(services)
            done = asyncio.Event()
            stop.append((asyncio.get_running_loop(), done))
            async with running(services, "127.0.0.1", port):
                ready.set()
                await done.wait()

    port = free_port()
    thread = threading.Thread(target=lambda: asyncio.run(serve(port)))
    thread.start()
    assert ready.wait(60)
    yield f"http://127.0.0.1:{port}", (home / "api-token").read_text().strip()
    loop, done = stop[0]
    loop.call_soon_threadsafe(done.set)
    thread.join(60)


@SCHEMA.parametrize()
@settings(
    max_examples=3,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_what_is_answered_is_what_is_described(case, server):
    address, token = server
    # What every request may carry would otherwise mostly be refused before the operation itself is asked.
    headers = {
        "authorization": f"Bearer {token}",
        "chariot-version": VERSION,
        "chariot-organisation": ORGANISATION,
    }
    case.call_and_validate(base_url=address, checks=CHECKS, headers=headers, timeout=30)
