# ruff: noqa: PERF401, PT012 - what came before an error counts here

import io

import pytest

from chariot.capability import CannotRunError
from chariot.modules.discovery.tools import reading
from chariot.modules.discovery.tools.reading import read_records
from chariot.modules.exchange.catalogue import installed_formats

LINE = b'{"ip": "192.0.2.7", "port": %d, "protocol": "tcp"}\n'
NAABU = installed_formats()["naabu"]


def stream(data: bytes) -> io.BufferedReader:
    return io.BufferedReader(io.BytesIO(data))  # type: ignore[arg-type,type-var]  # any raw stream will do


async def test_records_come_in_batches(monkeypatch) -> None:
    monkeypatch.setattr(reading, "AT_ONCE", 2)

    batches = [batch async for batch in read_records(NAABU, stream(b"".join(LINE % n for n in (1, 2, 3))))]

    assert [len(batch) for batch in batches] == [2, 1]


async def test_a_tool_that_wrote_nothing_found_nothing() -> None:
    assert [batch async for batch in read_records(NAABU, stream(b""))] == []


async def test_what_came_before_a_break_is_handed_over() -> None:
    batches = []
    with pytest.raises(CannotRunError, match="cannot be read"):
        async for batch in read_records(installed_formats()["nmap"], stream(NMAP)):
            batches.append(batch)

    assert sum(map(len, batches)) == 1


NMAP = (
    b'<?xml version="1.0"?><nmaprun scanner="nmap"><host><status state="up"/>'
    b'<address addr="192.0.2.7" addrtype="ipv4"/><ports><port protocol="tcp" portid="22"><state state="open"/></port>'
    b"</ports></host><host>"
)
