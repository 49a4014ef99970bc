"""AMQP, MQTT, Kafka and Cassandra: product, version, and whether they let anybody in."""

import re
import struct

from chariot.capabilities.services.contract import Door, Probe, Seen, holds, say, text_of
from chariot.capabilities.support.findings import Flaw, Product
from chariot.model.states import Severity

_AMQP_HELLO = b"AMQP\x00\x00\x09\x01"
_MQTT_REFUSALS = {
    1: "protocol refused",
    2: "client id refused",
    3: "unavailable",
    4: "required",
    5: "required",
}
_FIELD = re.compile(rb"(product|version|platform|cluster_name)S([\s\S]{4})")
_HOST = re.compile(
    r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?){1,20}"
)
_CASSANDRA_VERSION = re.compile(rb"\d{1,2}\.\d{1,3}(?:\.\d{1,3})?")


async def ask_amqp(door: Door) -> Seen | None:
    """Offer AMQP 0-9-1 and read how the server introduces itself."""
    data = await door.ask(_AMQP_HELLO, done=_is_whole_amqp, limit=16_384)
    if data.startswith(b"AMQP"):
        return Seen(service="amqp", facts=(("amqp-version", ".".join(str(part) for part in data[5:8])),))
    # Connection.Start: a method frame of class 10, method 10.
    if len(data) < 20 or data[0] != 1 or data[7:11] != b"\x00\x0a\x00\x0a":
        return None
    fields = {
        match[1].decode(): _long_string(data, match.start(2)) for match in _FIELD.finditer(data[:8_192])
    }
    product = fields.get("product", "")
    version = fields.get("version", "")
    mechanisms = _mechanisms(data)
    known = {"RabbitMQ": "a:vmware:rabbitmq", "ActiveMQ": "a:apache:activemq", "qpid": "a:apache:qpid"}.get(
        product
    )
    return Seen(
        service="amqps" if door.is_secure else "amqp",
        products=(Product(cpe=known, name=product, version=version),) if known else (),
        facts=(("amqp-mechanisms", ", ".join(mechanisms)), ("amqp-platform", fields.get("platform", ""))),
        flaws=(_open("amqp", "AMQP", "the mechanism ANONYMOUS is offered"),)
        if "ANONYMOUS" in mechanisms
        else (),
    )


def _is_whole_amqp(data: bytes) -> bool:
    if data.startswith(b"AMQP"):
        return len(data) >= 8
    return len(data) >= 7 and len(data) >= 8 + struct.unpack(">I", data[3:7])[0]


def _long_string(data: bytes, at: int) -> str:
    """Return the string with a length of four bytes before it."""
    (size,) = struct.unpack(">I", data[at : at + 4])
    return text_of(data[at + 4 : at + 4 + min(size, 200)])


def _mechanisms(data: bytes) -> list[str]:
    """Return the ways to log in: the string after the table of properties."""
    if len(data) < 17:
        return []
    (table,) = struct.unpack(">I", data[13:17])
    at = 17 + table
    return sorted(_long_string(data, at).split())[:20] if at + 4 <= len(data) else []


async def ask_mqtt(door: Door) -> Seen | None:
    """Connect without a name, and where that is allowed ask for the broker's version; no other topic is read."""
    client = b"chariot"
    payload = b"\x00\x04MQTT\x04\x02\x00\x1e" + struct.pack(">H", len(client)) + client
    async with door.open() as stream:
        answer = await say(stream, bytes([0x10, len(payload)]) + payload, done=holds(4), limit=64)
        if len(answer) < 4 or answer[:2] != b"\x20\x02" or answer[3] > 5:
            return None
        told = b""
        if answer[3] == 0:
            topic = b"$SYS/broker/version"
            body = b"\x00\x01" + struct.pack(">H", len(topic)) + topic + b"\x00"
            told = await say(
                stream, bytes([0x82, len(body)]) + body, done=lambda data: topic in data, limit=1_024
            )
            await stream.send(b"\xe0\x00")
    is_open = answer[3] == 0
    return Seen(
        service="secure-mqtt" if door.is_secure else "mqtt",
        text=text_of(told),
        facts=(("authentication", "none" if is_open else _MQTT_REFUSALS[answer[3]]),),
        flaws=(_open("mqtt", "MQTT", "CONNACK 0 for a client without a name"),) if is_open else (),
    )


