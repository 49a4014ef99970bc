"""XML read safely and in constant memory: no entities, no DTD, no network, bounded depth, text and records."""

from collections.abc import Collection, Iterator, Mapping
from typing import IO, Any, cast

from lxml import etree

from chariot.errors import InvalidError

RECORD_LIMIT_BYTES = 64 * 1024 * 1024
"""Bytes that may stand between the ends of two records; more would fill the memory."""
_PIECE_BYTES = 256 * 1024


def root_name(head: bytes) -> str:
    """Return the name of the first element in the beginning of a file; empty where there is none."""
    parser = etree.XMLPullParser(events=("start",), resolve_entities=False, no_network=True, recover=True)
    try:
        parser.feed(head)
        for _, element in parser.read_events():
            return str(etree.QName(element).localname)  # type: ignore[arg-type]  # "start" events bring elements
    except (etree.XMLSyntaxError, ValueError):
        return ""
    return ""


def elements(
    stream: IO[bytes], tags: Collection[str], within: Mapping[str, str] | None = None
) -> Iterator[etree._Element]:
    """Yield the finished elements called one of *tags*, each forgotten when the next is asked for.

    Where the same name stands for other things elsewhere, *within* names the parent that it must have. The
    ancestors of an element still have their attributes, and those of their children that are in no *tags*.

    Raises:
        InvalidError: the XML is broken, or a limit against hostile files is passed; the text names the line.
    """
    watched = _Watched(stream)
    context = etree.iterparse(
        watched,
        events=("end",),
        tag=list(tags),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        # The line ends between elements, a third of all that would be built, say nothing.
        remove_blank_text=True,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        for _, element in context:
            parent = element.getparent()
            wanted = (within or {}).get(element.tag)
            if wanted is not None and (parent is None or parent.tag != wanted):
                continue
            watched.read_bytes = 0
            yield element
            element.clear()
            # The root keeps the emptied siblings; without this it grows with the file.
            while parent is not None and element.getprevious() is not None:
                del parent[0]
    except etree.XMLSyntaxError as error:
        raise _broken(error) from None


def check_xml(stream: IO[bytes], tags: Collection[str]) -> None:
    """Read to the end and keep nothing: a fifth of the work of finding the records.

    Raises:
        InvalidError: see `elements`.
    """
    watched = _Watched(stream)
    # In UTF-16 of either order the letters of a name stand with a zero between them.
    plain = [tag.rpartition("}")[2] for tag in tags]
    names = [name for tag in plain for name in (tag.encode(), tag.encode("utf-16-le"))]
    parser = etree.XMLParser(
        target=cast("Any", _Nothing()),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        while data := watched.read(_PIECE_BYTES):
            if any(name in data for name in names):
                watched.read_bytes = 0
            parser.feed(data)
        parser.close()
    except etree.XMLSyntaxError as error:
        raise _broken(error) from None


def inner(element: Any, path: str = "") -> str:
    """Return the text below *path*, blanks at the ends left out; empty where there is none."""
    if element is None:
        return ""
    return str((element.findtext(path) if path else element.text) or "").strip()


def _broken(error: etree.XMLSyntaxError) -> InvalidError:
    return InvalidError(f"the XML is broken: {error.msg}", place=f"line {error.lineno or 0}")


class _Nothing:
    """Is told of nothing, so that the parser builds nothing."""

    def close(self) -> None:
        """End, as a parser asks of its target."""


class _Watched:
    """A stream that refuses to feed the parser without end while no record ends."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.read_bytes = 0

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self.read_bytes += len(data)
        if self.read_bytes > RECORD_LIMIT_BYTES:
            raise InvalidError(
                f"more than {RECORD_LIMIT_BYTES:,} bytes without the end of a record",
                place=f"offset {self._stream.tell():,}",
            )
        return data
