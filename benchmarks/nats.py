"""The queue on NATS: publish, lease and ack of the bus against raw publish, fetch and ack with the same client."""

import asyncio
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from nats.js.api import AckPolicy, ConsumerConfig, RetentionPolicy, StorageType, StreamConfig

import nats
from benchmarks.rows import row
from chariot.adapters.nats.bus import NatsBus
from chariot.model.keys import Organisation
from chariot.modules.work.messages import Message

_BODY = b'{"sequence":123456,"key":"#port#192.0.2.7#tcp#443","kind":"port","op":"created","fields":["state"]}'
_MESSAGES = 20_000
_PUBLISHED = 1_000
_LEASED = 100
_IN_FLIGHT = 256
_ROUNDS = 3
_AIM = 0.70


def run(rows: list[dict[str, Any]]) -> None:
    """Add a row: messages a second through the bus, with the raw client's in the same run as the reference."""
    with tempfile.TemporaryDirectory() as folder:
        server, url = start_server(Path(folder))
        try:
            # In turns, and the best of each: whatever else the machine does hits both.
            raw, bus = [], []
            for number in range(_ROUNDS):
                raw.append(asyncio.run(_raw(url, number)))
                bus.append(asyncio.run(_bus(url, number)))
        finally:
            server.kill()
            server.wait()
    value, reference = max(bus), max(raw)
    rows.append(
        row(
            f"NATS bus, publish by {_PUBLISHED:,}, lease and ack by {_LEASED}, in order by key, each id once",
            value,
            "messages/s",
            reference=reference,
            ratio=round(value / reference, 2),
            aim=f"ratio >= {_AIM:.2f}",
            met=value / reference >= _AIM,
        )
    )


def start_server(folder: Path) -> tuple[subprocess.Popen[bytes], str]:
    """Start a NATS server with its data in *folder*; return it and its URL."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    binary = str(Path(sys.executable).with_name("nats-server"))
    command = [binary, "-js", "-sd", str(folder), "-a", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            break
        except OSError:
            time.sleep(0.05)
    return process, f"nats://127.0.0.1:{port}"


async def _raw(url: str, number: int) -> float:
    client = await nats.connect(url)
    stream = client.jetstream(publish_async_max_pending=_IN_FLIGHT)
    name = f"raw{number}"
    await stream.add_stream(
        StreamConfig(
            name=name, subjects=[name], retention=RetentionPolicy.WORK_QUEUE, storage=StorageType.FILE
        )
    )
    consumer = await stream.pull_subscribe(
        name, durable=name, config=ConsumerConfig(ack_policy=AckPolicy.EXPLICIT, max_ack_pending=10_000)
    )
    started = time.perf_counter()
    for _first in range(0, _MESSAGES, _PUBLISHED):
        futures = [await stream.publish_async(name, _BODY) for _ in range(_PUBLISHED)]
        await asyncio.gather(*futures)
        for _batch in range(0, _PUBLISHED, _LEASED):
            for message in await consumer.fetch(_LEASED, timeout=10):
                await message.ack()
    await client.flush()
    taken_s = time.perf_counter() - started
    left = -1
    for _ in range(50):
        # The server takes plain acknowledgements after they were sent; the bus waits for them, this does not.
        left = (await stream.stream_info(name)).state.messages
        if not left:
            break
        await asyncio.sleep(0.1)
    await client.close()
    if left:
        raise SystemExit(f"{left} raw messages were left over")
    return _MESSAGES / taken_s


async def _bus(url: str, number: int) -> float:
    bus = NatsBus(url, name=f"bench{number}")
    organisation = Organisation("acme")
    await bus.lease("stage", limit=1, lease_s=30, owner="bench")
    started = time.perf_counter()
    done = 0
    for first in range(0, _MESSAGES, _PUBLISHED):
        await bus.publish(
            [
                Message(
                    queue="stage", id=str(n), organisation=organisation, order_key=f"#key#{n}", body=_BODY
                )
                for n in range(first, first + _PUBLISHED)
            ]
        )
        while deliveries := await bus.lease("stage", limit=_LEASED, lease_s=30, owner="bench"):
            done += len(deliveries) - len(await bus.ack(deliveries))
            if done >= first + _PUBLISHED:
                break
    taken_s = time.perf_counter() - started
    await bus.close()
    if done != _MESSAGES:
        raise SystemExit(f"{_MESSAGES - done} messages were left over")
    return _MESSAGES / taken_s