async def ask_kafka(door: Door) -> Seen | None:
    """Ask which calls there are, and for the brokers; no topic is asked for."""
    async with door.open() as stream:
        versions = await say(stream, _kafka_call(18, 1), done=_is_whole_kafka, limit=16_384)
        if len(versions) < 14 or versions[4:8] != struct.pack(">I", 1):
            return None
        count = struct.unpack(">I", versions[10:14])[0]
        if not 1 <= count <= 200 or len(versions) != 14 + 6 * count:
            return None
        answer = await say(stream, _kafka_call(3, 2), done=_is_whole_kafka, limit=65_536)
    brokers = _kafka_brokers(answer)
    return Seen(
        service="kafka",
        facts=(
            ("authentication", "none" if brokers else "required"),
            ("kafka-brokers", ", ".join(sorted(brokers))),
        ),
        flaws=(_open("kafka", "Kafka", "the brokers are told without a login"),) if brokers else (),
        names=tuple(name for name in (one.rpartition(":")[0] for one in brokers) if _HOST.fullmatch(name)),
        products=(Product(cpe="a:apache:kafka", name="Apache Kafka"),),
    )


def _kafka_call(key: int, number: int) -> bytes:
    """Return a call of version 0: its key and number, our name, and for metadata one topic that cannot exist."""
    name = b"chariot"
    body = struct.pack(">hhih", key, 0, number, len(name)) + name
    if key == 3:
        # An empty list would mean all topics; a name with a character that none may have makes no topic either.
        body += struct.pack(">ih", 1, 2) + b"?!"
    return struct.pack(">i", len(body)) + body


def _is_whole_kafka(data: bytes) -> bool:
    return len(data) >= 4 and len(data) >= 4 + struct.unpack(">I", data[:4])[0]


def _kafka_brokers(data: bytes) -> list[str]:
    if len(data) < 12 or data[4:8] != struct.pack(">I", 2):
        return []
    found = []
    at = 12
    for _ in range(min(struct.unpack(">I", data[8:12])[0], 100)):
        if at + 6 > len(data):
            break
        (size,) = struct.unpack(">H", data[at + 4 : at + 6])
        host = text_of(data[at + 6 : at + 6 + size])
        at += 6 + size
        if at + 4 > len(data) or size > 255:
            break
        found.append(f"{host}:{struct.unpack('>I', data[at : at + 4])[0]}")
        at += 4
    return found


async def ask_cassandra(door: Door) -> Seen | None:
    """Ask for options, then start; where no login is wanted, ask for the version."""
    async with door.open() as stream:
        options = await say(stream, b"\x04\x00\x00\x00\x05\x00\x00\x00\x00", done=_is_whole_cql, limit=4_096)
        if (
            len(options) < 9
            or options[0] & 0x80 == 0
            or options[4] not in (0x00, 0x06)
            or b"CQL_VERSION" not in options
        ):
            return None
        words = b"\x00\x01\x00\x0bCQL_VERSION\x00\x053.0.0"
        start = await say(stream, _cql(0x01, words), done=_is_whole_cql, limit=4_096)
        is_open = len(start) >= 9 and start[4] == 0x02
        rows = b""
        if is_open:
            query = b"SELECT release_version FROM system.local"
            body = struct.pack(">I", len(query)) + query + b"\x00\x01\x00"
            rows = await say(stream, _cql(0x07, body), done=_is_whole_cql, limit=4_096)
    versions = _CASSANDRA_VERSION.findall(rows)
    return Seen(
        service="cql",
        products=(
            Product(
                cpe="a:apache:cassandra",
                name="Apache Cassandra",
                version=text_of(versions[-1]) if versions else "",
            ),
        ),
        facts=(("authentication", "none" if is_open else "required"),),
        flaws=(_open("cassandra", "Cassandra", "STARTUP is answered with READY"),) if is_open else (),
    )


def _cql(opcode: int, body: bytes) -> bytes:
    return b"\x04\x00\x00\x01" + bytes([opcode]) + struct.pack(">I", len(body)) + body


def _is_whole_cql(data: bytes) -> bool:
    return len(data) >= 9 and len(data) >= 9 + struct.unpack(">I", data[5:9])[0]


def _open(service: str, name: str, proof: str) -> Flaw:
    return Flaw(
        weakness=f"{service}-without-password",
        title=f"{name} lets anybody in without a password",
        severity=Severity.HIGH,
        cwe="CWE-306",
        proof=proof,
        remediation="Require a login, limit who may reach the port, and use TLS.",
    )


AMQP = Probe(service="amqp", ask=ask_amqp, ports=(5672,), secure_ports=(5671,))
MQTT = Probe(service="mqtt", ask=ask_mqtt, ports=(1883,), secure_ports=(8883,))
KAFKA = Probe(service="kafka", ask=ask_kafka, ports=(9092, 9093))
CASSANDRA = Probe(service="cql", ask=ask_cassandra, ports=(9042,))
