"""Servers that make up a new name at each answer: a scan of them ends by itself, and says what it did not look at."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import msgspec
import pytest

from chariot.application import Application
from chariot.bootstrap import open_application
from chariot.model.kinds.work import Scan
from chariot.model.states import ScanPhase
from chariot.settings import Limits, Settings, load_settings

ZONE = "endless.test"
HOST = "127.9.7.1"
LONGEST_S = 120.0
GENERATIONS = 2
LED_TO = 4

Records = Iterable[tuple[str, str]]
"""Each with its type."""


class Names:
    """Makes up names, and knows only those; `answer` says what there is of one."""

    def __init__(self) -> None:
        self._numbers = itertools.count()
        self._made = {f"{ZONE}."}

    def new(self) -> str:
        # No variation of one is another: what is tried of each must not find the others.
        digest = sha256(str(next(self._numbers)).encode()).digest()
        name = f"{''.join(chr(ord('a') + byte % 26) for byte in digest[:12])}.{ZONE}."
        self._made.add(name)
        return name

    def knows(self, name: str) -> bool:
        return name in self._made

    def answer(self, name: str, kind: str) -> Records:
        raise NotImplementedError


class Aliases(Names):
    def answer(self, name: str, kind: str) -> Records:
        return [("CNAME", self.new())]


class MailExchangers(Names):
    def answer(self, name: str, kind: str) -> Records:
        return [("MX", f"10 {self.new()}") for _ in range(3)] if kind == "MX" else []


class _NameServer(asyncio.DatagramProtocol):
    def __init__(self, names: Names) -> None:
        self._names = names
        self._transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        query = dns.message.from_wire(data)
        response = dns.message.make_response(query)
        response.flags |= dns.flags.AA
        (question,) = query.question
        name = question.name.to_text().lower()
        if not self._names.knows(name):
            response.set_rcode(dns.rcode.NXDOMAIN)
        else:
            for kind, value in self._names.answer(name, dns.rdatatype.to_text(question.rdtype)):
                response.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, value))
        self._transport.sendto(response.to_wire(), addr)


@asynccontextmanager
async def serving(names: Names) -> AsyncIterator[Settings]:
    """Serve names; yield the settings of a scan of them."""
    loop = asyncio.get_running_loop()
    server, _ = await loop.create_datagram_endpoint(lambda: _NameServer(names), local_addr=(HOST, 0))
    try:
        yield msgspec.structs.replace(
            load_settings(environ={}),
            seeds=(ZONE,),
            resolver=f"{HOST}:{server.get_extra_info('sockname')[1]}",
            ports=(9,),
            limits=Limits(10_000, 10_000, generations=GENERATIONS, led_to=LED_TO),
        )
    finally:
        server.close()


async def scanned(application: Application) -> Scan:
    scan = await application.scans.start(
        application.organisation, application.settings.seeds, requested_by="test"
    )
    working = asyncio.create_task(application.pipeline.run())
    async with asyncio.timeout(LONGEST_S):
        await application.pipeline.idle()
    await application.pipeline.stop()
    await working
    record, _ = await application.scans.read(application.organisation, scan)
    assert isinstance(record.entity, Scan)
    return record.entity


@pytest.mark.parametrize(
    ("names", "setting"),
    [
        pytest.param(Aliases, "limits.generations", id="a new alias at each answer"),
        pytest.param(MailExchangers, "limits.led_to", id="new mail exchangers of each of them"),
    ],
)
async def test_names_without_an_end_are_followed_so_far_and_no_further(
    tmp_path: Path, names: type[Names], setting: str
) -> None:
    async with (
        serving(names()) as settings,
        open_application(msgspec.structs.replace(settings, home=str(tmp_path))) as application,
    ):
        scan = await scanned(application)
        counts = await application.store.counts(application.organisation)

    assert scan.state is ScanPhase.DONE
    assert "not followed further: " in scan.gaps
    assert setting in scan.gaps
    assert sum(counts["domain"].values()) < 60
