"""A made-up internet of any size: the same hosts, names and faults for the same number, on every machine.

Each estate is a zone whose hosts are of the same kinds in the same order, so that a small world has a little of
everything, and a large one has much of it.
"""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network

import msgspec

from chariot.errors import InvalidError
from chariot.lab.kinds import Place, services_at
from chariot.lab.perimeter import NEIGHBOUR_ZONE, PERIMETER
from chariot.lab.world import Host, Record, World, Zone

MAX_SIZE = 10_000
BLOCK_HOSTS = 1_000
"""Hosts in one netblock: a scan sweeps each in one job, which must stay short."""
_FIRST = IPv4Address("127.80.0.0")
_BLOCK_BITS = 10
RESOLVER = "127.79.255.53"
NEIGHBOUR = "127.77.1.20"
HOSTS_PER_ESTATE = 20
MAX_ESTATES = 8


def world_of(size: int) -> World:
    """Return the world with *size* hosts; 0 is the perimeter that people wrote by hand.

    Raises:
        InvalidError: *size* is not between 0 and `MAX_SIZE`.
    """
    if not 0 <= size <= MAX_SIZE:
        raise InvalidError(f"a lab has 1 to {MAX_SIZE:,} hosts, not {size:,}", place="size")
    return _synthetic(size) if size else PERIMETER


class _Estate(msgspec.Struct, frozen=True):
    """One zone and its hosts, by their place in it."""

    zone: str
    addresses: tuple[str, ...]

    @property
    def places(self) -> Iterator[Place]:
        """Each host's place."""
        for index, address in enumerate(self.addresses):
            yield Place(zone=self.zone, index=index, address=address, count=len(self.addresses))

    def address(self, index: int) -> str | None:
        """Return the address of the host at *index*, where the estate is that large."""
        return self.addresses[index] if index < len(self.addresses) else None


def _synthetic(size: int) -> World:
    estates = tuple(_estates(size))
    blocks = tuple(_netblocks(size))
    places = [place for estate in estates for place in estate.places]
    # The first address after the last netblock is where an error by one would land.
    after = str(blocks[-1].broadcast_address + 1)
    return World(
        domains=tuple(estate.zone for estate in estates),
        netblocks=tuple(map(str, blocks)),
        resolver=RESOLVER,
        name_servers=(),
        zones=(
            *(zone for estate in estates for zone in _zones(estate)),
            NEIGHBOUR_ZONE,
            Zone("gone.test", "ns.neighbour.test"),
            Zone("azurewebsites.net", "ns.neighbour.test"),
            _reverse_zone(places, after),
        ),
        hosts=tuple(Host(place.address, services_at(place)) for place in places),
        neighbours=(NEIGHBOUR, after),
        weaknesses=tuple(
            weakness
            for estate in estates
            for weakness in (
                (f"support.{estate.zone}", "subdomain-takeover"),
                (estate.zone, "dns-dangling-mx"),
            )
        ),
    )


def _address_of(number: int) -> str:
    block, index = divmod(number, BLOCK_HOSTS)
    return str(_FIRST + (block << _BLOCK_BITS) + index + 1)


def _netblocks(size: int) -> Iterator[IPv4Network]:
    """Yield the blocks that hold all hosts; the last is no larger than it must be."""
    for block in range(0, size, BLOCK_HOSTS):
        # Two more: the block's own address and its last one have no host.
        bits = (min(size - block, BLOCK_HOSTS) + 1).bit_length()
        yield IPv4Network((int(_FIRST) + (block // BLOCK_HOSTS << _BLOCK_BITS), 32 - bits))


def _estates(size: int) -> Iterator[_Estate]:
    count = max(1, min(MAX_ESTATES, size // HOSTS_PER_ESTATE))
    for number in range(count):
        hosts = range(number * size // count, (number + 1) * size // count)
        yield _Estate(f"estate{number + 1}.test", tuple(map(_address_of, hosts)))


def _zones(estate: _Estate) -> Iterator[Zone]:
    zone, server = estate.zone, f"ns1.{estate.zone}"
    yield Zone(zone, server, tuple(_records(estate)))
    # A delegated zone, which answers, and one that is delegated to servers that do not know it.
    app, keys = estate.address(1), estate.address(3)
    if app and keys:
        below = f"dev.{zone}"
        records = (
            Record(below, "NS", server),
            Record(below, "A", app),
            Record(below, "TXT", "v=spf1 -all"),
            Record(f"_dmarc.{below}", "TXT", f"v=DMARC1; p=reject; rua=mailto:dmarc@{zone}"),
            Record(f"git.{below}", "A", keys),
        )
        yield Zone(below, server, records)
    yield Zone(f"lab.{zone}", "ns.neighbour.test", is_lame=True)


def _records(estate: _Estate) -> Iterator[Record]:
    zone, first = estate.zone, estate.addresses[0]
    mail = estate.address(2) or first
    yield Record(zone, "NS", f"ns1.{zone}")
    yield Record(zone, "NS", "ns.neighbour.test")
    yield Record(zone, "A", first)
    yield Record(zone, "MX", f"10 mail.{zone}")
    yield Record(zone, "MX", "20 mx.gone.test")
    yield Record(zone, "TXT", "v=spf1 mx -all")
    yield Record(f"_dmarc.{zone}", "TXT", f"v=DMARC1; p=reject; rua=mailto:dmarc@{zone}")
    yield Record(f"ns1.{zone}", "A", mail)
    yield Record(f"mail.{zone}", "A", mail)
    yield Record(f"www.{zone}", "CNAME", f"web1.{zone}")
    yield Record(f"cdn.{zone}", "CNAME", "edge.neighbour.test")
    yield Record(f"support.{zone}", "CNAME", f"{zone.partition('.')[0]}-help.azurewebsites.net")
    # Every name below `apps` gets an answer; one of them is there by itself.
    yield Record(f"*.apps.{zone}", "A", first)
    # One name, several hosts.
    for number in (1, 21):
        if address := estate.address(number):
            yield Record(f"app.{zone}", "A", address)
    if graphs := estate.address(7):
        yield Record(f"portal.apps.{zone}", "A", graphs)
    for place in estate.places:
        for name in place.names:
            yield Record(name, "A", place.address)
        for alias, target in place.aliases:
            yield Record(alias, "CNAME", target)


def _reverse_zone(places: list[Place], after: str) -> Zone:
    origin = "127.in-addr.arpa"

    def pointer(address: str, name: str) -> Record:
        return Record(IPv4Address(address).reverse_pointer, "PTR", name)

    records = [Record(origin, "NS", "ns.neighbour.test"), pointer(after, "gate.neighbour.test")]
    for place in places:
        records.extend(pointer(place.address, name) for name in place.names)
    return Zone(origin, "ns.neighbour.test", tuple(records))
