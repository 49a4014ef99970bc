"""The kinds of hosts that every estate of a made-up internet has, in the order in which they stand there."""

import hashlib
from collections.abc import Callable

import msgspec

from chariot.lab.perimeter import (
    BLOG,
    CONFLUENCE_SITE,
    DEBIAN_OPENSSH,
    FORGOTTEN,
    GRAFANA_SITE,
    HTML,
    HTTPD,
    JENKINS_SITE,
    NGINX,
    OLD,
    PROFTPD,
    SHOP,
    VSFTPD,
    front_page,
)
from chariot.lab.world import (
    BannerService,
    Certificate,
    FaultyService,
    Page,
    Service,
    Site,
    Technology,
    WebService,
    WireService,
)

NAMES_PER_CERTIFICATE = 8
SLOW_S = 0.7
_SERVER = ("Server", "nginx/1.29.3")
_REFUSAL = b"-NOAUTH Authentication required.\r\n"
_REDIS_FACTS = b"# Server\r\nredis_version:7.2.4\r\nredis_mode:standalone\r\n"
_POSTGRES_HELLO = (80877103).to_bytes(4)
_POSTGRES_SCRAM = b"R\x00\x00\x00\x17\x00\x00\x00\x0aSCRAM-SHA-256\x00\x00"
_MYSQL_GREETING = (
    b"\x0a8.0.40\x00"
    + (7).to_bytes(4, "little")
    + b"abcdefgh\x00"
    + (0xF7FF).to_bytes(2, "little")
    + b"\xff\x02\x00\xff\xdf\x15"
    + bytes(10)
    + b"ijklmnopqrst\x00caching_sha2_password\x00"
)


class Place(msgspec.Struct, frozen=True):
    """Where a host stands: its estate, its number there, and its address."""

    zone: str
    index: int
    address: str
    count: int
    """Hosts of the estate."""

    @property
    def kind(self) -> "Kind":
        """What it is."""
        return KINDS[self.index % len(KINDS)]

    @property
    def number(self) -> int:
        """Which one of its kind in its estate it is, from 1."""
        return self.index // len(KINDS) + 1

    @property
    def names(self) -> tuple[str, ...]:
        """Its own names; none for a host that only its netblock leads to."""
        return (self.name(self.kind.label),) if self.kind.label else ()

    @property
    def aliases(self) -> tuple[tuple[str, str], ...]:
        """Further names, each with the name that it leads to."""
        if not self.kind.alias:
            return ()
        return ((self.name(self.kind.alias), self.name(self.kind.label)),)

    def name(self, label: str) -> str:
        """Return a name of this host."""
        return f"{label}{self.number}.{self.zone}"


class Kind(msgspec.Struct, frozen=True):
    """One kind of host: how it is named, and what runs on it."""

    label: str
    services: Callable[[Place], tuple[Service, ...]]
    alias: str = ""


def services_at(place: Place) -> tuple[Service, ...]:
    """Return what listens on the host at *place*."""
    return place.kind.services(place)


def _named(site: Site, *names: str, certificate: Certificate | None = None) -> Site:
    return msgspec.structs.replace(site, names=names, certificate=certificate)


def _certificate(label: str, *names: str) -> Certificate:
    # A number of its own for each label, as an authority must give.
    serial = int.from_bytes(hashlib.sha256(label.encode()).digest()[:12])
    return Certificate(label, serial, names)


