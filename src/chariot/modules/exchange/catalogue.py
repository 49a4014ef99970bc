"""The formats there are, and which of them a file is of."""

from collections.abc import Mapping
from importlib.metadata import entry_points
from typing import IO

from chariot.errors import ConfigurationError, InvalidError
from chariot.format import SNIFFED_BYTES, Format


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
    sure, best = max(((one.sniff(head), one.name) for one in formats.values()), default=(0, ""))
    if sure == 0:
        raise InvalidError(
            f"looks like none of the {len(formats)} known formats; name one of `chariot import --list` with --format",
            place=file,
        )
    return formats[best]
