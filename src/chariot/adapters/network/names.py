"""DNS questions to one resolver: UDP, then TCP where the answer does not fit."""

import contextlib
import re
from ipaddress import ip_address

import dns.asyncquery
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.resolver
import dns.reversename
import dns.rrset

from chariot.adapters.network import wire
from chariot.adapters.network.datagrams import Datagrams
from chariot.adapters.network.wire import ALIAS_LIMIT, PAYLOAD_BYTES
from chariot.capability import CannotRunError, DnsAnswer, NoAnswerError
from chariot.errors import ConfigurationError, InvalidError

TRIES = 2
_STATUS = {
    dns.rcode.NOERROR: "NOERROR",
    dns.rcode.NXDOMAIN: "NXDOMAIN",
    dns.rcode.REFUSED: "REFUSED",
}
_WHOLE_ZONES = frozenset({"AXFR", "IXFR", "ANY", "MAILA", "MAILB", "OPT"})
_WITH_NAMES = frozenset(
    {"CNAME", "NS", "PTR", "DNAME", "MX", "SOA", "SRV", "NAPTR", "SVCB", "HTTPS", "KX", "AFSDB", "RP", "NSEC"}
)


class Resolver:
    """Asks one DNS server. A question takes *timeout_s* at most, for each of two tries."""

    def __init__(self, address: str, port: int, *, timeout_s: float = 3.0) -> None:
        self.address = address
        self.port = port
        self._timeout_s = timeout_s
        self._datagrams = Datagrams(address, port)

    async def ask(self, name: str, record: str) -> DnsAnswer:
        """Return what the server says; silence and nonsense are answers too (TIMEOUT, SERVFAIL).

        Raises:
            InvalidError: there is no such record type, or the name is none.
        """
        kind, labels = _wanted(name, record)
        question = wire.question_of(labels, kind)
        try:
            answer = await self._asked(question)
        except TimeoutError:
            return DnsAnswer("TIMEOUT")
        except OSError:
            return DnsAnswer("SERVFAIL")
        quick = wire.read_quickly(answer, question)
        if quick is not None and not wire.is_truncated(answer):
            return quick
        try:
            response = await self._whole(answer, name, kind)
            return _answer(response, response.question[0].name, kind)
        except TimeoutError:
            return DnsAnswer("TIMEOUT")
        except (dns.exception.DNSException, OSError, ValueError, EOFError, IndexError):
            return DnsAnswer("SERVFAIL")

    async def message(self, name: str, record: str) -> bytes:
        """Return the whole answer as it came, with signatures that nobody on the way has judged.

        Raises:
            InvalidError: there is no such record type, or the name is none.
            NoAnswerError: the server does not answer, or not in time.
        """
        kind, labels = _wanted(name, record)
        try:
            answer = await self._asked(wire.question_of(labels, kind), dnssec=True)
            if not wire.is_truncated(answer):
                return answer
            return (await self._by_tcp(name, kind, dnssec=True)).to_wire(max_size=65_535)
        except (TimeoutError, dns.exception.DNSException, OSError, ValueError, EOFError) as error:
            raise NoAnswerError(f"the resolver did not tell {record} of {name}") from error

    async def _asked(self, question: bytes, *, dnssec: bool = False) -> bytes:
        for _ in range(TRIES - 1):
            try:
                return await self._datagrams.ask(question, timeout_s=self._timeout_s, dnssec=dnssec)
            except TimeoutError:
                continue
        return await self._datagrams.ask(question, timeout_s=self._timeout_s, dnssec=dnssec)

    async def _whole(self, answer: bytes, name: str, kind: dns.rdatatype.RdataType) -> dns.message.Message:
        if wire.is_truncated(answer):
            return await self._by_tcp(name, kind)
        return dns.message.from_wire(answer, ignore_trailing=True)

    async def _by_tcp(
        self, name: str, kind: dns.rdatatype.RdataType, *, dnssec: bool = False
    ) -> dns.message.Message:
        query = dns.message.make_query(name, kind, use_edns=0, payload=PAYLOAD_BYTES, want_dnssec=dnssec)
        if dnssec:
            query.flags |= dns.flags.CD
        for _ in range(TRIES):
            with contextlib.suppress(dns.exception.Timeout):
                return await dns.asyncquery.tcp(query, self.address, timeout=self._timeout_s, port=self.port)
        raise TimeoutError


