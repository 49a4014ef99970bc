"""Name servers that hand their whole zone to anybody."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import ClassVar

import dns.exception
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdatatype
import msgspec

from chariot.capabilities.support.name_service import ask, is_zone
from chariot.capabilities.support.reading import storable, try_domain
from chariot.capabilities.support.weaknesses import risk
from chariot.capability import CannotRunError, Capability, Found, NoAnswerError, Stream, Touch
from chariot.errors import OutOfScopeError
from chariot.model.fields import OUTSIDE_LIMIT
from chariot.model.kinds.network import DnsRecord, Domain
from chariot.model.states import Severity

SERVERS_LIMIT = 8
RECORDS_LIMIT = 50_000
BYTES_LIMIT = 16 * 1024 * 1024
MESSAGES_LIMIT = 5_000
"""A transfer that never ends is cut here."""
READ_TIMEOUT_S = 5.0
WEAKNESS = "dns-zone-transfer"
_KEPT = frozenset({"MX", "TXT", "SRV", "CAA", "HTTPS", "SVCB", "NS", "CNAME"})


class TransferParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where name servers listen."""

    port: int = 53


class _Zone(msgspec.Struct):
    """What came of one transfer."""

    records: list[tuple[str, str, str]] = []
    starts: int = 0
    is_cut: bool = False


class _Outcome(msgspec.Struct):
    """What became of asking each name server."""

    open: list[str] = []
    silent: list[str] = []
    foreign: list[str] = []


class DnsTransfer(Capability[Domain]):
    """Ask each name server of a zone, if it is in scope, for the whole zone. Source: RFC 5936."""

    name = "dns-zone-transfer"
    touch = Touch.ACTIVE
    sends = "one request for the whole zone to each of its name servers"
    packets = 4
    timeout_s: ClassVar[float] = 300.0
    period: ClassVar[timedelta] = timedelta(days=7)
    parameters_type = TransferParameters

    async def run(self, target: Domain) -> AsyncIterator[Found]:
        """See `Capability.run`."""
        if not await is_zone(self.network, target.host):
            return
        servers = (await ask(self.network, target.host, "NS")).values[:SERVERS_LIMIT]
        outcome = _Outcome()
        for server in servers:
            zone = await self._outcome(server, target.host, outcome)
            for found in _told(target, zone):
                yield found
        for found in _risk(target, outcome.open):
            yield found
        if outcome.silent:
            raise CannotRunError(f"{', '.join(outcome.silent)} did not answer by TCP")
        if outcome.foreign:
            raise OutOfScopeError(f"{', '.join(outcome.foreign)}: out of scope, so not asked")

    async def _outcome(self, server: str, host: str, outcome: _Outcome) -> _Zone:
        """Return what *server* hands over, and note what became of asking it."""
        try:
            zone = await self._transfer(server, host)
        except OutOfScopeError:
            outcome.foreign.append(server)
        except NoAnswerError:
            outcome.silent.append(server)
        else:
            if zone.records:
                outcome.open.append(server)
            return zone
        return _Zone()

    async def _transfer(self, server: str, host: str) -> _Zone:
        """Return the zone that *server* hands over; without records when it refuses.

        Raises:
            NoAnswerError: it does not answer.
        """
        query = dns.message.make_query(host, "AXFR").to_wire()
        zone = _Zone()
        async with self.network.connect(server, self.parameters.port, timeout_s=READ_TIMEOUT_S) as stream:
            await stream.send(len(query).to_bytes(2) + query)
            size = 0
            for number in range(MESSAGES_LIMIT):
                wire = await _message(stream)
                size += len(wire)
                if not wire and number == 0:
                    raise NoAnswerError(f"{server} closed the connection")
                if not wire or size > BYTES_LIMIT or not _add(zone, wire, host):
                    break
            else:
                zone.is_cut = True
        return zone


async def _message(stream: Stream) -> bytes:
    """Return the next message; empty at the end, or when it does not come in time."""
    head = await _exactly(stream, 2)
    return await _exactly(stream, int.from_bytes(head)) if len(head) == 2 else b""


async def _exactly(stream: Stream, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = await stream.read(size - len(data), timeout_s=READ_TIMEOUT_S)
        if not part:
            return b""
        data += part
    return data


def _add(zone: _Zone, wire: bytes, host: str) -> bool:
    """Add the records of one message; tell whether more is to come. What cannot be read ends it."""
    try:
        message = dns.message.from_wire(wire, xfr=True, one_rr_per_rrset=True, ignore_trailing=True)
    except (dns.exception.DNSException, ValueError):
        return False
    if message.rcode() != dns.rcode.NOERROR:
        return False
    origin = dns.name.from_text(host)
    for rrset in message.answer:
        if rrset.rdtype == dns.rdatatype.SOA:
            zone.starts += 1
            if zone.starts > 1:
                return False
        if not zone.starts or len(zone.records) >= RECORDS_LIMIT:
            # A zone begins with its start; what does not is no transfer.
            zone.is_cut = bool(zone.starts)
            return False
        if rrset.name.is_subdomain(origin):
            for rdata in rrset:
                kind = dns.rdatatype.to_text(rrset.rdtype)
                zone.records.append((_plain(rrset.name), kind, _data(rdata)))
    return bool(message.answer)


def _plain(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower()


def _data(rdata: dns.rdata.Rdata) -> str:
    return " ".join(part.removesuffix(".") or part for part in rdata.to_text().split(" "))


def _told(target: Domain, zone: _Zone) -> list[Found]:
    """Return each name of a zone once, and its records other than addresses."""
    found: dict[str, Found] = {}
    for host, kind, value in zone.records:
        domain = try_domain(host.removeprefix("*."))
        if domain is None:
            continue
        if kind not in ("SOA", "RRSIG", "NSEC", "NSEC3") and domain.key != target.key and "*" not in host:
            found[domain.key] = domain
        if kind in _KEPT and "*" not in host:
            record = DnsRecord(host=domain.host, type=kind, value=storable(value, OUTSIDE_LIMIT))
            found[record.key] = record
    return list(found.values())


def _risk(target: Domain, servers: list[str]) -> list[Found]:
    if not servers:
        return []
    return list(
        risk(
            target.key,
            WEAKNESS,
            f"The whole zone {target.host} is handed to anybody who asks",
            Severity.MEDIUM,
            remedy="Allow zone transfers to the addresses of your own secondary servers alone (allow-transfer).",
            seen={"name servers": ", ".join(sorted(servers)), "asked": f"AXFR {target.host}"},
        )
    )
