"""An authoritative name server for the lab's zones, over UDP and TCP.

It answers for its own zones only, refuses zone transfers and everything else, and follows aliases into
another of its zones, so that a scan may use it as its resolver.
"""

import asyncio
from collections.abc import Iterable, Iterator

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from chariot.lab.absent import AbsentNames
from chariot.lab.world import Record, Zone

TTL_S = 300
MAX_ALIASES = 8
UDP_DEFAULT_BYTES = 512
"""Largest answer to a client that does not name its size. Source: RFC 1035, section 4.2.1."""
UDP_LIMIT_BYTES = 1232
"""Largest datagram, whatever the client allows, as is good practice against fragments."""
TCP_LIMIT_BYTES = 65_535
TCP_IDLE_TIMEOUT_S = 10.0
MAX_TCP_QUERIES = 100
_NOT_LOOKUPS = frozenset({"ANY", "AXFR", "IXFR", "MAILA", "MAILB"})

_STAR = dns.name.Name(("*",))
_Types = dict[dns.rdatatype.RdataType, dns.rrset.RRset]


class NameServer:
    """Answers queries from zones that are held in memory."""

    def __init__(self, zones: Iterable[Zone]) -> None:
        self._starts: dict[dns.name.Name, dns.rrset.RRset] = {}
        self._nodes: dict[dns.name.Name, _Types] = {}
        self._lame: set[dns.name.Name] = set()
        for zone in zones:
            self._load(zone)
        self._absent = AbsentNames(self._nodes, self._starts, self._lame)

    def answer(self, wire: bytes, *, limit_bytes: int | None = None) -> bytes | None:
        """Return the answer to the query *wire*, or None where an answer would be wrong.

        *limit_bytes* is None over TCP. An answer that does not fit is empty and marked as truncated.
        """
        absent = self._absent.answer(wire)
        if absent is not None:
            return absent
        try:
            query = dns.message.from_wire(wire)
        except (dns.exception.DNSException, ValueError):
            return None
        if query.flags & dns.flags.QR:
            return None
        response = dns.message.make_response(query)
        response.set_rcode(self._fill(response))
        if limit_bytes is None:
            # The size that the client names is one for datagrams.
            return response.to_wire(max_size=TCP_LIMIT_BYTES)
        size = min(limit_bytes, max(query.payload, UDP_DEFAULT_BYTES))
        try:
            return response.to_wire(max_size=size)
        except dns.exception.TooBig:
            response.flags |= dns.flags.TC
            response.answer.clear()
            response.authority.clear()
            return response.to_wire()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the queries of one TCP connection."""
        for _ in range(MAX_TCP_QUERIES):
            async with asyncio.timeout(TCP_IDLE_TIMEOUT_S):
                length = int.from_bytes(await reader.readexactly(2))
                answer = self.answer(await reader.readexactly(length))
            if answer is None:
                return
            writer.write(len(answer).to_bytes(2) + answer)
            await writer.drain()

    def datagrams(self) -> asyncio.DatagramProtocol:
        """Return a protocol that answers queries by UDP."""
        return _Datagrams(self)

    def _load(self, zone: Zone) -> None:
        origin = dns.name.from_text(zone.name)
        if zone.is_lame:
            self._lame.add(origin)
        for record in zone.records:
            name = dns.name.from_text(record.name)
            types = self._nodes.setdefault(name, {})
            rrset = _rrset(name, record)
            types.setdefault(rrset.rdtype, rrset).add(rrset[0], TTL_S)
            # A name between the zone and a record exists, though it holds nothing.
            for between in _between(name, origin):
                self._nodes.setdefault(between, {})
        start = f"{zone.name_server}. hostmaster.{zone.name}. 1 3600 600 86400 {TTL_S}"
        soa = dns.rrset.from_text(origin, TTL_S, "IN", "SOA", start)
        self._nodes.setdefault(origin, {})[dns.rdatatype.SOA] = soa
        self._starts[origin] = soa

    def _fill(self, response: dns.message.Message) -> dns.rcode.Rcode:
        """Write the answer to *response*'s own question into it; return the response code."""
        if response.opcode() != dns.opcode.QUERY:
            return dns.rcode.NOTIMP
        if len(response.question) != 1:
            return dns.rcode.FORMERR
        question = response.question[0]
        is_lookup = dns.rdatatype.to_text(question.rdtype) not in _NOT_LOOKUPS
        if question.rdclass != dns.rdataclass.IN or not is_lookup or self._start(question.name) is None:
            return dns.rcode.REFUSED
        response.flags |= dns.flags.AA
        return self._look_up(response, question.name, question.rdtype)

    def _look_up(
        self, response: dns.message.Message, name: dns.name.Name, rdtype: dns.rdatatype.RdataType
    ) -> dns.rcode.Rcode:
        for _ in range(MAX_ALIASES):
            start = self._start(name)
            if start is None:
                return dns.rcode.NOERROR
            if start.name in self._lame:
                # Whoever asks the servers that the parent names gets no answer: so says any resolver.
                return dns.rcode.SERVFAIL
            types = self._node(name, start.name)
            if types is None or not (found := types.get(rdtype) or types.get(dns.rdatatype.CNAME)):
                response.authority.append(start)
                return dns.rcode.NXDOMAIN if types is None else dns.rcode.NOERROR
            response.answer.append(found if found.name == name else _renamed(found, name))
            if found.rdtype == rdtype:
                return dns.rcode.NOERROR
            name = found[0].target
        return dns.rcode.SERVFAIL

    def _node(self, name: dns.name.Name, origin: dns.name.Name) -> _Types | None:
        """Return what *name* has, by itself or by the wildcard next to it. Source: RFC 4592, section 3.3.1."""
        for parent in _upwards(name):
            if parent in self._nodes:
                return self._nodes[parent] if parent == name else self._nodes.get(_STAR + parent)
            if parent == origin:
                break
        return None

    def _start(self, name: dns.name.Name) -> dns.rrset.RRset | None:
        """Return the start of authority of the zone that holds *name*."""
        return next((self._starts[parent] for parent in _upwards(name) if parent in self._starts), None)


