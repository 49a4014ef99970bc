"""Ground truth: the keys of what a scan of the lab's seeds must find, and of nothing else.

The keys are written here from the world alone, without the code that is under test, so that a fault in the
product's own keys shows as a miss.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping

import msgspec

from chariot.errors import NotFoundError
from chariot.lab.ca import fingerprint
from chariot.lab.perimeter import FIRST_FIX, PERIMETER
from chariot.lab.score import service_key
from chariot.lab.world import (
    BannerService,
    FaultyService,
    Host,
    Ports,
    Site,
    Technology,
    WebService,
    WireService,
    World,
)

MAX_ALIASES = 8
"""Steps along CNAME records before a name counts as unresolvable."""


class _View(msgspec.Struct, frozen=True):
    """A world on its ports, with its names resolved once."""

    world: World
    ports: Ports
    addresses_of: Mapping[str, frozenset[str]]
    """Our names, each with the addresses to which it leads, ours or not."""
    names_of: Mapping[str, frozenset[str]]
    """Addresses, each with our names that lead to it."""

    @property
    def hosts(self) -> Iterator[Host]:
        """Our hosts."""
        return (host for host in self.world.hosts if self.world.owns_address(host.address))


def truth(kind: str, *, port_offset: int = 0, world: World = PERIMETER) -> frozenset[str]:
    """Return the keys of *kind* that a scan must find.

    Raises:
        NotFoundError: *kind* is not scored.
    """
    if kind not in _DERIVATIONS:
        raise NotFoundError(f"the lab has no truth of kind {kind!r}; it has {', '.join(KINDS)}")
    return frozenset(_DERIVATIONS[kind](_view(world, Ports.shifted(port_offset))))


def expected(*, port_offset: int = 0, world: World = PERIMETER) -> dict[str, frozenset[str]]:
    """Return the keys that a scan must find, by kind."""
    view = _view(world, Ports.shifted(port_offset))
    return {kind: frozenset(derive(view)) for kind, derive in _DERIVATIONS.items()}


def first_fixes(*, port_offset: int = 0, world: World = PERIMETER) -> frozenset[str]:
    """Return the keys of the targets at which mending something closes most: a fix plan must begin at one of them."""
    view = _view(world, Ports.shifted(port_offset))
    return frozenset(key for key, site in _web_applications(view) if FIRST_FIX in site.technologies)


def _view(world: World, ports: Ports) -> _View:
    records = [record for zone in world.zones for record in zone.records]
    aliases = {record.name: record.value for record in records if record.type == "CNAME"}
    addresses = defaultdict(set)
    for record in records:
        if record.type == "A":
            addresses[record.name].add(record.value)
    addresses_of: dict[str, frozenset[str]] = {}
    names_of: dict[str, set[str]] = defaultdict(set)
    for name in {*aliases, *addresses}:
        # A wildcard is no name: what it makes up is nothing to find.
        if world.owns_name(name) and not name.startswith("*."):
            addresses_of[name] = frozenset(addresses.get(_canonical(name, aliases), ()))
            for address in addresses_of[name]:
                names_of[address].add(name)
    return _View(world, ports, addresses_of, {key: frozenset(names) for key, names in names_of.items()})


def _canonical(name: str, aliases: Mapping[str, str]) -> str:
    """Return the name at the end of *name*'s aliases."""
    for _ in range(MAX_ALIASES):
        if name not in aliases:
            break
        name = aliases[name]
    return name


def _domains(view: _View) -> Iterator[str]:
    for name in view.addresses_of:
        yield f"#domain#{name}"


def _addresses(view: _View) -> Iterator[str]:
    """Yield our addresses that have a name or answer; an address in a netblock is not a finding by itself."""
    for address in view.names_of:
        if view.world.owns_address(address):
            yield f"#address#{address}"
    for host in view.hosts:
        if host.services:
            yield f"#address#{host.address}"


def _ports(view: _View) -> Iterator[str]:
    for host in view.hosts:
        for service in host.services:
            yield f"#port#{host.address}#tcp#{view.ports.of(service.role)}"


def _web_applications(view: _View) -> Iterator[tuple[str, Site]]:
    """Yield each key and its site: one per name, or per address where the host has no name."""
    for host in view.hosts:
        for service in host.services:
            if isinstance(service, WebService):
                for name in view.names_of.get(host.address) or {host.address}:
                    url = f"{service.role}://{name}:{view.ports.of(service.role)}/"
                    yield f"#webapplication#{url}", service.site_for(name)


def _speakers(view: _View) -> Iterator[tuple[str, BannerService | WireService]]:
    """Yield each port's key and what speaks a protocol of its own there."""
    for host in view.hosts:
        for service in host.services:
            if isinstance(service, BannerService | WireService):
                yield f"#port#{host.address}#tcp#{view.ports.of(service.role)}", service


def _services(view: _View) -> Iterator[str]:
    """Yield each port and what is spoken there, except where nothing can be known."""
    for host in view.hosts:
        for service in host.services:
            if not isinstance(service, FaultyService):
                key = f"#port#{host.address}#tcp#{view.ports.of(service.role)}"
                yield service_key(key, service.role)


def _web_application_keys(view: _View) -> Iterator[str]:
    for key, _ in _web_applications(view):
        yield key


def _technologies(view: _View) -> Iterator[str]:
    for _, site in _web_applications(view):
        for technology in site.technologies:
            yield f"#technology#{technology.cpe}"
    for _, service in _speakers(view):
        for technology in _run_by(service):
            yield f"#technology#{technology.cpe}"


def _run_by(service: BannerService | WireService) -> tuple[Technology, ...]:
    return service.technologies if isinstance(service, WireService) else (service.technology,)


def _certificates(view: _View) -> Iterator[str]:
    for key, site in _web_applications(view):
        if site.certificate is not None and key.startswith("#webapplication#https:"):
            yield f"#certificate#{fingerprint(site.certificate)}"


def _risks(view: _View) -> Iterator[str]:
    for key, site in _web_applications(view):
        for technology in site.technologies:
            for cve in technology.cves:
                yield f"#risk{key}#{cve}"
    for key, service in _speakers(view):
        for technology in _run_by(service):
            for cve in technology.cves:
                yield f"#risk{key}#{cve}"
        if isinstance(service, WireService):
            for weakness in service.weaknesses:
                yield f"#risk{key}#{weakness}"
    for name, weakness in view.world.weaknesses:
        yield f"#risk#domain#{name}#{weakness}"


_DERIVATIONS: dict[str, Callable[[_View], Iterator[str]]] = {
    "domain": _domains,
    "address": _addresses,
    "port": _ports,
    "service": _services,
    "webapplication": _web_application_keys,
    "technology": _technologies,
    "certificate": _certificates,
    "risk": _risks,
}

KINDS = tuple(_DERIVATIONS)
"""The kinds that are scored; DNS records, attributes and jobs are not."""
