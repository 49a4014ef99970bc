import io
import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from rich.console import Console

from chariot.entrypoints.cli.displays import JsonDisplay, LineDisplay, LiveDisplay
from chariot.entrypoints.cli.scanning import Find, Snapshot
from chariot.entrypoints.cli.terminal import Output
from chariot.modules.work.messages import QueueDepth
from chariot.modules.work.pipeline import Progress
from chariot.modules.work.worker import Totals

NOW = datetime(2026, 3, 1, tzinfo=UTC)
HOSTILE = Find("dnsrecord", "#dnsrecord#example.com#TXT#\x1b[31m\u202e[red]x[/red]\x07")


def snapshot(*new: Find, waiting: int = 3, unknown: int = 0, dead: int = 0, blocked: str = "") -> Snapshot:
    return Snapshot(
        progress=Progress(
            relayed=1,
            changes=1,
            queues=(QueueDepth(queue="plan", waiting=waiting, leased=1 if waiting else 0, dead=dead),),
            running=(),
            totals={"plan": Totals(done=7)},
            blocked=blocked,
        ),
        counts={"domain": 2, "risk": 1},
        new=new,
        newest=new,
        unknown=unknown,
    )


def drawn(shown: Snapshot, *, stopping: bool = False) -> str:
    display = LiveDisplay(Output())
    if stopping:
        display.stopping()
    out = io.StringIO()
    Console(file=out, width=100, color_system=None).print(display.picture(shown))
    return out.getvalue()


class Streams(msgspec.Struct):
    out: io.StringIO
    err: io.StringIO
    output: Any


@pytest.fixture
def streams() -> Streams:
    out, err = io.StringIO(), io.StringIO()
    return Streams(out, err, Output(stdout=out, stderr=err))


def test_the_picture_shows_queues_counts_and_finds() -> None:
    text = drawn(snapshot(Find("domain", "#domain#example.com")))

    assert "2 domain, 1 risk" in text
    assert "#domain#example.com" in text
    assert text.split("plan")[1].split()[:5] == ["3", "1", "0", "7", "0"]


def test_unknown_answers_are_loud() -> None:
    assert "5 answers are unknown, not clean" in drawn(snapshot(unknown=5))
    assert "1,000 or more answers are unknown" in drawn(snapshot(unknown=1_000))


def test_what_stands_still_says_why() -> None:
    assert "waiting: the queue is full" in drawn(snapshot(blocked="the queue is full"))
    assert "Ctrl-C again stops at once" in drawn(snapshot(), stopping=True)


def test_a_hostile_find_is_drawn_as_text() -> None:
    text = drawn(snapshot(HOSTILE))

    assert "[red]x[/red]" in text
    assert text.replace("\n", "").isprintable()


def test_lines_go_to_standard_error_and_are_not_repeated(streams: Streams) -> None:
    with LineDisplay(streams.output, period_s=0) as display:
        display.show(snapshot(dead=1))
        display.show(snapshot(dead=1))

    assert streams.out.getvalue() == ""
    assert streams.err.getvalue() == "waiting 3, running 1, done 7; 2 domain, 1 risk; 1 dead letters\n"


def test_lines_come_only_now_and_then_but_always_at_the_end(streams: Streams) -> None:
    with LineDisplay(streams.output, period_s=3_600) as display:
        display.show(snapshot())
        display.show(snapshot(waiting=2))
        display.show(snapshot(waiting=0))

    assert [line.split(",")[0] for line in streams.err.getvalue().splitlines()] == ["waiting 3", "waiting 0"]


def test_machines_get_every_find(streams: Streams) -> None:
    with JsonDisplay(streams.output, period_s=3_600) as display:
        display.show(snapshot(HOSTILE))
        display.show(snapshot(Find("domain", "#domain#a.test")))
        display.stopping()

    events = [json.loads(line) for line in streams.out.getvalue().splitlines()]
    assert [event["event"] for event in events] == ["found", "progress", "found", "stopping"]
    assert events[0]["key"] == HOSTILE.key
    assert streams.out.getvalue().isascii()
