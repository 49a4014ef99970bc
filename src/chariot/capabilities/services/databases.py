"""MySQL, PostgreSQL and SQL Server: version, encryption, and whether they let anybody in."""

import re
import struct

from chariot.capabilities.services.contract import Door, Probe, Seen, handshake, say, text_of
from chariot.capabilities.support.findings import Flaw, Product
from chariot.capability import Stream
from chariot.model.states import Severity

MYSQL_GREETING = re.compile(rb"[\s\S]{3}\x00\n(\d{1,2}\.\d{1,2}\.[\x20-\x7e]{1,60})\x00")
_MYSQL_REFUSAL = re.compile(
    rb"[\s\S]{3}\x00\xff[\s\S]{2}[\s\S]{0,20}(?:is not allowed|is blocked|Too many connections)"
)
_CLIENT_SSL = 0x0800
_PLUGIN = re.compile(rb"([a-z0-9_]{3,40})\x00?$")
_SSL_REQUEST = struct.pack(">II", 8, 80877103)
_TRUSTED, _CLEAR_TEXT, _MD5, _SASL = 0, 3, 5, 10
_POSTGRES_METHODS = {
    _TRUSTED: "none",
    _CLEAR_TEXT: "password",
    _MD5: "md5",
    7: "gss",
    9: "sspi",
    _SASL: "scram",
}
"""Source: PostgreSQL's frontend/backend protocol, message formats."""
_POSTGRES_VERSION = re.compile(rb"server_version\x00(\d{1,3}(?:\.\d{1,3}){1,2})")
_SQL_SERVER_YEARS = {
    8: "2000",
    9: "2005",
    10: "2008",
    11: "2012",
    12: "2014",
    13: "2016",
    14: "2017",
    15: "2019",
    16: "2022",
    17: "2025",
}
_TDS_ENCRYPTION = {0: "offered", 1: "on", 2: "none", 3: "required"}


async def ask_mysql(door: Door) -> Seen | None:
    """Read the greeting; nothing is sent."""
    async with door.open() as stream:
        data = await say(stream, b"", done=_is_whole_mysql, limit=4_096)
    match = MYSQL_GREETING.match(data)
    if match is None:
        refused = _MYSQL_REFUSAL.match(data)
        return Seen(service="mysql", facts=(("mysql-access", "refused by address"),)) if refused else None
    # After the version: connection number, 8 bytes of challenge, a zero, the lower flags.
    after = data[match.end() :]
    flags = struct.unpack("<H", after[13:15])[0] if len(after) >= 15 else 0
    plugin = _PLUGIN.search(after[44:])
    return Seen(
        service="mysql",
        text=f"\n{text_of(match[1])}",
        facts=(
            ("encryption", "offered" if flags & _CLIENT_SSL else "none"),
            ("mysql-authentication", text_of(plugin[1]) if plugin else ""),
        ),
    )


def _is_whole_mysql(data: bytes) -> bool:
    return len(data) >= 4 and len(data) >= 4 + int.from_bytes(data[:3], "little")


async def _start_postgresql(stream: Stream) -> bool:
    return await say(stream, _SSL_REQUEST, limit=1) == b"S"


async def ask_postgresql(door: Door) -> Seen | None:
    """Ask for TLS, then begin as `postgres` without a password; no query is sent."""
    async with door.open() as stream:
        answer = await say(stream, _SSL_REQUEST, limit=1)
        if answer not in (b"S", b"N"):
            return None
        certificates = await handshake(stream) if answer == b"S" else ()
        if answer == b"S" and not certificates:
            return None
        words = b"user\x00postgres\x00database\x00postgres\x00\x00"
        start = struct.pack(">II", 8 + len(words), 196_608) + words
        data = await say(stream, start, done=_is_settled, limit=8_192)
    if data[:1] not in (b"R", b"E"):
        return None
    method = struct.unpack(">I", data[5:9])[0] if data[:1] == b"R" and len(data) >= 9 else None
    version = _POSTGRES_VERSION.search(data)
    named = (
        (Product(cpe="a:postgresql:postgresql", name="PostgreSQL", version=text_of(version[1])),)
        if version
        else ()
    )
    return Seen(
        service="postgresql",
        products=named or (Product(cpe="a:postgresql:postgresql", name="PostgreSQL"),),
        facts=(
            ("encryption", "offered" if answer == b"S" else "none"),
            ("authentication", "" if method is None else _POSTGRES_METHODS.get(method, f"method {method}")),
        ),
        flaws=(NO_POSTGRES_PASSWORD,) if method == _TRUSTED else (),
        certificates=certificates,
    )


def _is_settled(data: bytes) -> bool:
    """Tell whether the answer to the start says all that it will: an error, a question, or readiness."""
    if data[:1] == b"R" and len(data) >= 9:
        return data[5:9] != bytes(4) or b"Z\x00\x00\x00\x05" in data or b"E\x00" in data[9:]
    return data[:1] == b"E" and len(data) >= 5 and len(data) >= 1 + struct.unpack(">I", data[1:5])[0]


async def ask_sql_server(door: Door) -> Seen | None:
    """Send the pre-login packet, which every client sends before it says who it is."""
    options = struct.pack(">BHHBHHB", 0, 11, 6, 1, 17, 1, 0xFF)
    body = options + bytes(6) + b"\x00"
    packet = struct.pack(">BBHHBB", 0x12, 1, 8 + len(body), 0, 0, 0) + body
    data = await door.ask(packet, done=_is_whole_tds, limit=4_096)
    if len(data) < 8 or data[0] != 0x04 or not _is_whole_tds(data):
        return None
    body = data[8:]
    found = {}
    for at in range(0, min(len(body), 60) - 4, 5):
        if body[at] == 0xFF:
            break
        offset, size = struct.unpack(">HH", body[at + 1 : at + 5])
        found[body[at]] = body[offset : offset + size]
    version = found.get(0, b"")
    if len(version) < 4:
        return None
    major, minor, build = version[0], version[1], struct.unpack(">H", version[2:4])[0]
    year = "2008_r2" if (major, minor) == (10, 50) else _SQL_SERVER_YEARS.get(major, "")
    product = Product(
        cpe=f"a:microsoft:sql_server_{year}" if year else "a:microsoft:sql_server",
        name=f"Microsoft SQL Server {year.replace('_r2', ' R2')}".strip(),
        version=f"{major}.{minor}.{build}",
    )
    encryption = found.get(1, b"")
    return Seen(
        service="ms-sql-s",
        products=(product,),
        facts=(("encryption", _TDS_ENCRYPTION.get(encryption[0], "") if encryption else ""),),
    )


def _is_whole_tds(data: bytes) -> bool:
    return len(data) >= 8 and len(data) >= struct.unpack(">H", data[2:4])[0]


NO_POSTGRES_PASSWORD = Flaw(
    weakness="postgresql-without-password",
    title="PostgreSQL lets its superuser in without a password",
    severity=Severity.CRITICAL,
    cwe="CWE-306",
    proof="AuthenticationOk for the user postgres, without a password",
    remediation="Replace `trust` by `scram-sha-256` in pg_hba.conf.",
)
MYSQL = Probe(
    service="mysql",
    ask=ask_mysql,
    ports=(3306, 33060),
    greeting=re.compile(MYSQL_GREETING.pattern + b"|" + _MYSQL_REFUSAL.pattern),
)
POSTGRESQL = Probe(service="postgresql", ask=ask_postgresql, ports=(5432, 5433), start_tls=_start_postgresql)
SQL_SERVER = Probe(service="ms-sql-s", ask=ask_sql_server, ports=(1433,))
