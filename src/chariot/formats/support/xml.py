"""XML read safely and in constant memory: no entities, no DTD, no network, bounded depth and text."""

from collections.abc import Collection, Iterator
from typing import IO

from lxml import etree

from chariot.errors import InvalidError


def root_name(head: bytes) -> str:
    """Return the name of the first element in the beginning of a file; empty where there is none."""
    parser = etree.XMLPullParser(events=("start",), resolve_entities=False, no_network=True, recover=True)
    try:
        parser.feed(head)
        for _, element in parser.read_events():
            return str(etree.QName(element).localname)  # type: ignore[arg-type]  # "start" events bring elements
    except etree.XMLSyntaxError:
        return ""
    return ""


def elements(stream: IO[bytes], tags: Collection[str]) -> Iterator[etree._Element]:
    """Yield the finished elements called one of *tags*, each forgotten when the next is asked for.

    Raises:
        InvalidError: the XML is broken, or a limit against hostile files is passed; the text names the line.
    """
    context = etree.iterparse(
        stream,
        events=("end",),
        tag=list(tags),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
    )
    try:
        for _, element in context:
            yield element
            element.clear()
            # The root keeps the emptied siblings; without this it grows with the file.
            while element.getprevious() is not None and element.getparent() is not None:
                del element.getparent()[0]
    except etree.XMLSyntaxError as error:
        line = error.lineno or 0
        raise InvalidError(f"the XML is broken: {error.msg}", place=f"line {line}") from None
