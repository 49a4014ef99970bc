"""Names and formats on the server: subjects, streams, messages, letters and records."""

import re
import zlib
from hashlib import blake2b

import msgspec

from chariot.errors import InvalidError, UnavailableError
from chariot.model.keys import Organisation
from chariot.modules.work.messages import Message

_VERSION = 1
_PLAIN = re.compile(r"[A-Za-z0-9_-]+")
_encoder = msgspec.msgpack.Encoder()


class Envelope(msgspec.Struct, frozen=True, array_like=True):
    """A message as it is stored; the queue is in its subject."""

    version: int
    id: str
    organisation: str
    order_key: str
    body: bytes


class LetterRecord(msgspec.Struct, frozen=True, array_like=True):
    """A dead letter as it is stored."""

    version: int
    queue: str
    id: str
    organisation: str
    order_key: str
    body: bytes
    attempts: int
    error: str
    published_ns: int
    died_ns: int


class Seat(msgspec.Struct, frozen=True):
    """Who owns a partition of a queue."""

    owner: str
    """A member; empty when nobody does."""
    epoch: int
    """Counts the owners; it is part of the consumer's name, so that a former owner can reach nothing."""
    heirs: tuple[str, ...] = ()
    """Members that died here and whose leases were not yet turned into notes."""


class Member(msgspec.Struct, frozen=True):
    """A process that takes part."""

    process: str
    queues: tuple[str, ...]


class Hand(msgspec.Struct, frozen=True, array_like=True):
    """A message that its member has handed out."""

    sequence: int
    partition: int
    attempt: int
    organisation: str
    owner: str
    since: float
    until: float
    leased: bool
    error: str


class Note(msgspec.Struct, frozen=True):
    """What is remembered of a message that was tried."""

    attempt: int
    organisation: str
    error: str
    since: float
    until: float = 0.0
    """When it may be tried again, as a POSIX time."""
    lost: bool = False
    """True when nobody said why."""


_envelope = msgspec.msgpack.Decoder(Envelope)
_letter = msgspec.msgpack.Decoder(LetterRecord)


def pack(value: Envelope | LetterRecord) -> bytes:
    """Return *value* as bytes."""
    return _encoder.encode(value)


def envelope_of(message: Message) -> bytes:
    """Return *message* as it is stored."""
    return _encoder.encode((_VERSION, message.id, message.organisation, message.order_key, message.body))


def message_from(queue: str, data: bytes) -> Message | None:
    """Return the stored message; None when *data* is none of ours."""
    try:
        stored = _envelope.decode(data)
        if stored.version > _VERSION:
            return None
        return Message(
            queue=queue,
            id=stored.id,
            organisation=Organisation(stored.organisation),
            order_key=stored.order_key,
            body=stored.body,
        )
    except (msgspec.DecodeError, InvalidError):
        return None


def letter_from(data: bytes) -> LetterRecord | None:
    """Return the stored letter; None when *data* is none of ours."""
    try:
        return _letter.decode(data)
    except msgspec.DecodeError:
        return None


def version() -> int:
    """Return the version of the formats that this code writes."""
    return _VERSION


def organisation_token(organisation: str) -> str:
    """Return *organisation* as one part of a subject: different for different names.

    >>> organisation_token("acme"), organisation_token("a.b c")
    ('acme', 'a=2eb=20c')
    """
    if _PLAIN.fullmatch(organisation):
        return organisation
    return "".join(
        letter if _PLAIN.fullmatch(letter) else "".join(f"={octet:02x}" for octet in letter.encode())
        for letter in organisation
    )


def digest(name: str) -> str:
    """Return *name* as one part of a subject, of one length."""
    return blake2b(name.encode(), digest_size=16).hexdigest()


def partition_of(organisation: str, order_key: str, partitions: int) -> int:
    """Return where the messages of one organisation and order key go."""
    return zlib.crc32(f"{organisation}\0{order_key}".encode()) % partitions


class Delivered(msgspec.Struct, frozen=True):
    """What the subject for the answer tells about a delivery."""

    consumer: str
    sequence: int
    published_ns: int


def delivered(reply: str) -> Delivered:
    """Return what *reply* says.

    Source: ADR-15 of nats-architecture-and-design: nine parts, or two more with a domain.
    """
    parts = reply.split(".")
    at = 2 if len(parts) == 9 else 4
    try:
        return Delivered(parts[at + 1], int(parts[at + 3]), int(parts[at + 5]))
    except (IndexError, ValueError) as error:
        raise UnavailableError("NATS delivered a message in an unknown form") from error


class Names:
    """Streams and subjects of one installation; several can share a server."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.state = f"{name}_state"
        self.dead = f"{name}_dead"

    def stream(self, queue: str) -> str:
        """Return the stream of *queue*."""
        return f"{self.name}_queue_{queue}"

    def queue_of(self, stream: str) -> str:
        """Return the queue of *stream*."""
        return stream.removeprefix(f"{self.name}_queue_")

    def work(
        self, queue: str = "*", partition: int | str = "*", organisation: str = "*", id_: str = "*"
    ) -> str:
        """Return the subject of messages."""
        return f"{self.name}.queue.{queue}.{partition}.{organisation}.{id_}"

    def letters(self, queue: str = "*", organisation: str = "*", number: str = "*") -> str:
        """Return the subject of dead letters."""
        return f"{self.name}.dead.{queue}.{organisation}.{number}"

    def record(self, *parts: str | int) -> str:
        """Return the subject of a record of the state."""
        return ".".join((self.name, "state", *map(str, parts)))

    def bell(self, queue: str) -> str:
        """Return where the arrival of work is told; nothing is kept there."""
        return f"{self.name}.bell.{queue}"