def _upwards(name: dns.name.Name) -> Iterator[dns.name.Name]:
    while name != dns.name.root:
        yield name
        name = name.parent()


def _between(name: dns.name.Name, origin: dns.name.Name) -> Iterator[dns.name.Name]:
    """Yield the names above *name* and below *origin*."""
    return (parent for parent in _upwards(name) if parent != name and parent.is_subdomain(origin))


def _renamed(rrset: dns.rrset.RRset, name: dns.name.Name) -> dns.rrset.RRset:
    """Return a wildcard's records as those of the name that was asked for."""
    return dns.rrset.from_rdata_list(name, rrset.ttl, list(rrset))


def _rrset(name: dns.name.Name, record: Record) -> dns.rrset.RRset:
    return dns.rrset.from_text(name, TTL_S, "IN", record.type, _presentation(record))


def _presentation(record: Record) -> str:
    match record.type:
        case "TXT":
            return _quoted(record.value)
        case "A":
            return record.value
        case "CNAME" | "MX" | "NS" | "PTR":
            return record.value + "."


def _quoted(text: str) -> str:
    """Return *text* as the quoted character strings of a TXT record, each of at most 255 octets."""
    octets = text.encode()
    parts = (octets[start : start + 255] for start in range(0, max(len(octets), 1), 255))
    return " ".join('"' + "".join(f"\\{octet:03}" for octet in part) + '"' for part in parts)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, name_server: NameServer) -> None:
        self._name_server = name_server
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]  # narrower
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        answer = self._name_server.answer(data, limit_bytes=UDP_LIMIT_BYTES)
        if answer is not None and self._transport is not None:
            self._transport.sendto(answer, addr)
