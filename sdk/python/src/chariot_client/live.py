"""Changes as they happen: server-sent events, and going on behind the last one after the connection broke.

Source of the form: WHATWG HTML, section 9.2 (server-sent events).
"""

from collections.abc import AsyncIterator, Iterator

import msgspec

from chariot_client.models import Change
from chariot_client.problems import AnswerError

LIVE = "/api/v1/changes/live"
_LINE_LIMIT = 1024 * 1024


class Event(msgspec.Struct, frozen=True):
    """One event of a stream."""

    name: str
    data: str
    id: str


class EventReader:
    """Puts events together from lines."""

    def __init__(self) -> None:
        self._name = ""
        self._data: list[str] = []
        self._id = ""

    def line(self, text: str) -> Event | None:
        """Take one line without its end; return the event that it completes.

        Raises:
            AnswerError: an event is longer than 1 MB.
        """
        if not text:
            return self._whole()
        field, _, value = text.partition(":")
        value = value.removeprefix(" ")
        if field == "data":
            self._data.append(value)
            if sum(map(len, self._data)) > _LINE_LIMIT:
                raise AnswerError("an event is longer than 1 MB")
        elif field == "event":
            self._name = value
        elif field == "id" and "\0" not in value:
            self._id = value
        return None

    def _whole(self) -> Event | None:
        name, data = self._name or "message", "\n".join(self._data)
        self._name, self._data = "", []
        return Event(name, data, self._id) if data else None


def change_of(event: Event) -> Change | None:
    """Return the change that *event* tells; None when it tells something else.

    Raises:
        AnswerError: it is no change that can be read.
    """
    if event.name not in ("message", "change"):
        return None
    try:
        return msgspec.json.decode(event.data, type=Change)
    except msgspec.DecodeError as error:
        raise AnswerError(f"an event is no change: {error}") from error


def changes_in(lines: Iterator[str]) -> Iterator[Change]:
    """Give the changes in *lines* of a stream."""
    reader = EventReader()
    for line in lines:
        event = reader.line(line)
        change = change_of(event) if event else None
        if change is not None:
            yield change


async def async_changes_in(lines: AsyncIterator[str]) -> AsyncIterator[Change]:
    """Give the changes in *lines* of a stream."""
    reader = EventReader()
    async for line in lines:
        event = reader.line(line)
        change = change_of(event) if event else None
        if change is not None:
            yield change
