from collections.abc import Iterator
from io import BytesIO
from typing import IO

import pytest

from chariot.format import Format, Parsed, Refused
from chariot.modules.integrations.watching import PlainLedger, StoppedError, Watch, Watched
from support.integrations import ACME, World


class Lines(Format):
    name = "lines"
    title = "Lines"
    example = "write"

    def sniff(self, head: bytes) -> int:
        return 7

    def parse(self, stream: IO[bytes]) -> Iterator[Parsed | Refused]:
        for number, _ in enumerate(stream):
            yield Parsed(f"line {number}", findings=1)


def test_the_check_and_the_writing_each_have_their_share_of_the_percent() -> None:
    stream = BytesIO(b"x\n" * 1_000)
    watch = Watch(2_000)
    watched = Watched(Lines(), watch)

    watched.check(stream)
    checked = watch.percent
    stream.seek(0)
    found = list(watched.parse(stream))

    assert (checked, watch.percent, watch.findings, len(found)) == (30, 99, 1_000, 1_000)
    assert (watched.name, watched.sniff(b"")) == ("lines", 7)


def test_a_file_that_is_stopped_ends_between_two_records() -> None:
    watch = Watch(2_000)
    parsed = Watched(Lines(), watch).parse(BytesIO(b"x\n" * 1_000))
    next(parsed)
    watch.stop()

    with pytest.raises(StoppedError):
        list(parsed)


def test_a_packed_file_is_never_more_than_done() -> None:
    watch = Watch(1)
    watch.checked()

    watch.at(10_000_000, 3)

    assert watch.percent == 99


async def test_the_ledger_names_the_file_alone(world: World) -> None:
    ledger = PlainLedger(world.surface)

    entry = await ledger.begin(
        ACME, file="/tmp/x/scan.xml", sha256="", size_bytes=1, format_name="nmap", who="ann"
    )

    assert entry.file == "scan.xml"
