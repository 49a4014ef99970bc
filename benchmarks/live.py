"""A thousand clients on one process: how long until a change has reached all of them."""

import asyncio
import multiprocessing
import resource
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.rows import row

CLIENTS = 1_000
ROUNDS = 10
_TOKEN = "chariot_a-token-for-the-benchmark-alone-0123456789"
_HEADERS = {"authorization": f"Bearer {_TOKEN}"}
_SPARE_FILES = 200


def _serve(folder: str, port: int) -> None:
    import logging

    import msgspec
    import uvloop

    from chariot.bootstrap import open_application
    from chariot.entrypoints.live.hub import Hub, LiveLimits
    from chariot.entrypoints.rest.caller import SingleToken
    from chariot.entrypoints.rest.server import running
    from chariot.entrypoints.rest.wiring import rest_services
    from chariot.model.keys import Organisation
    from chariot.settings import Settings
    from chariot.telemetry import configure_logging

    configure_logging(json=True, level=logging.WARNING)  # as `chariot serve` does unless it is asked for more

    async def main() -> None:
        async with open_application(Settings(home=folder)) as application:
            services = msgspec.structs.replace(
                rest_services(application),
                tokens=SingleToken(_TOKEN, Organisation("default")),
                live=Hub(LiveLimits(connections_per_caller=2 * CLIENTS)),
            )
            async with running(services, "127.0.0.1", port):
                await asyncio.Event().wait()

    uvloop.run(main())


class _Client:
    """Reads changes and says when it had them."""

    def __init__(self) -> None:
        self.got: dict[str, float] = {}

    async def events(self, answer: Any) -> None:
        async for line in answer.content:
            if line.startswith(b"data: "):
                self.got[_key(line)] = time.perf_counter()

    async def socket(self, connection: Any) -> None:
        await connection.send_json({"type": "subscribe"})
        async for message in connection:
            if '"changes"' in message.data:
                self.got[_key(message.data.encode())] = time.perf_counter()


def _key(text: bytes) -> str:
    return text.partition(b'"key":"')[2].partition(b'"')[0].decode()


async def _measure(port: int, kind: str) -> list[float]:
    import aiohttp

    address = f"http://127.0.0.1:{port}"
    path = "/api/v1/changes/live"
    connector = aiohttp.TCPConnector(limit=0)
    timeout = aiohttp.ClientTimeout(total=None, connect=60)
    async with aiohttp.ClientSession(
        address, connector=connector, headers=_HEADERS, timeout=timeout
    ) as client:
        clients, tasks = [_Client() for _ in range(CLIENTS)], []
        for one in clients:
            if kind == "WebSocket":
                tasks.append(asyncio.create_task(one.socket(await client.ws_connect(path))))
            else:
                tasks.append(asyncio.create_task(one.events(await client.get(path))))
        times = []
        for number in range(ROUNDS + 1):
            value = f"198.51.{100 + (kind == 'WebSocket')}.{number}"
            started = time.perf_counter()
            async with client.post("/api/v1/seeds", json={"seeds": [{"value": value}]}) as answer:
                assert answer.status == 201, await answer.text()
            async with asyncio.timeout(60):
                while not all(f"#seed#{value}" in one.got for one in clients):  # noqa: ASYNC110 - clients tell nobody
                    await asyncio.sleep(0.005)
            times.append(max(one.got[f"#seed#{value}"] for one in clients) - started)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return times[1:]


def run(rows: list[dict[str, Any]]) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CLIENTS + _SPARE_FILES
    if soft < wanted:
        if hard < wanted:
            print(f"left out: {CLIENTS} connections need {wanted} open files, and {hard} are allowed")
            return
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    port = _free_port()
    with tempfile.TemporaryDirectory() as folder:
        process = multiprocessing.get_context("spawn").Process(
            target=_serve, args=(str(Path(folder) / "home"), port), daemon=True
        )
        process.start()
        try:
            _wait(port)
            for kind in ("server-sent events", "WebSocket"):
                times = asyncio.run(_measure(port, kind))
                rows.append(
                    row(
                        f"live: a change reaches {CLIENTS:,} clients, {kind}, median",
                        statistics.median(times),
                        "s",
                        aim="< 1",
                        met=statistics.median(times) < 1,
                    )
                )
                rows.append(
                    row(
                        f"live: a change reaches {CLIENTS:,} clients, {kind}, slowest",
                        max(times),
                        "s",
                        aim="< 1",
                        met=max(times) < 1,
                    )
                )
        finally:
            process.terminate()
            process.join()


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait(port: int) -> None:
    import socket

    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError("the server did not start")
