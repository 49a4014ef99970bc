"""Precision and recall of a whole scan of the lab, its time, and what other scanners find there in the same run."""

import contextlib
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from benchmarks.cable import Cable, cable
from benchmarks.rivals import RIVALS, Site, Took, watch
from benchmarks.rows import row

SIZE = 60
PORT_OFFSET = 5_000
START_S = 60.0
LAB = f"the lab of {SIZE} hosts"

Scores = dict[str, dict[str, Any]]


class Asset(msgspec.Struct):
    """What of an entity tells when it was found."""

    key: str
    kind: str
    created: datetime
    updated: datetime


class _Assets(msgspec.Struct):
    items: list[Asset]


def run(rows: list[dict[str, Any]]) -> None:
    """Scan a made-up internet as a person would, in processes of their own, then score what was found."""
    with TemporaryDirectory(prefix="chariot-bench-lab-") as name, cable() as wire:
        folder = Path(name)
        with _lab(folder, wire) as profile:
            site = Site(wire, tomllib.loads(profile.read_text()), folder)
            if wire.router:
                address, port = site.settings["resolver"].rsplit(":", 1)
                wire.resolve_by(address, int(port), folder)
            home = ("--home", str(folder / "home"))
            started_at = datetime.now(UTC)
            with watch() as took:
                _chariot(wire, "scan", "--config", str(profile), *home)
            ours = _scores(wire, profile, *home)
            listed = _chariot(wire, "list", "assets", "--json", "--limit", "1000000", *home)
            assets = msgspec.json.decode(listed, type=_Assets).items
            others = dict(_others(site, profile))
    for kind, one in ours.items():
        for what in ("missed", "extra"):
            if one[what]:
                print(f"{what} {kind}: {', '.join(one[what][:10])}")
    rows.extend(_of_ours(ours))
    for rival, (their_time, theirs) in others.items():
        rows.extend(_beside(rival, took, ours, their_time, theirs))
        rows.append(_overtaken(rival, assets, started_at, their_time, theirs))
    if not others:
        rows.extend(row(f"{LAB}: a whole scan, {what} time", round(took[what], 1), "s") for what in took)


def _of_ours(ours: Scores) -> Iterator[dict[str, Any]]:
    for kind, one in ours.items():
        for what in ("precision", "recall"):
            yield row(
                f"{LAB}: {what} of {kind}", round(one[what], 3), "share", aim="1.0", met=one[what] == 1.0
            )


def _beside(
    rival: str, took: Took, ours: Scores, their_time: Took, theirs: Scores
) -> Iterator[dict[str, Any]]:
    """Yield what *rival* found and how long it took, each beside ours."""
    for kind, one in theirs.items():
        # What it does not look for at all is no fault of it.
        if one["found"]:
            for what in ("precision", "recall"):
                mine, their = round(ours[kind][what], 3), round(one[what], 3)
                yield row(f"{LAB}: {what} of {kind} (beside {rival})", mine, "share", reference=their)
    alone = sum(len(set(one["missed"]) - set(theirs[kind]["missed"])) for kind, one in ours.items())
    yield row(f"{LAB}: found by {rival} alone", alone, "things", aim="none", met=alone == 0)
    for what, mine_s in took.items():
        their_s = their_time[what]
        yield row(
            f"{LAB}: a whole scan, {what} time (beside {rival})",
            round(mine_s, 1),
            "s",
            reference=round(their_s, 1),
            ratio=round(their_s / mine_s, 2),
        )


def _overtaken(
    rival: str, assets: list[Asset], started_at: datetime, their_time: Took, theirs: Scores
) -> dict[str, Any]:
    """Return how long our scan took until it had found each asset and service that *rival* found, of all its time."""
    missed = {key for one in theirs.values() for key in one["missed"]}
    told = {kind for kind, one in theirs.items() if one["found"]}
    # What is spoken at a port is found after the port, which is changed by that.
    served = {key.partition(" ")[0] for key in theirs["service"]["missed"]} if "service" in told else None
    moments = [
        one.updated if one.kind == "port" and served is not None and one.key not in served else one.created
        for one in assets
        if one.kind in told and one.key not in missed
    ]
    mine_s = (max(moments, default=started_at) - started_at).total_seconds()
    their_s = their_time["wall"]
    aimed = rival == "BBOT"
    return row(
        f"{LAB}: until all was found that {rival} found (beside all its time)",
        round(mine_s, 1),
        "s",
        reference=round(their_s, 1),
        ratio=round(their_s / mine_s, 2) if mine_s else None,
        aim="at most half of BBOT's" if aimed else "",
        met=mine_s <= their_s / 2 if aimed else None,
    )


def _others(site: Site, profile: Path) -> Iterator[tuple[str, tuple[Took, Scores]]]:
    home = ("--home", str(site.folder / "scores"))
    for name, look in RIVALS.items():
        found = look(site)
        if found is not None:
            took, results = found
            yield name, (took, _scores(site.cable, profile, *home, "--import", str(results)))


@contextlib.contextmanager
def _lab(folder: Path, wire: Cable) -> Iterator[Path]:
    """Yield the profile of a lab that runs in a process of its own."""
    profile = folder / "lab.toml"
    command = (*wire.far, sys.executable, "-m", "chariot", "lab", str(folder))
    options = ("--size", str(SIZE), "--port-offset", str(PORT_OFFSET))
    with subprocess.Popen((*command, *options), stdout=subprocess.DEVNULL) as process:
        try:
            ends_at = time.monotonic() + START_S
            while not profile.exists() and process.poll() is None and time.monotonic() < ends_at:
                time.sleep(0.1)
            yield profile
        finally:
            process.terminate()


def _chariot(wire: Cable, *words: str) -> bytes:
    # A scan that could not look everywhere ends with a number of its own.
    ended = subprocess.run(
        (*wire.near, sys.executable, "-m", "chariot", *words), capture_output=True, check=False
    )
    if not ended.stdout:
        raise RuntimeError(f"chariot {words[0]} said nothing: {ended.stderr.decode()[-2_000:]}")
    return ended.stdout


def _scores(wire: Cable, profile: Path, *options: str) -> Scores:
    output = _chariot(wire, "lab", "score", "--json", "--config", str(profile), *options)
    return msgspec.json.decode(output, type=Scores)
