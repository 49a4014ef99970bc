"""What the bus asks of JetStream: streams, consumers, records, and reads in pages."""

import base64
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from nats.aio.msg import Msg

from chariot.adapters.nats.link import NO_RESPONDERS, Link, status
from chariot.errors import ConfigurationError, UnavailableError

_PAGE = 500
_NS = 1_000_000_000
NOT_FOUND = 404
WRONG_REVISION = 10_071
OVERLAP = 10_100
_NAME_TAKEN = 10_058
_FULL = 10_077
_NO_ROOM = 10_023


class ApiError(UnavailableError):
    """The server refused a request."""

    def __init__(self, what: str, error: Mapping[str, Any]) -> None:
        self.code = int(error.get("code", 0))
        self.number = int(error.get("err_code", 0))
        self.description = str(error.get("description", ""))
        advice = "; its disk is full: make room, then start it again" if self.number == _NO_ROOM else ""
        super().__init__(f"NATS refuses {what}: {self.description}{advice}")

    @property
    def is_full(self) -> bool:
        """True when a stream has no room."""
        return self.number == _FULL and "per subject" not in self.description

    @property
    def is_there_already(self) -> bool:
        """True when the subject has its one message already."""
        return self.number == _FULL and "per subject" in self.description


class Record(msgspec.Struct, frozen=True):
    """A stored message that was read by subject."""

    subject: str
    sequence: int
    data: bytes
    stored_at: datetime
    more: int
    """How many follow that match."""


