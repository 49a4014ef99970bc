"""Other scanners at the lab, where they are installed: what each is told, and how long it took."""

import contextlib
import os
import resource
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.cable import INTERFACE, NEAR, Cable

LIMIT_S = 900.0
PACKETS_PER_S = 1_000
"""Of masscan, also where BBOT starts it; at more the little lab does not answer everything."""
BBOT_MODULES = ("portscan", "http", "sslcert", "dnscaa", "robots", "securitytxt")
"""What of BBOT can find something here: others ask the internet, fetch programs from there or try attacks."""

Took = dict[str, float]


class Site(NamedTuple):
    """What is looked at."""

    cable: Cable
    settings: dict[str, Any]
    """The profile of the lab."""
    folder: Path
    """Where results are written."""

    @property
    def ports(self) -> str:
        """All ports of the lab, as the others read them."""
        return ",".join(map(str, self.settings["ports"]))

    @property
    def netblocks(self) -> list[str]:
        """The seeds that are no names."""
        return [seed for seed in self.settings["seeds"] if "/" in seed]


@contextlib.contextmanager
def watch() -> Iterator[Took]:
    """Yield what holds, at the end, the wall time and the processor time of the programs that were run, in seconds."""
    took: Took = {}
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    yield took
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    took["wall"] = time.monotonic() - started
    took["processor"] = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def nmap(site: Site) -> tuple[Took, Path] | None:
    """Let nmap look for ports and what answers there; None where it is not there or not done in time."""
    results = site.folder / "nmap.xml"
    options = ("-n", "-Pn", "-sT", "-sV", "-p", site.ports, "-oX", str(results))
    return _timed(site, "nmap", *options, *site.netblocks, results=results)


def masscan(site: Site) -> tuple[Took, Path] | None:
    """Let masscan look for ports; None where it or the cable is not there, or it is not done in time."""
    if not site.cable.router:
        return None
    results = site.folder / "masscan.json"
    wire = ("--adapter", INTERFACE, "--adapter-ip", NEAR, "--router-mac", site.cable.router)
    options = ("-p", site.ports, "--rate", str(PACKETS_PER_S), "--wait", "2", "-oJ", str(results))
    return _timed(site, "masscan", *wire, *options, *site.netblocks, results=results)


def bbot(site: Site) -> tuple[Took, Path] | None:
    """Let BBOT look for all that it can find here; None where it or the cable is not there, or it is not done in time.

    Without its look-ups of cloud providers it need not wait for the internet at each thing it finds.
    """
    if not site.cable.router:
        return None
    results = site.folder / "bbot.json"
    settings = {
        "home": site.folder / "bbot",
        "cloudcheck": "false",
        "modules.json.output_file": results,
        "modules.portscan.ports": site.ports,
        "modules.portscan.rate": PACKETS_PER_S,
        "modules.portscan.adapter": INTERFACE,
        "modules.portscan.adapter_ip": NEAR,
        "modules.portscan.router_mac": site.cable.router,
    }
    command = (
        "bbot", "--yes", "--force", "--no-deps", "-t", *site.settings["seeds"], "-m", *BBOT_MODULES, "-om", "json",
        "-c", *(f"{name}={value}" for name, value in settings.items()),
    )  # fmt: skip
    # What it sets up at its first start is no part of a scan.
    if _timed(site, *command, "--dry-run", results=site.folder) is None:
        return None
    return _timed(site, *command, results=results)


RIVALS: dict[str, Callable[[Site], tuple[Took, Path] | None]] = {
    "nmap": nmap,
    "masscan": masscan,
    "BBOT": bbot,
}


def _timed(site: Site, program: str, *options: str, results: Path) -> tuple[Took, Path] | None:
    path = shutil.which(program)
    if path is None:
        print(f"{program} is not installed: nothing is compared with it")
        return None
    try:
        with watch() as took:
            ended = subprocess.run(
                (*site.cable.near, path, *options),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
                timeout=LIMIT_S,
                env={**os.environ, "HOME": str(site.folder)},
            )
    except subprocess.TimeoutExpired:
        print(f"{program} was not done in {LIMIT_S:.0f} s: nothing is compared with it")
        return None
    if ended.returncode or not results.exists():
        print(f"{program} ended with {ended.returncode}: {ended.stderr.decode(errors='replace')[-500:]}")
        return None
    return took, results
