import http.server
import importlib.util
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

PATH = Path(__file__).parents[3] / "deploy" / "probe.py"


@pytest.fixture
def probe() -> ModuleType:
    spec = importlib.util.spec_from_file_location("probe", PATH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Api(http.server.BaseHTTPRequestHandler):
    """Lives, and is not ready."""

    def do_GET(self) -> None:
        ready = self.path == "/health/live"
        self.send_response(200 if ready else 503)
        self.end_headers()
        self.wfile.write(b'{"parts": [{"name": "store", "ready": false, "reason": "unavailable"}]}')

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
        pass


@pytest.fixture
def port() -> Iterator[int]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Api)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


def test_an_api_that_answers_is_alive(probe: ModuleType, port: int) -> None:
    assert probe.api_fault("live", port) == ""


def test_an_api_that_is_not_ready_says_which_part(probe: ModuleType, port: int) -> None:
    assert probe.api_fault("ready", port) == "the API answers 503: store: unavailable"


def test_an_api_that_is_away_is_told(probe: ModuleType) -> None:
    assert "does not answer" in probe.api_fault("live", 1)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"parts": 1}', b"\xff"])
def test_an_answer_that_cannot_be_read_breaks_nothing(probe: ModuleType, body: bytes) -> None:
    assert probe.parts(body) == "no reason"


@pytest.mark.parametrize(("age_s", "well"), [(0, True), (20, True), (40, False), (-3_600, True)])
def test_a_file_that_is_touched_tells_that_its_process_is_well(
    probe: ModuleType, tmp_path: Path, age_s: float, well: bool
) -> None:
    file = tmp_path / "alive"
    file.touch()
    os.utime(file, (time.time() - age_s,) * 2)

    assert (probe.check("live", str(file)) == "") is well


def test_a_file_that_is_not_there_is_a_process_that_is_not_well(probe: ModuleType, tmp_path: Path) -> None:
    assert "alive" in probe.check("live", str(tmp_path / "alive"))
