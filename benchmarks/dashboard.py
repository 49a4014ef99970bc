"""What a reader of the dashboard waits for, in a real browser, with a million entities behind it."""

import asyncio
import gzip
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.rows import row
from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.model.keys import Key, Organisation
from chariot.model.kinds.network import Address, Domain, Port
from chariot.model.kinds.weakness import Risk
from chariot.model.observations import Observations
from chariot.model.relationships import Relationship, RelationshipType
from chariot.model.states import Decision, Severity
from chariot.modules.surface.service import SurfaceService

ROOT = Path(__file__).parents[1]
STATIC = ROOT / "src/chariot/entrypoints/dashboard/static"
_SIZE = int(os.environ.get("CHARIOT_BENCH_UI_SIZE", "1000000"))
_NODES = 4_999
_WEAKNESSES = min(5_000, max(10, _SIZE // 200))
"""So many that each stands at a hundred targets, some of them with a high score, whatever the size."""
_BATCH = 5_000
_ORGANISATION = Organisation("default")
_CENTRE = "#domain#centre.test"
_LONGEST_S = 1_200
_SEVERITIES = tuple(Severity)
_SMOOTH = 58
"""Frames in a second; a browser that draws each of its 60 counts one or two fewer."""
_LIVELY = 30
_HALT_MS = 200
"""A page that stands still for longer than this does not feel like one that answers."""
_ACT_FROM, _ATTEND_FROM = 97, 85
"""Scores; most weaknesses call for nothing at once."""


def run(rows: list[dict[str, Any]]) -> None:
    """Add what a reader waits for; nothing where Node.js or the built pages are missing."""
    npm = shutil.which("npm")
    index = STATIC / "index.html"
    if npm is None or not index.is_file():
        print("the dashboard is not measured: it needs Node.js and `make ui`", file=sys.stderr)
        return
    scripts = re.findall(r'(?:src|href)="(/assets/[^"]+\.js)"', index.read_text())
    size_kb = sum(len(gzip.compress((STATIC / name.lstrip("/")).read_bytes())) for name in scripts) / 1_000
    rows.append(row("dashboard: initial JavaScript, gzip", size_kb, "kB", aim="< 250", met=size_kb < 250))
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        asyncio.run(_fill(home / "chariot.db"))
        rows += _rows(_measured(npm, home))


async def _fill(path: Path) -> None:
    service = SurfaceService(SqliteEntityStore(SqliteDatabase(path)))
    seen_at = datetime.now(UTC)
    for first in range(0, _SIZE, _BATCH):
        entities = tuple(_entity(number) for number in range(first, min(first + _BATCH, _SIZE)))
        await service.observe(
            _ORGANISATION, Observations(capability="bench", seen_at=seen_at, entities=entities)
        )
    hosts = [f"h{number}.centre.test" for number in range(_NODES)]
    await service.observe(
        _ORGANISATION,
        Observations(
            capability="bench",
            seen_at=seen_at,
            entities=(Domain(host="centre.test"), *(Domain(host=host) for host in hosts)),
            relationships=tuple(
                Relationship(RelationshipType.DISCOVERED, Key(_CENTRE), Key(f"#domain#{host}"))
                for host in hosts
            ),
        ),
    )


def _entity(number: int) -> Domain | Address | Port | Risk:
    """Return one of ten: six risks, two ports, a name and an address."""
    address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    match number % 10:
        case 0:
            return Domain(host=f"host-{number}.example.com")
        case 1:
            return Address(ip=address)
        case 2 | 3:
            return Port(address=address, protocol="tcp", number=443)
        case _:
            return _risk(number, address)


def _risk(number: int, address: str) -> Risk:
    score = number * 7_919 % 101
    return Risk(
        target=Key(f"#port#{address}#tcp#443"),
        weakness=f"CVE-2024-{10_000 + number % _WEAKNESSES}",
        title="A weakness of this service",
        severity=_SEVERITIES[number % 5],
        score=score,
        decision=_decision(score),
    )


def _decision(score: int) -> Decision:
    if score >= _ACT_FROM:
        return Decision.ACT
    return Decision.ATTEND if score >= _ATTEND_FROM else Decision.TRACK


def _measured(npm: str, home: Path) -> dict[str, float]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    serving = [sys.executable, "-m", "chariot", "--home", str(home), "serve", "--port", str(port)]
    server = subprocess.Popen([*serving, "--without-workers"], stdout=subprocess.DEVNULL)
    try:
        _wait(f"http://127.0.0.1:{port}/health/live")
        answer = home / "figures.json"
        environ = {
            "CHARIOT_BENCH_ADDRESS": f"http://127.0.0.1:{port}",
            "CHARIOT_BENCH_TOKEN": (home / "api-token").read_text().strip(),
            "CHARIOT_BENCH_ANSWER": str(answer),
            "CHARIOT_BENCH_AROUND": _CENTRE,
        }
        command = [npm, "exec", "--", "vitest", "run", "--config", "e2e/vitest.measure.config.ts"]
        subprocess.run(
            command,
            cwd=ROOT / "ui",
            env=os.environ | environ,
            check=True,
            stdout=sys.stderr,
            timeout=_LONGEST_S,
        )
        figures: dict[str, float] = json.loads(answer.read_text())
        return figures
    finally:
        server.terminate()
        server.wait()


def _wait(address: str) -> None:
    for _ in range(600):
        try:
            urllib.request.urlopen(address, timeout=5).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(address)


def _rows(found: dict[str, float]) -> list[dict[str, Any]]:
    behind = f"dashboard, {_SIZE:,} entities"
    graph = f"dashboard, graph of {found['graph_nodes']:,.0f} nodes"
    moved, halted = found["graph_frames"], found["graph_longest_ms"]
    return [
        *(
            row(f"{behind}: {what}", found[name], "ms", aim=f"< {aim:,}", met=found[name] < aim)
            for name, what, aim in (
                ("cold_ms", "first view, cold", 2_000),
                ("warm_ms", "first view, warm", 500),
                ("filter_ms", "filter to first row", 300),
            )
        ),
        row(f"{behind}: overview with all panels, cold", found["all_cold_ms"], "ms"),
        row(f"{behind}: the list", found["list_ms"], "ms"),
        row(f"{behind}: scrolling", found["frames"], "frames/s", aim="60", met=found["frames"] >= _SMOOTH),
        row(f"{graph}: first question to the server", found["graph_read_ms"], "ms"),
        row(f"{graph}: drawn", found["graph_ms"], "ms"),
        row(f"{graph}: dragged", moved, "frames/s", aim=f">= {_LIVELY}", met=moved >= _LIVELY),
        row(f"{graph}: longest frame", halted, "ms", aim=f"< {_HALT_MS}", met=halted < _HALT_MS),
    ]
