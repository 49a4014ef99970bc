"""Precision and recall of a whole scan of the lab, its time, and what nmap finds there when it is installed.

masscan and BBOT are not compared: masscan writes its own Ethernet frames, to hardware addresses that the loopback of
Linux does not deliver, and BBOT asks name servers at port 53 alone, finds ports by masscan, and fetches parts of itself
when it starts.
"""

import contextlib
import resource
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from benchmarks.rows import row

SIZE = 60
PORT_OFFSET = 5_000
START_S = 60.0
NMAP_S = 900.0


def run(rows: list[dict[str, Any]]) -> None:
    """Scan a made-up internet as a person would, in processes of their own, then score what was found."""
    with TemporaryDirectory(prefix="chariot-bench-lab-") as folder, _lab(Path(folder)) as profile:
        settings = tomllib.loads(profile.read_text())
        home = str(Path(folder, "home"))
        with _watch() as ours:
            _chariot("scan", "--config", str(profile), "--home", home)
        scores = _scores(profile, "--home", home)
        theirs, of_nmap = _nmap(profile, settings, Path(folder, "nmap.xml"))
    for kind, one in scores.items():
        for what in ("missed", "extra"):
            if one[what]:
                print(f"{what} {kind}: {', '.join(one[what][:10])}")
    rows.extend(
        row(
            f"the lab of {SIZE} hosts: {what} of {kind} (beside nmap)",
            round(one[what], 3),
            "share",
            # What it does not look for at all is no fault of it.
            reference=round(of_nmap[kind][what], 3) if of_nmap.get(kind, {}).get("found") else None,
            aim="1.0",
            met=one[what] == 1.0,
        )
        for kind, one in scores.items()
        for what in ("precision", "recall")
    )
    for what in ("wall", "processor"):
        took_s, nmap_s = ours.get(what, 0.0), theirs.get(what)
        rows.append(
            row(
                f"the lab of {SIZE} hosts: a whole scan, {what} time (beside nmap -sV)",
                round(took_s, 1),
                "s",
                reference=None if nmap_s is None else round(nmap_s, 1),
                ratio=None if nmap_s is None else round(nmap_s / took_s, 2),
            )
        )


@contextlib.contextmanager
def _watch() -> Iterator[dict[str, float]]:
    """Yield what holds, at the end, the wall time and the processor time of the programs that were run, in seconds."""
    took: dict[str, float] = {}
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    yield took
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    took["wall"] = time.monotonic() - started
    took["processor"] = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@contextlib.contextmanager
def _lab(folder: Path) -> Iterator[Path]:
    """Yield the profile of a lab that runs in a process of its own."""
    profile = folder / "lab.toml"
    command = (sys.executable, "-m", "chariot", "lab", str(folder))
    options = ("--size", str(SIZE), "--port-offset", str(PORT_OFFSET))
    with subprocess.Popen((*command, *options), stdout=subprocess.DEVNULL) as process:
        try:
            ends_at = time.monotonic() + START_S
            while not profile.exists() and process.poll() is None and time.monotonic() < ends_at:
                time.sleep(0.1)
            yield profile
        finally:
            process.terminate()


def _chariot(*words: str) -> bytes:
    # A scan that could not look everywhere ends with a number of its own.
    ended = subprocess.run((sys.executable, "-m", "chariot", *words), capture_output=True, check=False)
    if not ended.stdout:
        raise RuntimeError(f"chariot {words[0]} said nothing: {ended.stderr.decode()[-2_000:]}")
    return ended.stdout


def _scores(profile: Path, *options: str) -> dict[str, dict[str, Any]]:
    output = _chariot("lab", "score", "--json", "--config", str(profile), *options)
    return msgspec.json.decode(output, type=dict[str, dict[str, Any]])


def _nmap(
    profile: Path, settings: dict[str, Any], results: Path
) -> tuple[dict[str, float], dict[str, dict[str, Any]]]:
    """Return how long nmap took, and its score; nothing where it is not installed or not done in time."""
    program = shutil.which("nmap")
    if program is None:
        return {}, {}
    netblocks = [seed for seed in settings["seeds"] if "/" in seed]
    ports = ",".join(map(str, settings["ports"]))
    try:
        with _watch() as took:
            subprocess.run(
                (program, "-n", "-Pn", "-sT", "-sV", "-p", ports, "-oX", str(results), *netblocks),
                capture_output=True,
                check=True,
                timeout=NMAP_S,
            )
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError):
        return {}, {}
    return took, _scores(profile, "--import", str(results))