def _web(place: Place) -> tuple[Service, ...]:
    """A site that leads to its encrypted self; a few of them share a certificate."""
    host = place.names[0]
    group = (place.number - 1) // NAMES_PER_CERTIFICATE
    last = (place.count - 1) // len(KINDS) + 1
    numbers = range(group * NAMES_PER_CERTIFICATE + 1, min((group + 1) * NAMES_PER_CERTIFICATE, last) + 1)
    names = (f"web{number}.{place.zone}" for number in numbers)
    certificate = _certificate(f"web{group}.{place.zone}", *names, place.zone, f"*.{place.zone}")
    redirect = Page(status=301, headers=(("Location", f"https://{host}:%HTTPS%/"), HTML))
    plain = Site(names=(host,), headers=(_SERVER,), pages=(redirect,), technologies=(NGINX,))
    pages = front_page("Estate", "<h1>Estate</h1>")
    headers = (_SERVER, ("Strict-Transport-Security", "max-age=31536000"))
    secure = Site(names=(host,), headers=headers, pages=pages, technologies=(NGINX,), certificate=certificate)
    return WebService("http", (plain,)), WebService("https", (secure,))


def _app(place: Place) -> tuple[Service, ...]:
    pages = front_page("Order desk", "<h1>Order desk</h1>")
    headers = (("Server", "Apache/2.4.49 (Unix)"),)
    site = Site(names=place.names, headers=headers, pages=pages, technologies=(HTTPD,))
    return (WebService("http", (site,)),)


def _mail(place: Place) -> tuple[Service, ...]:
    exim = Technology("cpe:2.3:a:exim:exim:4.98:*:*:*:*:*:*:*")
    dovecot = Technology("cpe:2.3:a:dovecot:dovecot:*:*:*:*:*:*:*:*")
    imap = WireService(
        "imap",
        greeting=b"* OK [CAPABILITY IMAP4rev1 LOGINDISABLED] Dovecot ready.\r\n",
        replies=((b"a1 capability", b"* CAPABILITY IMAP4rev1 LOGINDISABLED\r\na1 OK done\r\n"),),
        technologies=(dovecot,),
    )
    pop3 = WireService(
        "pop3",
        greeting=b"+OK Dovecot ready.\r\n",
        replies=((b"capa", b"+OK\r\nUIDL\r\nTOP\r\n.\r\n"),),
        technologies=(dovecot,),
    )
    return BannerService("smtp", f"220 {place.names[0]} ESMTP Exim 4.98", exim), imap, pop3


def _ssh(_place: Place) -> tuple[Service, ...]:
    openssh = Technology("cpe:2.3:a:openbsd:openssh:10.2:p1:*:*:*:*:*:*")
    return (BannerService("ssh", "SSH-2.0-OpenSSH_10.2p1", openssh),)


def _database(_place: Place) -> tuple[Service, ...]:
    mysql = Technology("cpe:2.3:a:oracle:mysql:8.0.40:*:*:*:*:*:*:*")
    size = len(_MYSQL_GREETING).to_bytes(3, "little") + b"\x00"
    return (WireService("mysql", greeting=size + _MYSQL_GREETING, technologies=(mysql,)),)


def _cache(place: Place) -> tuple[Service, ...]:
    """Redis: every second one wants a password."""
    if place.number % 2 == 0:
        return (WireService("redis", replies=((b"info", _REFUSAL),)),)
    redis = Technology("cpe:2.3:a:redis:redis:7.2.4:*:*:*:*:*:*:*")
    answer = b"$%d\r\n%s\r\n" % (len(_REDIS_FACTS), _REDIS_FACTS)
    return (
        WireService(
            "redis",
            replies=((b"info", answer),),
            technologies=(redis,),
            weaknesses=("redis-without-password",),
        ),
    )


def _blog(place: Place) -> tuple[Service, ...]:
    """Two virtual hosts, each with a certificate of its own; the second sends its visitors to somebody else."""
    blog, shop = place.name("blog"), place.name("shop")
    sites = (
        _named(BLOG, blog, certificate=_certificate(f"b{place.number}.{place.zone}", blog, shop)),
        _named(
            SHOP,
            shop,
            certificate=_certificate(f"s{place.number}.{place.zone}", shop, "partner.neighbour.test"),
        ),
    )
    return WebService("http", sites), WebService("https", sites)


def _grafana(place: Place) -> tuple[Service, ...]:
    return (WebService("http", (_named(GRAFANA_SITE, *place.names),)),)


