import asyncio
from pathlib import Path

import httpx
import pytest

from chariot.entrypoints.cli.backlog import Backlog
from chariot.errors import ConfigurationError, InvalidError, UnavailableError
from chariot.model.keys import Organisation
from chariot.modules.work.messages import Message
from chariot.testing.bus import MemoryBus

WORK_YAML = Path(__file__).parents[4] / "deploy" / "kubernetes" / "work.yaml"


class BusThatIsAway(MemoryBus):
    async def depths(self, organisation: Organisation | None = None) -> list[object]:
        raise UnavailableError("away")


async def told(port: int) -> str:
    async with httpx.AsyncClient(trust_env=False) as client:
        return (await client.get(f"http://127.0.0.1:{port}/metrics")).text


async def filled() -> MemoryBus:
    bus = MemoryBus()
    for number, name in enumerate(("acme", "globex", "globex")):
        message = Message(
            queue="plan", id=f"{number}", organisation=Organisation(name), order_key=f"#{number}", body=b"{}"
        )
        await bus.publish([message])
    return bus


async def test_all_organisations_are_counted_together_and_none_is_named() -> None:
    backlog, stop = Backlog(await filled(), every_s=0.01), asyncio.Event()

    with backlog.served("127.0.0.1:0") as port:
        before = await told(port)
        running = asyncio.create_task(backlog.run(stop))
        async with asyncio.timeout(60):
            while 'queue="plan"' not in (text := await told(port)):  # noqa: ASYNC110 - nothing tells when
                await asyncio.sleep(0.01)
        stop.set()
        await running
        after = await told(port)

    assert 'chariot_backlog_messages{queue="plan",standing="waiting"} 3.0' in text
    assert "globex" not in text
    assert "plan" not in before + after


async def test_queues_that_are_away_have_no_depth() -> None:
    backlog = Backlog(BusThatIsAway())

    await backlog.look()

    with backlog.served("127.0.0.1:0") as port:
        assert "standing" not in await told(port)


@pytest.mark.parametrize("address", ["9464", "127.0.0.1", "127.0.0.1:many", "127.0.0.1:99999", ":1"])
def test_a_wrong_address_is_named(address: str) -> None:
    with pytest.raises(InvalidError, match="host:port"), Backlog(MemoryBus()).served(address):
        pass


def test_an_address_that_is_taken_is_named() -> None:
    backlog = Backlog(MemoryBus())
    with (
        backlog.served("127.0.0.1:0") as port,
        pytest.raises(ConfigurationError, match=f"127.0.0.1:{port}"),
        Backlog(MemoryBus()).served(f"127.0.0.1:{port}"),
    ):
        pass


def test_the_workers_are_scaled_by_what_is_told() -> None:
    assert "name: chariot_backlog_messages" in WORK_YAML.read_text(encoding="utf-8")
