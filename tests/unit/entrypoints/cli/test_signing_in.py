"""Tokens of an issuer renewed by several commands at once: each refresh token may be used once."""

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from chariot.entrypoints.cli.signing_in import renew
from chariot_client.profiles import Profile, Profiles, Renewal

SERVER = "https://chariot.example.com"


class Rotating(BaseHTTPRequestHandler):
    """Gives another refresh token each time, and takes each once."""

    used: list[str]

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
        token = form["refresh_token"][0]
        is_new = token not in self.used
        self.used.append(token)
        number = len(self.used)
        answer = {"access_token": f"a{number}", "refresh_token": f"r{number}", "expires_in": 3_600}
        body = json.dumps(answer if is_new else {"error": "invalid_grant"}).encode()
        self.send_response(200 if is_new else 400)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def issuer() -> Iterator[tuple[str, list[str]]]:
    used: list[str] = []
    handler = type("Handler", (Rotating,), {"used": used})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/token", used
    server.shutdown()
    thread.join()
    server.server_close()


def kept(file: Path, endpoint: str, *, expires_at: float) -> Profiles:
    renewal = Renewal(endpoint=endpoint, client_id="cli", refresh_token="r0", expires_at=expires_at)
    profiles = Profiles(file)
    profiles.put("work", Profile(server=SERVER, token="a0", renewal=renewal))
    return profiles


def test_commands_that_find_the_token_ended_at_once_renew_it_once(tmp_path: Path, issuer) -> None:
    endpoint, used = issuer
    file = tmp_path / "profiles.json"
    kept(file, endpoint, expires_at=0.0)

    with ThreadPoolExecutor(8) as pool:
        done = [pool.submit(renew, SERVER, "", Profiles(file)) for _ in range(8)]
    for one in done:
        one.result()

    assert used == ["r0"]
    found = Profiles(file).get("work")
    assert (found.token, found.renewal.refresh_token) == ("a1", "r1")


def test_a_token_that_holds_is_not_renewed(tmp_path: Path, issuer) -> None:
    endpoint, used = issuer
    profiles = kept(tmp_path / "profiles.json", endpoint, expires_at=time.time() + 3_600)

    renew("", "work", profiles)

    assert used == []


def test_profiles_that_are_kept_at_once_are_all_kept(tmp_path: Path) -> None:
    file = tmp_path / "profiles.json"
    names = [f"p{number}" for number in range(16)]

    with ThreadPoolExecutor(8) as pool:
        done = [pool.submit(Profiles(file).put, name, Profile(server=SERVER, token="t")) for name in names]
    for one in done:
        one.result()

    assert set(Profiles(file).all()) == set(names)
