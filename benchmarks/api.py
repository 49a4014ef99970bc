"""The API under `wrk`, with the load generator on the same machine: 100,000 assets, all protections on."""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.api_overload import overload
from benchmarks.api_servers import ORGANISATION, TOKEN
from benchmarks.rows import row

_DOMAINS = 60_000
_RISKS = 40_000
_BATCH = 5_000
_SECONDS = int(os.environ.get("BENCH_SECONDS", "8"))
_CONNECTIONS = 32
_TURNS = 3
_START_S = 120.0

_HEADERS = f"""
wrk.headers["Authorization"] = "Bearer {TOKEN}"
wrk.headers["Content-Type"] = "application/json"
"""
_ONE = (
    _HEADERS
    + """
wrk.method = "GET"
request = function()
  return wrk.format("GET", "/api/v1/entities/%23domain%23h" .. math.random(0, RANGE - 1) .. ".example.com")
end
"""
)
_PAGE = _HEADERS + 'request = function() return wrk.format("GET", "/api/v1/risks?limit=50") end\n'
_POST = (
    _HEADERS
    + """
local number = 0
local seed = math.random(1, 1000000000)
init = function() seed = math.random(1, 1000000000) end
request = function()
  local items = {}
  for n = 1, 100 do
    number = number + 1
    items[n] = '{"kind":"domain","host":"n' .. seed .. "-" .. number .. '.example.com"}'
  end
  local body = '{"capability":"bench","seen_at":"2026-01-31T12:00:00Z","entities":[' .. table.concat(items, ",") .. "]}"
  return wrk.format("POST", "/api/v1/observations", nil, body)
end
"""
)
_CONSTANT = 'request = function() return wrk.format("GET", "/") end\n'


class Load(msgspec.Struct):
    """What one run of wrk found."""

    per_s: float
    p99_ms: float
    failed: int
    """Answers that are neither 2xx nor 3xx, and errors of the connection."""
    cpu_us: float = 0.0
    """Processor time of the server for one request."""


