"""A real OpenID provider (npm's `oidc-provider`) on loopback, and a browser that signs in there."""

import fcntl
import json
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest
from joserfc import jwk

from support.ports import free_port

FOLDER = Path(__file__).parent / "oidc"
_INSTALLING_S = 300
_STARTING_S = 60


def installed() -> str:
    """Return the path of node, with the provider's packages installed; skips, loudly, where that cannot be."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("NO NODE.JS: the tests against an independent OpenID provider are left out")
    with (Path(tempfile.gettempdir()) / "chariot-oidc-tests.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (FOLDER / "node_modules" / "oidc-provider").is_dir():
            command = [npm, "ci", "--no-audit", "--no-fund", "--silent"]
            done = subprocess.run(
                command, cwd=FOLDER, timeout=_INSTALLING_S, capture_output=True, check=False
            )
            if done.returncode:
                pytest.skip(
                    "NPM CANNOT INSTALL: the tests against an independent OpenID provider are left out"
                )
    return node


def new_key(kid: str) -> dict[str, str]:
    parameters = {"use": "sig", "alg": "RS256", "kid": kid}
    return jwk.RSAKey.generate_key(2048, parameters=parameters, private=True).as_dict(private=True)


class Provider:
    """The provider, as a process that can be stopped and started with other keys."""

    def __init__(self, node: str) -> None:
        self._node = node
        self._process: subprocess.Popen[str] | None = None
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self, *keys: dict[str, str]) -> None:
        command = [self._node, "provider.mjs", str(self.port), json.dumps({"keys": list(keys)})]
        self._process = subprocess.Popen(
            command, cwd=FOLDER, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self._process.stdout is not None
        until = time.monotonic() + _STARTING_S
        for line in self._process.stdout:
            if line.strip() == "ready":
                return
            assert time.monotonic() < until, "the provider did not start"
        raise AssertionError("the provider ended")

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(30)
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None


class Browser:
    """Somebody at the provider's pages: follows redirects, and fills its forms in."""

    def __init__(self, provider: Provider) -> None:
        self._client = httpx.Client(base_url=provider.url, timeout=30)
        self._url = provider.url

    def close(self) -> None:
        self._client.close()

    def sign_in(self, location: str, name: str) -> str:
        """Sign in as *name* where *location* leads; return where the provider sends the browser back to."""
        answer = self._client.get(location)
        for _ in range(20):
            if answer.is_redirect:
                target = urljoin(str(answer.url), answer.headers["location"])
                if not target.startswith(self._url):
                    return target
                answer = self._client.get(target)
                continue
            answer = self._client.post(_action(answer), data=_fields(answer.text, name))
            if answer.status_code == 200 and "<form" not in answer.text:
                return ""
        raise AssertionError("the provider did not come to an end")

    def approve(self, verification_uri: str, user_code: str, name: str) -> None:
        """Let a device in as *name*."""
        answer = self._client.get(verification_uri)
        fields = _fields(answer.text, name) | {"user_code": user_code}
        answer = self._client.post(_action(answer), data=fields)
        for _ in range(20):
            if answer.is_redirect:
                answer = self._client.get(urljoin(str(answer.url), answer.headers["location"]))
            elif "<form" in answer.text:
                answer = self._client.post(_action(answer), data=_fields(answer.text, name))
            else:
                return
        raise AssertionError("the provider did not come to an end")


def _action(answer: httpx.Response) -> str:
    found = re.search(r'<form[^>]*action="([^"]*)"', answer.text)
    return urljoin(str(answer.url), found[1] if found else "")


def _fields(page: str, name: str) -> dict[str, str]:
    fields = {}
    for tag in re.findall(r"<input[^>]*>", page):
        called = re.search(r'name="([^"]*)"', tag)
        value = re.search(r'value="([^"]*)"', tag)
        if called:
            fields[called[1]] = value[1] if value else name
    return fields
