import hashlib
import hmac
from typing import Any

import pytest

from chariot.errors import DeniedError, InvalidError
from chariot.model.keys import Organisation
from chariot.model.kinds.integration import ImportJob
from chariot.model.states import ImportJobState
from chariot.modules.surface.query import Query
from support.integrations import ACME, NUCLEI, World, chunks

KEY = "k" * 32


def signed(body: bytes, timestamp: int, key: str = KEY) -> str:
    text = f"{timestamp}.".encode() + body
    return f"v1={hmac.new(key.encode(), text, hashlib.sha256).hexdigest()}"


async def send(world: World, body: bytes = NUCLEI, **more: Any) -> ImportJob:
    timestamp = more.pop("timestamp", str(int(world.now.timestamp())))
    signature = more.pop("signature", signed(body, int(timestamp) if timestamp.isdecimal() else 0))
    whose, label = more.pop("organisation", ACME), more.pop("label", "ci")
    return await world.hooks.accept(
        whose, label, chunks(body[:5], body[5:]), timestamp=timestamp, signature=signature, **more
    )


@pytest.fixture
async def hooked(world: World) -> World:
    await world.add("ci", type="webhook-in", secret=KEY, options={"format": "nuclei"})
    return world


async def test_a_signed_file_is_imported(hooked: World) -> None:
    job = await send(hooked, file="scan.jsonl")
    await hooked.work()

    done = await hooked.jobs.get(ACME, job.id)
    assert (done.state, done.file, done.requested_by) == (ImportJobState.DONE, "scan.jsonl", "hook:ci")


async def test_the_same_file_sent_again_is_the_same_job(hooked: World) -> None:
    first = await send(hooked)
    second = await send(hooked)
    await hooked.work()

    assert first.id == second.id
    assert len((await hooked.store.find(ACME, Query(kinds=("import",)))).items) == 1


@pytest.mark.parametrize(
    "more",
    [
        {"signature": "v1=" + "0" * 64},
        {"signature": ""},
        {"signature": "v2=" + "0" * 64},
        {"signature": "v1=" + "é" * 64},
        {"label": "other"},
        {"label": "Not A Label"},
        {"organisation": Organisation("other")},
    ],
)
async def test_whoever_cannot_prove_it_is_told_the_same(hooked: World, more: dict[str, Any]) -> None:
    with pytest.raises(DeniedError, match="not known, or the signature"):
        await send(hooked, **more)

    assert not (await hooked.store.find(ACME, Query(kinds=("importjob",)))).items


async def test_the_signature_is_of_the_whole_body(hooked: World) -> None:
    timestamp = int(hooked.now.timestamp())

    with pytest.raises(DeniedError):
        await send(hooked, NUCLEI + b"more", timestamp=str(timestamp), signature=signed(NUCLEI, timestamp))


@pytest.mark.parametrize("seconds", [-301, 302])
async def test_an_old_or_a_future_signature_is_refused(hooked: World, seconds: int) -> None:
    with pytest.raises(InvalidError, match="away from now"):
        await send(hooked, timestamp=str(int(hooked.now.timestamp()) + seconds))


@pytest.mark.parametrize("timestamp", ["", "now", "-5", "1e9", "9" * 40, "\N{FULLWIDTH DIGIT ONE}"])
async def test_an_instant_is_whole_seconds(hooked: World, timestamp: str) -> None:
    with pytest.raises(InvalidError, match="seconds since 1970"):
        await send(hooked, timestamp=timestamp, signature="v1=" + "0" * 64)


async def test_a_hook_that_ended_takes_nothing(hooked: World) -> None:
    await hooked.integrations.end(ACME, "ci", actor="ann")

    with pytest.raises(DeniedError):
        await send(hooked)


async def test_a_hook_has_a_limit(hooked: World) -> None:
    await hooked.add("ci", type="webhook-in", secret=KEY, options={"limit_mb": "0"})

    with pytest.raises(InvalidError, match="larger"):
        await send(hooked)
