"""The vocabulary of a lab world: zones, hosts, services and what runs on them, as frozen values.

A world is data. Servers read it to answer, `truth` reads it to say what a scan must find, and both read the
same value, so that they cannot disagree. A larger world is another `World`, made by a function, not by hand.
"""

import ipaddress
from typing import Literal

import msgspec

from chariot.errors import InvalidError

Role = Literal[
    "http", "https", "ssh", "ftp", "smtp", "imap", "pop3", "mysql", "redis", "memcached", "postgresql"
]
"""What listens on a port; the number belongs to `Ports`, so that two labs can run side by side."""
BASIC_ROLES: tuple[Role, ...] = ("http", "https", "ssh", "ftp", "smtp")
"""Roles whose ports every scan of a lab probes, whether anything stands there or not."""

LOWEST_PORT = 1024
HIGHEST_PORT = 65535


class Ports(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The port number of each role.

    Raises:
        InvalidError: a number is outside 1024 to 65535.
    """

    http: int = 18080
    https: int = 18443
    ssh: int = 12222
    ftp: int = 12121
    smtp: int = 12525
    imap: int = 10143
    pop3: int = 10110
    mysql: int = 13306
    redis: int = 16379
    memcached: int = 11211
    postgresql: int = 15432
    dns: int = 15353

    def __post_init__(self) -> None:
        for role in self.__struct_fields__:
            number = getattr(self, role)
            if not LOWEST_PORT <= number <= HIGHEST_PORT:
                raise InvalidError(
                    f"port {number} is outside {LOWEST_PORT} to {HIGHEST_PORT}; choose another port_offset",
                    place=role,
                )

    @classmethod
    def shifted(cls, offset: int) -> "Ports":
        """Return the default ports, each moved by *offset*."""
        default = cls()
        return cls(**{role: getattr(default, role) + offset for role in cls.__struct_fields__})

    def of(self, role: Role) -> int:
        """Return the port on which *role* listens."""
        number: int = getattr(self, role)
        return number

    def probed(self, world: "World") -> tuple[int, ...]:
        """Return the TCP ports that a scan of *world* probes, ascending; the name server's is not among them."""
        return tuple(sorted(self.of(role) for role in world.roles))


class Record(msgspec.Struct, frozen=True):
    """One DNS record; names are absolute, without the trailing dot."""

    name: str
    type: Literal["A", "CNAME", "MX", "NS", "PTR", "TXT"]
    value: str
    """Presentation form, except TXT, which is the text itself; the server splits and escapes it."""


class Zone(msgspec.Struct, frozen=True):
    """One zone, for which the lab's name server is authoritative."""

    name: str
    name_server: str
    records: tuple[Record, ...] = ()
    is_lame: bool = False
    """The zone is delegated to servers that do not know it: nothing below it can be told."""


class Technology(msgspec.Struct, frozen=True):
    """One product and version, with the vulnerabilities a scan must report for it."""

    cpe: str
    """CPE 2.3 as NVD names the product; a distribution's package build stands in the last attribute."""
    cves: tuple[str, ...] = ()
    """Expected risks: CVEs out of those that the lab knows, and weaknesses that show themselves.

    None for "not affected" and "cannot tell".
    """


class Certificate(msgspec.Struct, frozen=True):
    """One server certificate; the label fixes its key, the serial number its place in the lab's authority."""

    label: str
    serial: int
    names: tuple[str, ...]


class Page(msgspec.Struct, frozen=True):
    """One HTTP answer. `%HTTP%` and `%HTTPS%` in a header or the body become that role's port number."""

    path: str = "/"
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """One virtual host: what the named hosts answer, and what it runs on."""

    names: tuple[str, ...]
    headers: tuple[tuple[str, str], ...] = ()
    """Sent with every page, missing ones too, before the page's own."""
    pages: tuple[Page, ...]
    technologies: tuple[Technology, ...]
    certificate: Certificate | None = None


class WebService(msgspec.Struct, frozen=True, tag="web"):
    """HTTP or HTTPS on one host; the first site answers for names that no site has."""

    role: Literal["http", "https"]
    sites: tuple[Site, ...]
    delay_s: float = 0.0
    """How long each answer waits."""

    def site_for(self, name: str) -> Site:
        """Return the site that answers for the host *name*."""
        return next((site for site in self.sites if name in site.names), self.sites[0])


class BannerService(msgspec.Struct, frozen=True, tag="banner"):
    """A service that greets first; the greeting stands without its line end."""

    role: Literal["ssh", "ftp", "smtp"]
    greeting: str
    technology: Technology


class WireService(msgspec.Struct, frozen=True, tag="wire"):
    """A service that is spoken to in its own protocol: what a client says begins so, and gets that answer."""

    role: Literal["imap", "pop3", "mysql", "redis", "memcached", "postgresql"]
    replies: tuple[tuple[bytes, bytes], ...] = ()
    """Beginnings of what a client says, in any case, each with its answer; anything else ends the connection."""
    greeting: bytes = b""
    """What is said first."""
    technologies: tuple[Technology, ...] = ()
    weaknesses: tuple[str, ...] = ()
    """Expected risks that the service itself shows, whatever it runs on."""


class FaultyService(msgspec.Struct, frozen=True, tag="faulty"):
    """An open port behind which nothing can be known."""

    role: Role
    fault: Literal["tarpit", "babble", "hangs-up", "silent"]
    """`tarpit`: one byte a second, for ever; `babble`: bytes of no protocol; the others say nothing."""


Service = WebService | BannerService | WireService | FaultyService


class Host(msgspec.Struct, frozen=True):
    """One address and what listens on it."""

    address: str
    services: tuple[Service, ...]


class World(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the lab serves, and the seeds from which a scan starts."""

    domains: tuple[str, ...]
    """Seed domains, in scope with all names below them."""
    netblocks: tuple[str, ...]
    """Seed netblocks; an address is in scope if and only if one of them holds it."""
    resolver: str
    """Address of the name server that answers for every zone."""
    name_servers: tuple[str, ...]
    """Further addresses, in scope, on which the same name server listens."""
    zones: tuple[Zone, ...]
    hosts: tuple[Host, ...]
    neighbours: tuple[str, ...]
    """Addresses of other people, which a scan must never contact."""
    weaknesses: tuple[tuple[str, str], ...] = ()
    """Expected risks at names, such as a record that leads nowhere: the name, and what is wrong with it."""

    @property
    def roles(self) -> frozenset[Role]:
        """The basic roles, and all others that a host has."""
        return frozenset(BASIC_ROLES) | {service.role for host in self.hosts for service in host.services}

    def owns_name(self, name: str) -> bool:
        """Return whether *name* is a seed domain or below one."""
        return any(name == domain or name.endswith("." + domain) for domain in self.domains)

    def owns_address(self, address: str) -> bool:
        """Return whether *address* lies in a seed netblock."""
        return any(
            ipaddress.ip_address(address) in ipaddress.ip_network(netblock) for netblock in self.netblocks
        )

    @property
    def seeds(self) -> tuple[str, ...]:
        """Seeds as a person types them: domains, then netblocks."""
        return self.domains + self.netblocks