def _bastion(_place: Place) -> tuple[Service, ...]:
    return (BannerService("ssh", "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u7", DEBIAN_OPENSSH),)


def _forgotten(_place: Place) -> tuple[Service, ...]:
    return (WebService("http", (FORGOTTEN,)),)


def _old(place: Place) -> tuple[Service, ...]:
    return (WebService("http", (_named(OLD, *place.names),)),)


def _wiki(place: Place) -> tuple[Service, ...]:
    certificate = _certificate(f"w{place.number}.{place.zone}", *place.names)
    return (WebService("https", (_named(CONFLUENCE_SITE, *place.names, certificate=certificate),)),)


def _slow(place: Place) -> tuple[Service, ...]:
    return (WebService("http", (_named(JENKINS_SITE, *place.names),), delay_s=SLOW_S),)


def _tarpit(_place: Place) -> tuple[Service, ...]:
    return (FaultyService("ssh", "tarpit"),)


def _decoy(place: Place) -> tuple[Service, ...]:
    """A page that speaks of old software which does not run here."""
    words = (
        "<h1>What we moved away from</h1><p>WordPress 4.7.1, Apache/2.4.49, nginx/1.18.0 and Jenkins 2.441 are "
        "gone. Nobody misses Grafana 8.3.0.</p>"
    )
    site = Site(
        names=place.names,
        headers=(_SERVER,),
        pages=front_page("What we moved away from", words),
        technologies=(NGINX,),
    )
    return (WebService("http", (site,)),)


def _files(place: Place) -> tuple[Service, ...]:
    if place.number % 2:
        return (BannerService("ftp", "220 (vsFTPd 2.3.4)", VSFTPD),)
    return (BannerService("ftp", f"220 ProFTPD 1.3.5 Server (Files) [{place.address}]", PROFTPD),)


def _memory(_place: Place) -> tuple[Service, ...]:
    memcached = Technology("cpe:2.3:a:memcached:memcached:1.6.38:*:*:*:*:*:*:*")
    return (
        WireService(
            "memcached",
            replies=(
                (b"version", b"VERSION 1.6.38\r\n"),
                (b"stats", b"STAT pid 1\r\nSTAT version 1.6.38\r\nEND\r\n"),
            ),
            technologies=(memcached,),
            weaknesses=("memcached-without-password",),
        ),
    )


def _broken(_place: Place) -> tuple[Service, ...]:
    return FaultyService("http", "babble"), FaultyService("https", "hangs-up")


def _warehouse(_place: Place) -> tuple[Service, ...]:
    postgresql = Technology("cpe:2.3:a:postgresql:postgresql:*:*:*:*:*:*:*:*")
    return (
        WireService(
            "postgresql",
            replies=((b"\x00\x00\x00\x08" + _POSTGRES_HELLO, b"N"), (b"\x00\x00\x00", _POSTGRES_SCRAM)),
            technologies=(postgresql,),
        ),
    )


def _silent(_place: Place) -> tuple[Service, ...]:
    return (FaultyService("ftp", "silent"),)


KINDS: tuple[Kind, ...] = (
    Kind("web", _web),
    Kind("app", _app),
    Kind("mx", _mail),
    Kind("git", _ssh),
    Kind("db", _database),
    Kind("cache", _cache),
    Kind("blog", _blog, alias="shop"),
    Kind("grafana", _grafana),
    Kind("bastion", _bastion),
    Kind("", _forgotten),
    Kind("old", _old),
    Kind("wiki", _wiki),
    Kind("ci", _slow),
    Kind("pot", _tarpit),
    Kind("news", _decoy),
    Kind("files", _files),
    Kind("memory", _memory),
    Kind("broken", _broken),
    Kind("warehouse", _warehouse),
    Kind("legacy", _silent),
)
"""Each estate begins again with the first; a host without a label has no name."""
