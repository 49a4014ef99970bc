"""The vocabulary of a lab world: zones, hosts, services and what runs on them, as frozen values.

A world is data. Servers read it to answer, `truth` reads it to say what a scan must find, and both read the
same value, so that they cannot disagree. A larger world is another `World`, made by a function, not by hand.
"""

import ipaddress
from typing import Literal

import msgspec

from chariot.errors import InvalidError

Role = Literal["http", "https", "ssh", "ftp", "smtp"]
"""What listens on a port; the number belongs to `Ports`, so that two labs can run side by side."""

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

    @property
    def probed(self) -> tuple[int, ...]:
        """The TCP ports that a scan of the lab probes, ascending; the name server's is not among them."""
        return tuple(sorted((self.http, self.https, self.ssh, self.ftp, self.smtp)))


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
    records: tuple[Record, ...]


class Technology(msgspec.Struct, frozen=True):
    """One product and version, with the vulnerabilities a scan must report for it."""

    cpe: str
    """CPE 2.3 as NVD names the product; a distribution's package build stands in the last attribute."""
    cves: tuple[str, ...] = ()
    """Expected risks, out of the CVEs that the lab knows; none for "not affected" and "cannot tell"."""


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

    def site_for(self, name: str) -> Site:
        """Return the site that answers for the host *name*."""
        return next((site for site in self.sites if name in site.names), self.sites[0])


class BannerService(msgspec.Struct, frozen=True, tag="banner"):
    """A service that greets first; the greeting stands without its line end."""

    role: Literal["ssh", "ftp", "smtp"]
    greeting: str
    technology: Technology


Service = WebService | BannerService


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
