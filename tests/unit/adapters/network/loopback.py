"""Servers on loopback for these tests, and a way out that is checked against real seeds."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import dns.message
import dns.rrset

from chariot.capability import Touch
from chariot.model.keys import Key, Organisation
from chariot.model.kinds.work import Seed
from chariot.modules.discovery.guard import Egress, EgressGuard, Errand
from chariot.modules.discovery.scope import Scope

ORGANISATION = Organisation("acme")
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Records = dict[tuple[str, str], Sequence[str]]


class NameServer(asyncio.DatagramProtocol):
    """Answers from a table over UDP; each name's next answer may differ, as an attacker's would."""

    def __init__(self, records: Records) -> None:
        self.records = records
        self.asked: list[str] = []
        self.transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr) -> None:
        query = dns.message.from_wire(data)
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True)
        kind = question.rdtype.name
        self.asked.append(f"{name} {kind}")
        response = dns.message.make_response(query)
        while (name, "CNAME") in self.records and (name, kind) not in self.records:
            (alias,) = self.records[name, "CNAME"]
            response.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", "CNAME", f"{alias}."))
            name = alias
        values = self.records.get((name, kind), ())
        if values:
            response.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", kind, *values))
        self.transport.sendto(response.to_wire(), addr)


def egress(*seeds: Seed, touch: Touch = Touch.ACTIVE) -> Egress:
    guard = EgressGuard(ORGANISATION, Scope.of(seeds))
    errand = Errand(capability="test", touch=touch, target=Key("#domain#corp.example"), scan="s1")
    return Egress(guard, errand)


class Listener:
    """A TCP server that counts who comes."""

    def __init__(self, host: str, port: int) -> None:
        self.host = host
        self.port = port
        self.visits = 0


@asynccontextmanager
async def listening(handler: Handler, *, host: str = "127.0.0.1", port: int = 0, ssl=None):
    seen = Listener(host, port)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.visits += 1
        try:
            await handler(reader, writer)
            await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, host, port, ssl=ssl)
    seen.port = server.sockets[0].getsockname()[1]
    try:
        yield seen
    finally:
        server.close()
        await server.wait_closed()


def saying(data: bytes) -> Handler:
    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(data)

    return handler


def answering(data: bytes) -> Handler:
    """Read a request's head, then say *data*."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(data)

    return handler
