"""The formats there are, and which of them a file is of."""

import codecs
import re
from collections.abc import Mapping
from importlib.metadata import entry_points
from typing import IO

from chariot.errors import ConfigurationError, InvalidError
from chariot.format import SNIFFED_BYTES, Format

_PACKED = (b"\x1f\x8b", b"PK\x03\x04")
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_ENCODING = re.compile(rb"""\A(<\?xml[^>]{0,80}?)\s+encoding=["'][^"'>]{0,40}["']""")


def installed_formats() -> dict[str, Format]:
    """Return every format by name, from the entry points of this and of other packages.

    Raises:
        ConfigurationError: one cannot be loaded, or two have the same name.
    """
    found: dict[str, Format] = {}
    for point in entry_points(group="chariot.formats"):
        try:
            one = point.load()()
        except (ImportError, AttributeError, TypeError) as error:
            raise ConfigurationError(f"the format {point.value} cannot be loaded: {error}") from error
        if not isinstance(one, Format) or one.name in found:
            raise ConfigurationError(f"{point.value} is no format, or its name is taken")
        found[one.name] = one
    return dict(sorted(found.items()))


def choose(formats: Mapping[str, Format], stream: IO[bytes], name: str, file: str) -> Format:
    """Return the format called *name*, or for `auto` the one that is surest of the beginning of *stream*.

    Raises:
        InvalidError: there is none of that name, or none knows the file.
    """
    if name != "auto":
        if name not in formats:
            raise InvalidError(
                f"no format is called {name[:40]!r}; there are {', '.join(formats)}", place="format"
            )
        return formats[name]
    stream.seek(0)
    head = stream.read(SNIFFED_BYTES)
    stream.seek(0)
    if not head:
        raise InvalidError(
            "the file is empty; name its format with --format if its tool writes nothing where it finds nothing",
            place=file,
        )
    if head.startswith(_PACKED):
        raise InvalidError("is packed twice; unpack it once and name what was in it", place=file)
    head = _plain(head)
    sure, best = max(((one.sniff(head), one.name) for one in formats.values()), default=(0, ""))
    if sure == 0:
        raise InvalidError(
            f"looks like none of the {len(formats)} known formats; name one of `chariot import --list` with --format",
            place=file,
        )
    return formats[best]


def _plain(head: bytes) -> bytes:
    """Return the beginning of a file in UTF-8: where a shell redirects a tool's output, it may write UTF-16."""
    if not head.startswith(_WIDE):
        return head
    return _ENCODING.sub(rb"\1", head.decode("utf-16", "ignore").encode())