class Server(msgspec.Struct, frozen=True):
    """A server that runs."""

    port: int
    pid: int

    def cpu_s(self) -> float:
        """Return the processor time that it took until now."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        # Fields 14 and 15, times in user and system mode. Source: proc_pid_stat(5).
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def run(rows: list[dict[str, Any]]) -> None:
    """Add the rates of the three routes, and their ratios to an empty handler and to FastAPI."""
    if shutil.which("wrk") is None:
        sys.stderr.write("NOT MEASURED: the API needs wrk (apt install wrk)\n")
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "api-token").touch(mode=0o600)
        (folder / "api-token").write_text(TOKEN)
        _fill(folder)
        with _serving("empty", folder) as bare, _serving("chariot", folder) as server:
            hot = _ranged(_ONE, 1_000)
            _wrk(server, hot, folder)
            # In turns, the other one idle: the machine may be quicker in one minute than in the next.
            turns = [(_wrk(bare, _CONSTANT, folder), _wrk(server, hot, folder)) for _ in range(_TURNS)]
        empty, one = _middle([turn[0] for turn in turns]), _middle([turn[1] for turn in turns])
        with _serving("chariot", folder) as server:
            any_one = _wrk(server, _ranged(_ONE, _DOMAINS), folder)
            _wrk(server, _PAGE, folder)
            page = _wrk(server, _PAGE, folder)
            post = _wrk(server, _POST, folder)
        with _serving("chariot", folder) as server:
            shed = list(overload(server.port))
        others = {name: _compared(name, folder) for name in ("usual", "tuned")}
    rows += _rows(empty, one, any_one, page, post)
    rows += _comparison({"one": one, "page": page, "post": post}, others)
    rows += shed


def _compared(name: str, folder: Path) -> dict[str, Load]:
    """Return what the server *name* makes of the same loads."""
    try:
        import fastapi  # noqa: F401
        import sqlalchemy  # noqa: F401
    except ModuleNotFoundError:
        sys.stderr.write("NOT COMPARED: install the group `bench` for FastAPI, uvicorn and SQLAlchemy\n")
        return {}
    with _serving(name, folder) as server:
        hot = _ranged(_ONE, 1_000)
        _wrk(server, hot, folder)
        return {
            "one": _wrk(server, hot, folder),
            "page": _wrk(server, _PAGE, folder),
            "post": _wrk(server, _POST, folder),
        }


def _comparison(ours: dict[str, Load], others: dict[str, dict[str, Load]]) -> Iterator[dict[str, Any]]:
    """Yield ours beside the usual way, which it has to outdo, and beside the same with SQL by hand."""
    called = {"usual": "FastAPI on uvicorn with an ORM", "tuned": "the same with SQL by hand"}
    for server, loads in others.items():
        for name, load in loads.items():
            ratio = ours[name].per_s / load.per_s
            is_usual = server == "usual"
            yield row(
                f"{name}: against {called[server]}", round(ours[name].per_s), "requests/s", reference=round(load.per_s),
                ratio=round(ratio, 2), aim=">= 2x" if is_usual else "", met=ratio >= 2 if is_usual else None,
            )  # fmt: skip


def _rows(empty: Load, one: Load, any_one: Load, page: Load, post: Load) -> Iterator[dict[str, Any]]:
    yield row("an empty handler in the same server", round(empty.per_s), "requests/s")
    yield row("the same, of the processor", round(empty.cpu_us), "us CPU")
    yield _rate("GET one asset of the 1,000 most wanted", one, empty.per_s, 10_000)
    yield row("the same, p99", one.p99_ms, "ms", aim="< 25 ms", met=one.p99_ms < 25)
    yield row(
        "the same, of an empty handler", round(one.per_s / empty.per_s * 100), "%", aim=">= 50 %",
        met=one.per_s >= empty.per_s / 2,
    )  # fmt: skip
    for name, load in (("one", one), ("any one", any_one), ("page", page), ("post", post)):
        yield row(
            f"{name}: processor time of the server", round(load.cpu_us), "us CPU", reference=round(empty.cpu_us),
            ratio=round(load.cpu_us / empty.cpu_us, 2),
        )  # fmt: skip
    yield _rate(f"GET one asset, any of {_DOMAINS:,}", any_one, empty.per_s, None)
    yield _rate("GET a page of 50 by risk", page, empty.per_s, 2_000)
    yield _rate("POST 100 observations, all new", post, empty.per_s, 300)


def _rate(name: str, load: Load, reference: float, aim: int | None) -> dict[str, Any]:
    if load.failed:
        name += f" ({load.failed} FAILED)"
    return row(
        name, round(load.per_s), "requests/s", reference=round(reference), ratio=round(load.per_s / reference, 2),
        aim=f">= {aim:,}/s" if aim else "", met=load.per_s >= aim and not load.failed if aim else None,
    )  # fmt: skip


def _ranged(script: str, most: int) -> str:
    return script.replace("RANGE", str(most))


def _fill(folder: Path) -> None:
    """Write the assets and the risks, through the service that all writes go through."""
    import asyncio

    from chariot.adapters.sqlite.database import SqliteDatabase
    from chariot.adapters.sqlite.entity_store import SqliteEntityStore
    from chariot.model.keys import Key, Organisation
    from chariot.model.kinds.network import Domain
    from chariot.model.kinds.weakness import Risk
    from chariot.model.observations import Observations
    from chariot.model.states import Severity
    from chariot.modules.surface.service import SurfaceService

    async def write() -> None:
        store = SqliteEntityStore(SqliteDatabase(folder / "chariot.db"))
        service = SurfaceService(store)
        made: list[Any] = [Domain(host=f"h{n}.example.com") for n in range(_DOMAINS)]
        made += [
            Risk(
                target=Key(f"#domain#h{n}.example.com"), weakness=f"CVE-2024-{10_000 + n % 5_000}",
                title="A weakness of this service", severity=tuple(Severity)[n % 5], score=n * 7_919 % 101,
            )
            for n in range(_RISKS)
        ]  # fmt: skip
        for first in range(0, len(made), _BATCH):
            batch = Observations(
                capability="bench", seen_at=datetime.now(UTC), entities=tuple(made[first : first + _BATCH])
            )
            await service.observe(Organisation(ORGANISATION), batch)
        await store.close()

    asyncio.run(write())


@contextmanager
def _serving(name: str, folder: Path) -> Iterator[Server]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen([sys.executable, "-m", "benchmarks.api_servers", name, str(port), str(folder)])
    try:
        deadline = time.monotonic() + _START_S
        while True:
            try:
                request = urllib.request.Request(f"http://127.0.0.1:{port}/health/live")
                urllib.request.urlopen(request, timeout=5).close()
                break
            except urllib.error.HTTPError:
                break
            except OSError:
                if time.monotonic() > deadline or server.poll() is not None:
                    raise
                time.sleep(0.1)
        yield Server(port, server.pid)
    finally:
        server.terminate()
        server.wait(timeout=30)


def _wrk(server: Server, script: str, folder: Path) -> Load:
    file = folder / "load.lua"
    file.write_text(script)
    before = server.cpu_s()
    done = subprocess.run(
        [
            "wrk", "-t1", f"-c{_CONNECTIONS}", f"-d{_SECONDS}s", "--latency", "-s", str(file),
            f"http://127.0.0.1:{server.port}",
        ],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    load = read_wrk(done)
    load.cpu_us = (server.cpu_s() - before) / (load.per_s * _SECONDS) * 1e6
    return load


def _middle(loads: list[Load]) -> Load:
    """Return the one in the middle by rate, with what failed in any."""
    found = sorted(loads, key=lambda load: load.per_s)[len(loads) // 2]
    return msgspec.structs.replace(found, failed=sum(load.failed for load in loads))


_UNITS = {"us": 0.001, "ms": 1.0, "s": 1_000.0, "m": 60_000.0}


def read_wrk(text: str) -> Load:
    """Return what wrk printed."""
    rate = re.search(r"Requests/sec:\s+([\d.]+)", text)
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s|m)", text)
    assert rate is not None
    assert p99 is not None
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    errors = re.search(r"connect (\d+), read (\d+), write (\d+), timeout (\d+)", text)
    failed = int(bad[1]) if bad else 0
    failed += sum(map(int, errors.groups())) if errors else 0
    return Load(float(rate[1]), float(p99[1]) * _UNITS[p99[2]], failed)
