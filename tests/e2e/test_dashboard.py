"""The dashboard: its types and components hold, it can be built, and a real browser can work with it."""

import fcntl
import gzip
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.issuer import installed

ROOT = Path(__file__).parents[2]
UI = ROOT / "ui"
SDK = ROOT / "sdk/typescript"
STATIC = ROOT / "src/chariot/entrypoints/dashboard/static"
MOST_COMPRESSED_BYTES = 250_000
INSTALLING_S = 600
CHECKING_S = 300
BROWSING_S = 1_200

pytestmark = pytest.mark.timeout(INSTALLING_S + BROWSING_S + CHECKING_S)


@pytest.fixture(autouse=True)
def alone() -> Iterator[None]:
    """One process at a time installs, builds and browses: they share one folder."""
    with (Path(tempfile.gettempdir()) / "chariot-dashboard-tests.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def run(command: list[str], timeout_s: int, **environ: str) -> None:
    done = subprocess.run(
        command,
        cwd=UI,
        env=os.environ | environ,
        timeout=timeout_s,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-20_000:]}\n{done.stderr[-5_000:]}"


@pytest.fixture
def npm(alone: None) -> str:
    """`npm`, with everything that the dashboard needs installed."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("THE DASHBOARD IS NOT TESTED: Node.js 20.19 or newer is missing")
    if not (UI / "node_modules/vitest/package.json").is_file():
        try:
            run([npm, "ci", "--no-audit", "--no-fund"], INSTALLING_S)
        except (AssertionError, subprocess.TimeoutExpired) as error:
            pytest.skip(f"THE DASHBOARD IS NOT TESTED: its packages cannot be installed: {str(error)[-300:]}")
    return npm


@pytest.fixture
def built(npm: str) -> Path:
    """The folder of the dashboard as it was just built."""
    run([npm, "run", "build"], CHECKING_S)
    return STATIC


@pytest.fixture
def chromium() -> str:
    """A browser."""
    found = os.environ.get("CHARIOT_TEST_CHROMIUM") or shutil.which("chromium")
    if not found:
        pytest.skip("THE BROWSER TESTS ARE SKIPPED: Chromium is missing; CHARIOT_TEST_CHROMIUM names one")
    return found


def test_types_and_style_hold(npm: str) -> None:
    run([npm, "run", "check"], CHECKING_S)


def test_components_keep_their_promises(npm: str) -> None:
    run([npm, "run", "test"], CHECKING_S)


def test_its_types_are_those_of_the_described_api(npm: str, tmp_path: Path) -> None:
    fresh = tmp_path / "schema.d.ts"
    description = ROOT / "docs/reference/openapi.json"
    run(
        [npm, "exec", "--", "openapi-typescript", str(description), "--output", str(fresh)],
        CHECKING_S,
    )
    assert fresh.read_text() == (UI.parent / "sdk/typescript/src/schema.d.ts").read_text(), (
        "stale: cd ui && npm run types"
    )


def test_the_examples_of_the_typescript_client_fit_its_types(npm: str, tmp_path: Path) -> None:
    examples = re.findall(r"^```ts\n(.*?)^```", (SDK / "README.md").read_text(), re.DOTALL | re.MULTILINE)
    for number, code in enumerate(examples):
        (tmp_path / f"example{number}.ts").write_text(code)
    options = json.loads((SDK / "tsconfig.json").read_text())
    options["compilerOptions"] |= {"noEmit": True, "paths": {"@chariot/client": [str(SDK / "src/index.ts")]}}
    (tmp_path / "tsconfig.json").write_text(json.dumps({**options, "include": ["*.ts"]}))

    run([npm, "exec", "--", "tsc", "--project", str(tmp_path)], CHECKING_S)


def test_the_packed_typescript_client_is_found_by_node_and_by_its_types(npm: str, tmp_path: Path) -> None:
    package = tmp_path / "node_modules/@chariot/client"
    package.mkdir(parents=True)
    shutil.copy(SDK / "package.json", package)
    build = ["tsc", "--project", str(SDK / "tsconfig.build.json"), "--outDir", str(package / "dist")]
    run([npm, "exec", "--", *build], CHECKING_S)
    shutil.copy(SDK / "src/schema.d.ts", package / "dist")
    program = tmp_path / "program.mjs"
    program.write_text(
        'import { Chariot } from "@chariot/client";\n'
        'new Chariot({ server: "http://127.0.0.1:9", token: "x" });\n'
    )
    exports = json.loads((package / "package.json").read_text())["exports"]["."]
    types = (package / exports["types"]).read_text()

    run(["node", str(program)], CHECKING_S)
    # Strict programs of Node.js find a neighbour by its whole name alone.
    assert re.findall(r'from "(\./[^"]+)"', types) == ["./schema.js"]


def test_the_first_view_stays_small(built: Path) -> None:
    index = (built / "index.html").read_text()
    scripts = re.findall(r'(?:src|href)="(/assets/[^"]+\.js)"', index)
    assert scripts
    compressed = sum(len(gzip.compress((built / path.lstrip("/")).read_bytes())) for path in scripts)
    assert compressed < MOST_COMPRESSED_BYTES


def test_the_lock_names_no_registry() -> None:
    lock = json.loads((UI / "package-lock.json").read_text())
    hosts = {
        package["resolved"].split("/")[2] for package in lock["packages"].values() if "resolved" in package
    }
    assert not hosts, "npm takes them from wherever it is told to"


@pytest.mark.usefixtures("built")
def test_a_real_browser_can_work_with_it(npm: str, chromium: str, worker_offset: int) -> None:
    # Other tests install the OpenID provider as well, and two at once would spoil its folder.
    installed()
    run(
        [npm, "run", "test:browser"],
        BROWSING_S,
        CHARIOT_TEST_CHROMIUM=chromium,
        CHARIOT_TEST_PORT_OFFSET=str(worker_offset),
        CHARIOT_TEST_COMMAND=str(ROOT / ".venv/bin/chariot"),
    )


@pytest.mark.usefixtures("built")
def test_what_a_reader_waits_for_is_measured(chromium: str, capsys: pytest.CaptureFixture[str]) -> None:
    program = "import json; from benchmarks import dashboard; rows = []; dashboard.run(rows); print(json.dumps(rows))"
    measured = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=os.environ | {"CHARIOT_BENCH_UI_SIZE": "10000", "CHARIOT_TEST_CHROMIUM": chromium},
        timeout=BROWSING_S,
        stdout=subprocess.PIPE,
        check=True,
    )

    rows = json.loads(measured.stdout)

    # How quick it is, is told and not judged: another machine may be slower.
    told = "\n".join(f"{row['name']}: {row['value']:,.3g} {row['unit']}" for row in rows)
    with capsys.disabled():
        sys.stderr.write(f"\n{told}\n")
    assert len(rows) == 11
    assert all(row["value"] > 0 for row in rows)
