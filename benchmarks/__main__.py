"""`make bench`: run all benchmarks or those named, print a table, write `benchmarks/latest.json`."""

import importlib
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

MODULES = (
    "ingest",
    "lists",
    "work",
    "intel",
    "exploited",
    "formats",
    "postgres",
    "nats",
    "workers",
    "graph",
    "api",
    "live",
    "discovery",
    "probes",
    "lab",
    "targets",
    "sending",
    "audit",
    "access",
    "sealing",
    "startup",
    "fingerprints",
)
BY_NAME = ("dashboard",)
"""Run only when named: it needs the built pages and a browser, and fills in a million entities (`make bench-ui`)."""

LATEST = Path(__file__).with_name("latest.json")


def main() -> None:
    """Run the modules named on the command line, by default `MODULES`; rows of the others stay as they were."""
    asked = sys.argv[1:]
    known = (*MODULES, *BY_NAME)
    if unknown := sorted({*asked} - {*known}):
        sys.exit(f"no benchmark is called {', '.join(unknown)}; there are {', '.join(known)}")
    rows: list[dict[str, Any]] = []
    print(
        f"{platform.machine()}, Python {platform.python_version()}, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC\n"
    )
    print(f"{'what':<70} {'value':>12} {'unit':<14} {'reference':>12} {'ratio':>7}  aim")
    for name in asked or MODULES:
        done = len(rows)
        importlib.import_module(f"benchmarks.{name}").run(rows)
        for row in rows[done:]:
            print(_line(row), flush=True)
    new = {row["name"] for row in rows}
    before = msgspec.json.decode(LATEST.read_bytes()) if asked and LATEST.exists() else []
    kept = [row for row in before if row["name"] not in new]
    LATEST.write_bytes(msgspec.json.format(msgspec.json.encode([*kept, *rows]), indent=2))


def _line(row: dict[str, Any]) -> str:
    met = {True: "met", False: "MISSED", None: ""}[row["met"]]
    return (
        f"{row['name']:<70} {_number(row['value']):>12} {row['unit']:<14} {_number(row['reference']):>12} "
        f"{_number(row['ratio']):>7}  {_number(row['aim'])} {met}"
    )


def _number(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:,.3g}" if value < 1000 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


if __name__ == "__main__":
    main()
