"""A real server on loopback with a small surface in it, for clients to talk to."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx

from support.ports import free_port

LONGEST_S = 120.0
"""How long a busy machine may take to start a server."""
SCAN = """<?xml version="1.0"?>
<nmaprun scanner="nmap" args="nmap -sV 192.0.2.7" start="{at}" version="7.94">
<host starttime="{at}" endtime="{at}"><status state="up"/><address addr="192.0.2.7" addrtype="ipv4"/>
<hostnames><hostname name="www.example.com" type="PTR"/></hostnames>
<ports><port protocol="tcp" portid="80"><state state="open" reason="syn-ack"/>
<service name="http" product="Apache httpd" version="2.4.49" method="probed" conf="10">
<cpe>cpe:/a:apache:http_server:2.4.49</cpe></service></port></ports></host>
<runstats><finished time="{at}"/></runstats></nmaprun>
"""


class Server(NamedTuple):
    """Where it answers, and as whom."""

    address: str
    token: str
    home: Path


def chariot(home: Path, *arguments: str) -> str:
    """Run a command on the data of *home* and return what it wrote."""
    command = [sys.executable, "-m", "chariot", "--local", "--home", str(home)]
    done = subprocess.run(
        [*command, *arguments],
        capture_output=True,
        check=True,
        text=True,
        timeout=LONGEST_S,
        env=clean_environment(),
    )
    return done.stdout


def clean_environment() -> dict[str, str]:
    """Return the environment without what a developer may have set for the command line."""
    return {name: value for name, value in os.environ.items() if not name.startswith("CHARIOT_")}


def write_scan(folder: Path) -> Path:
    """Write a file of another tool, of this moment."""
    file = folder / "scan.xml"
    file.write_text(SCAN.format(at=int(time.time())))
    return file


@contextmanager
def loopback_server(folder: Path, *options: str) -> Iterator[Server]:
    """Serve the API from *folder*, and give where."""
    home = folder / "home"
    port = free_port()
    log = folder / "server.log"
    command = [sys.executable, "-m", "chariot", "--local", "--home", str(home)]
    with log.open("wb") as written:
        process = subprocess.Popen(
            [*command, "serve", "--port", str(port), *options],
            stdout=written,
            stderr=written,
            stdin=subprocess.DEVNULL,
            env=clean_environment(),
        )
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_until_it_answers(address, process, log)
        yield Server(address, (home / "api-token").read_text().strip(), home)
    finally:
        process.terminate()
        process.wait(LONGEST_S)


def _wait_until_it_answers(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    ends = time.monotonic() + LONGEST_S
    while time.monotonic() < ends:
        assert process.poll() is None, log.read_text()
        try:
            if httpx.get(f"{address}/health/live", trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError(f"the server did not answer: {log.read_text()}")