class Engine:
    """JetStream's own interface, in the words of this adapter."""

    def __init__(self, link: Link, *, replicas: int) -> None:
        self._link = link
        self._replicas = replicas
        self._answered = False

    async def api(self, what: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return the answer to one request.

        Raises:
            ApiError: the server refused.
            ConfigurationError: it never had JetStream.
            UnavailableError: it has none now: a full disk or a shutdown takes it away for a while.
        """
        message = await self._link.request(f"$JS.API.{what}", msgspec.json.encode(body or {}))
        if status(message) == NO_RESPONDERS:
            if self._answered:
                raise UnavailableError("the NATS server has no JetStream just now")
            raise ConfigurationError("the NATS server has no JetStream: start it with -js")
        self._answered = True
        answer: dict[str, Any] = msgspec.json.decode(message.data)
        if "error" in answer:
            raise ApiError(what.partition(".")[0].lower() + " " + what.rpartition(".")[2], answer["error"])
        return answer

    async def ensure(self, stream: str, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Make *stream*, or bring it to *settings*; return its description."""
        wanted = {"name": stream, "storage": "file", "num_replicas": self._replicas, "allow_direct": True}
        wanted |= settings
        try:
            found = await self.api(f"STREAM.INFO.{stream}")
        except ApiError as error:
            if error.code != NOT_FOUND:
                raise
            try:
                return await self.api(f"STREAM.CREATE.{stream}", wanted)
            except ApiError as second:
                # Another process made it in this moment, perhaps with other settings.
                if second.number != _NAME_TAKEN:
                    raise
                found = await self.api(f"STREAM.INFO.{stream}")
        config: dict[str, Any] = found["config"]
        # How many partitions there are was decided by whoever made it.
        changed = {name: value for name, value in wanted.items() if name != "metadata"}
        if any(config.get(name) != value for name, value in changed.items()):
            return await self.api(f"STREAM.UPDATE.{stream}", config | changed)
        return found

    async def put(
        self, subject: str, data: bytes, *, revision: int | None = None, ttl_s: int | None = None
    ) -> int:
        """Write a record; return its revision. With *revision* only when that is the present one.

        Raises:
            ApiError: `WRONG_REVISION`, or the server has no room.
        """
        headers: dict[str, str] = {}
        if revision is not None:
            headers["Nats-Expected-Last-Subject-Sequence"] = str(revision)
        if ttl_s is not None:
            headers["Nats-TTL"] = f"{ttl_s}s"
        return stored(await self._link.request(subject, data, headers or None))[0]

    async def forget(self, stream: str, subject: str) -> None:
        """Remove what *subject* has."""
        await self.api(f"STREAM.PURGE.{stream}", {"filter": subject})

    async def first(self, stream: str, subject: str) -> Record | None:
        """Return the oldest message that matches *subject*."""
        records = await self._page(stream, subject, 1, 1)
        return records[0] if records else None

    async def all(self, stream: str, subject: str) -> list[Record]:
        """Return every message that matches *subject*, in order."""
        found: list[Record] = []
        after = 0
        while True:
            page = await self._page(stream, subject, after + 1, _PAGE)
            found += page
            if not page or not page[-1].more:
                return found
            after = page[-1].sequence

    async def _page(self, stream: str, subject: str, start: int, size: int) -> list[Record]:
        query = msgspec.json.encode({"batch": size, "seq": start, "next_by_subj": subject})
        *parts, last = await self._link.collect(f"$JS.API.DIRECT.GET.{stream}", query)
        if status(last) not in ("204", "404"):
            raise UnavailableError(f"NATS cannot be read: status {status(last)}")
        return [_record(part) for part in parts]

    async def subjects(self, stream: str, subject: str) -> list[str]:
        """Return the subjects of *stream* that match, each once."""
        found: list[str] = []
        while True:
            answer = await self.api(
                f"STREAM.INFO.{stream}", {"subjects_filter": subject, "offset": len(found)}
            )
            page = answer["state"].get("subjects") or {}
            found += page
            if not page or len(found) >= int(answer.get("total", 0)):
                return found

    async def get(self, stream: str, subject: str) -> Record | None:
        """Return the one message of *subject*, as the leader has it."""
        try:
            answer = await self.api(f"STREAM.MSG.GET.{stream}", {"seq": 1, "next_by_subj": subject})
        except ApiError as error:
            if error.code == NOT_FOUND:
                return None
            raise
        found = answer["message"]
        data = base64.b64decode(found.get("data", ""))
        return Record(found["subject"], found["seq"], data, _moment(found["time"]), 0)

    async def delete(self, stream: str, sequence: int) -> None:
        """Remove one message; nothing happens when it is gone."""
        try:
            await self.api(f"STREAM.MSG.DELETE.{stream}", {"seq": sequence, "no_erase": True})
        except ApiError as error:
            if error.code != NOT_FOUND and "no message found" not in error.description:
                raise

    async def streams(self, subject: str) -> list[dict[str, Any]]:
        """Return the descriptions of the streams with *subject*."""
        found: list[dict[str, Any]] = []
        while True:
            answer = await self.api("STREAM.LIST", {"subject": subject, "offset": len(found)})
            page = answer.get("streams") or []
            found += page
            if not page or len(found) >= answer["total"]:
                return found

    async def add_consumer(self, stream: str, name: str, subject: str, *, pending: int) -> None:
        """Make the durable pull consumer *name*."""
        config = {
            "durable_name": name,
            "name": name,
            "ack_policy": "explicit",
            "ack_wait": 30 * _NS,
            "max_ack_pending": pending,
            "filter_subject": subject,
            "num_replicas": self._replicas,
        }
        await self.api(f"CONSUMER.CREATE.{stream}.{name}", {"stream_name": stream, "config": config})

    async def drop_consumers(self, stream: str, names: Sequence[str]) -> None:
        """Remove consumers; those that are gone do not matter."""
        for name in names:
            try:
                await self.api(f"CONSUMER.DELETE.{stream}.{name}")
            except ApiError as error:
                if error.code != NOT_FOUND:
                    raise

    async def consumers(self, stream: str) -> list[str]:
        """Return the names of the consumers of *stream*."""
        found: list[str] = []
        while True:
            answer = await self.api(f"CONSUMER.NAMES.{stream}", {"offset": len(found)})
            page = answer.get("consumers") or []
            found += page
            if not page or len(found) >= answer["total"]:
                return found


def stored(message: Msg) -> tuple[int, bool]:
    """Return the sequence that a publication got, and whether it was new.

    Raises:
        ApiError: the server refused it.
        UnavailableError: the stream is gone.
    """
    data = message.data
    if status(message):
        raise UnavailableError("NATS has no stream for a message; it may have been removed")
    answer = msgspec.json.decode(data)
    if "error" in answer:
        raise ApiError("a message", answer["error"])
    return int(answer["seq"]), not answer.get("duplicate", False)


def _record(message: Msg) -> Record:
    headers = message.headers or {}
    return Record(
        subject=headers["Nats-Subject"],
        sequence=int(headers["Nats-Sequence"]),
        data=message.data,
        stored_at=_moment(headers["Nats-Time-Stamp"]),
        more=int(headers["Nats-Num-Pending"]),
    )


def _moment(text: str) -> datetime:
    """Return a moment as the server writes it: up to nine digits after the point."""
    whole, _, fraction = text.removesuffix("Z").partition(".")
    return datetime.fromisoformat(f"{whole}.{fraction[:6]:0<6}").replace(tzinfo=UTC)
