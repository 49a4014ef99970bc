"""Names, addresses and what listens on them."""

from datetime import datetime
from typing import Annotated

from chariot.model import checks
from chariot.model.base import Entity, declared
from chariot.model.fields import Merge, field


@declared
class Domain(Entity, frozen=True, tag="domain"):
    """A DNS name. Which addresses it has is told by RESOLVES_TO."""

    host: Annotated[str, field("DNS name: lower case, A-labels", check=checks.host_name, identity=True)]
    registrar: Annotated[str, field("Registrar of a registered domain", outside=True, max_length=500)] = ""
    name_servers: Annotated[
        tuple[str, ...],
        field("Delegated name servers", check=checks.sorted_set(checks.host_name, 100), merge=Merge.REPLACE),
    ] = ()


@declared
class Address(Entity, frozen=True, tag="address"):
    """One IP address; with fifty names it is still one."""

    ip: Annotated[str, field("IPv4 or IPv6 address in canonical form", check=checks.ip, identity=True)]
    asn: Annotated[
        int | None,
        field("Autonomous system number", check=checks.optional(checks.whole(0, 2**32 - 1)), indexed=True),
    ] = None
    holder: Annotated[str, field("Who announces or holds it", outside=True, max_length=500)] = ""
    country: Annotated[str, field("ISO 3166 code", max_length=2)] = ""


@declared
class Netblock(Entity, frozen=True, tag="netblock"):
    """A block of addresses."""

    cidr: Annotated[str, field("address/length, without host bits", check=checks.cidr, identity=True)]
    holder: Annotated[str, field("Who holds it", outside=True, max_length=500)] = ""


@declared
class DnsRecord(Entity, frozen=True, tag="dnsrecord"):
    """One resource record other than an address."""

    host: Annotated[str, field("Owner name", check=checks.host_name, identity=True)]
    type: Annotated[
        str, field("Record type, such as MX", check=checks.record_type, identity=True, indexed=True)
    ]
    value: Annotated[
        str, field("Record data as presented", check=checks.outside, identity=True, outside=True)
    ]

    @property
    def name(self) -> str:
        """Owner, type and value."""
        return f"{self.host} {self.type} {self.value}"


@declared
class Port(Entity, frozen=True, tag="port"):
    """An open port of an address, and the service behind it."""

    address: Annotated[str, field("IP address", check=checks.ip, identity=True)]
    protocol: Annotated[str, field("tcp or udp", check=checks.slug, identity=True)]
    number: Annotated[int, field("Port number", check=checks.whole(1, 65_535), identity=True, indexed=True)]
    service: Annotated[str, field("Service in IANA's words, such as ssh", max_length=64, indexed=True)] = ""
    banner: Annotated[
        str | None, field("What the service said first", outside=True, merge=Merge.CLEARABLE)
    ] = None

    @property
    def name(self) -> str:
        """address:number/protocol."""
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"{host}:{self.number}/{self.protocol}"


def _pairs(value: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, tuple | list) or len(value) > 200:
        raise ValueError("expected at most 200 pairs of name and value")
    if not all(isinstance(pair, tuple | list) and len(pair) == 2 for pair in value):
        raise ValueError("expected pairs of name and value")
    return tuple((checks.outside(name), checks.outside(text)) for name, text in value)


@declared
class WebApplication(Entity, frozen=True, tag="webapplication"):
    """What answers HTTP under one scheme, name and port."""

    url: Annotated[str, field("scheme://host[:port]/", check=checks.web_url, identity=True)]
    status_code: Annotated[
        int | None,
        field("HTTP status of the root", check=checks.optional(checks.whole(100, 999)), indexed=True),
    ] = None
    title: Annotated[
        str | None, field("Page title", outside=True, merge=Merge.CLEARABLE, max_length=1_000)
    ] = None
    server: Annotated[str, field("Server header", outside=True, max_length=1_000, indexed=True)] = ""
    redirect: Annotated[str, field("Where the root redirects to", outside=True, max_length=4_096)] = ""
    headers: Annotated[
        tuple[tuple[str, str], ...],
        field(
            "Answer headers, as received",
            outside=True,
            check=_pairs,
            merge=Merge.REPLACE,
        ),
    ] = ()


@declared
class Certificate(Entity, frozen=True, tag="certificate"):
    """An X.509 certificate."""

    sha256: Annotated[str, field("SHA-256 of the DER form", check=checks.sha256, identity=True)]
    subject: Annotated[str, field("Subject", outside=True, max_length=4_096)] = ""
    issuer: Annotated[str, field("Issuer", outside=True, max_length=4_096)] = ""
    names: Annotated[
        tuple[str, ...],
        field(
            "Subject alternative names as written",
            outside=True,
            check=checks.sorted_set(checks.outside, 10_000),
        ),
    ] = ()
    not_before: Annotated[datetime | None, field("Valid from", check=checks.utc)] = None
    not_after: Annotated[datetime | None, field("Valid to", check=checks.utc, indexed=True)] = None
    key_type: Annotated[str, field("Key algorithm and size", max_length=64)] = ""
    signature_algorithm: Annotated[str, field("Signature algorithm", max_length=64)] = ""
    self_signed: Annotated[bool, field("Issuer and subject are the same key")] = False

    @property
    def name(self) -> str:
        """The subject, or the digest where there is none."""
        return self.subject or self.sha256