def _wanted(name: str, record: str) -> tuple[dns.rdatatype.RdataType, bytes]:
    """Return a record type, and a name in wire form.

    Raises:
        InvalidError: there is no such type, it is no look-up, or the name is none.
    """
    try:
        wanted = dns.rdatatype.from_text(record)
        labels = wire.plain_labels(name) or dns.name.from_text(name).to_wire()
    except (dns.exception.DNSException, ValueError) as error:
        raise InvalidError(f"cannot be asked for: {error}", place=f"{name} {record}"[:300]) from None
    if record.upper() in _WHOLE_ZONES or labels is None:
        raise InvalidError("is no look-up of one record type", place=record)
    return wanted, labels


class NoResolver:
    """Stands where no DNS server is known: every question says why it cannot be asked. See `Resolver`."""

    address = ""
    port = 0

    def __init__(self, reason: str) -> None:
        self._reason = reason

    async def ask(self, name: str, record: str) -> DnsAnswer:
        """Raise.

        Raises:
            CannotRunError: always.
        """
        raise CannotRunError(f"cannot look up {record} of {name}: {self._reason}")

    async def message(self, name: str, record: str) -> bytes:
        """Raise; see `ask`."""
        raise CannotRunError(f"cannot look up {record} of {name}: {self._reason}")


def resolver_at(setting: str) -> Resolver | NoResolver:
    """Return the resolver at `address:port` (`[address]:port` for IPv6), or the system's when it is empty.

    Raises:
        ConfigurationError: the setting is not an address and a port.
    """
    if not setting:
        try:
            servers = dns.resolver.Resolver().nameservers
        except dns.exception.DNSException as error:
            return NoResolver(f"this machine has no DNS server configured ({error}); set `resolver`")
        return Resolver(str(servers[0]), 53) if servers else NoResolver("no DNS server is configured")
    try:
        bare = str(ip_address(setting))
    except ValueError:
        host, _, port = setting.rpartition(":")
        try:
            address = str(ip_address(host.removeprefix("[").removesuffix("]")))
            number = int(port)
        except ValueError:
            number, address = 0, ""
        if not 0 < number < 65_536:
            raise ConfigurationError(f"resolver must be address:port, not {setting[:80]!r}") from None
        return Resolver(address, number)
    return Resolver(bare, 53)


def reverse_name(address: str) -> str:
    """Return the name under which PTR records of *address* stand."""
    return dns.reversename.from_address(address).to_text(omit_final_dot=True)


def leads_to(text: str, name: str) -> bool:
    """Tell whether a record's data holds *name* as a whole, not as a part of another name.

    >>> leads_to("10 mail.example.com", "mail.example.com"), leads_to("10 mail.example.com", "example.com")
    (True, False)
    """
    found = re.escape(name.lower().rstrip("."))
    return re.search(rf"(?<![a-z0-9_.-]){found}(?![a-z0-9_-]|\.[a-z0-9_-])", text.lower()) is not None


def _answer(response: dns.message.Message, name: dns.name.Name, wanted: dns.rdatatype.RdataType) -> DnsAnswer:
    sets = {(rrset.name, rrset.rdtype): rrset for rrset in response.answer}
    aliases: list[dns.name.Name] = []
    while (name, wanted) not in sets and (alias := sets.get((name, dns.rdatatype.CNAME))) is not None:
        name = alias[0].target
        if name in aliases or len(aliases) >= ALIAS_LIMIT:
            return DnsAnswer("SERVFAIL", (), tuple(map(_plain, aliases)))
        aliases.append(name)
    found = sets.get((name, wanted))
    values = tuple(sorted({_value(rdata, found.rdtype) for rdata in found})) if found is not None else ()
    status = _STATUS.get(response.rcode(), "SERVFAIL")
    return DnsAnswer(status, values, tuple(map(_plain, aliases)))


def _plain(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower()


def _value(rdata: dns.rdata.Rdata, kind: dns.rdatatype.RdataType) -> str:
    text = rdata.to_text()
    if dns.rdatatype.to_text(kind) not in _WITH_NAMES:
        return text
    # Only names end in a dot, and only names have no case. A single dot is the root, which means "none".
    return " ".join(
        part.lower().removesuffix(".") if part.endswith(".") and part != "." else part
        for part in text.split(" ")
    )
