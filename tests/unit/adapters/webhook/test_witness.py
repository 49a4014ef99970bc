"""A checkpoint on its way to a web address."""

import msgspec
import pytest
from aiohttp import web

from chariot.adapters.outgoing.client import Outgoing
from chariot.adapters.webhook.guard import Guard
from chariot.adapters.webhook.witness import WebhookWitness
from chariot.errors import InvalidError
from chariot.modules.audit.seals import Signed

SIGNED = Signed('{"type":"checkpoint"}', "0a" * 32, "0b" * 64)


@pytest.fixture
async def receiver():
    taken = []

    async def take(request: web.Request) -> web.Response:
        taken.append((request.headers["Idempotency-Key"], await request.read()))
        return web.Response(status=503 if len(taken) == 1 else 200)

    app = web.Application()
    app.router.add_post("/kept/{token}", take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert runner.addresses
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/kept/secret", taken
    await runner.cleanup()


async def no_pause(_seconds: float) -> None:
    return None


async def test_what_is_sent_is_what_is_kept_in_a_file_and_comes_again_until_it_was_taken(receiver):
    address, taken = receiver

    await WebhookWitness(Outgoing(Guard(["127.0.0.0/8"]), sleep=no_pause), address).tell(SIGNED)

    assert len(taken) == 2
    assert taken[0] == taken[1]
    assert msgspec.json.decode(taken[0][1], type=Signed) == SIGNED


async def test_an_address_inside_is_not_reached_unless_it_is_named(receiver):
    address, taken = receiver

    with pytest.raises(InvalidError):
        await WebhookWitness(Outgoing(Guard(()), sleep=no_pause), address).tell(SIGNED)

    assert taken == []
