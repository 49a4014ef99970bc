"""DNS questions to one resolver: UDP, then TCP where the answer does not fit."""

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

from chariot.capability import CannotRunError, DnsAnswer
from chariot.errors import ConfigurationError, InvalidError

ALIAS_LIMIT = 16
"""The longest chain of aliases that is followed within an answer."""
TRIES = 2
PAYLOAD_BYTES = 1232
"""Largest datagram we ask for, as is good practice against fragments."""
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

    async def ask(self, name: str, record: str) -> DnsAnswer:
        """Return what the server says; silence and nonsense are answers too (TIMEOUT, SERVFAIL).

        Raises:
            InvalidError: there is no such record type, or the name is none.
        """
        try:
            wanted = dns.rdatatype.from_text(record)
            query = dns.message.make_query(name, wanted, use_edns=0, payload=PAYLOAD_BYTES)
        except (dns.exception.DNSException, ValueError) as error:
            raise InvalidError(f"cannot be asked for: {error}", place=f"{name} {record}"[:300]) from None
        if record.upper() in _WHOLE_ZONES:
            raise InvalidError("is no look-up of one record type", place=record)
        for _ in range(TRIES):
            try:
                response, _ = await dns.asyncquery.udp_with_fallback(
                    query, self.address, timeout=self._timeout_s, port=self.port, ignore_unexpected=True
                )
            except dns.exception.Timeout:
                continue
            except (dns.exception.DNSException, OSError, ValueError, EOFError):
                return DnsAnswer("SERVFAIL")
            return _answer(response, query.question[0].name, wanted)
        return DnsAnswer("TIMEOUT")


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
