"""Exports as a service: checks what is asked, and writes a file whole or not at all."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib.metadata import entry_points
from pathlib import Path
from typing import Final

import msgspec

import chariot
from chariot.errors import ConfigurationError, InvalidError
from chariot.model.keys import Organisation
from chariot.model.registry import KINDS
from chariot.modules.exchange.exports.contract import Exporter, Sink, Written
from chariot.modules.exchange.exports.source import Reader, Selection, Source
from chariot.modules.exchange.whole_file import whole_file

ABOUT_PEOPLE: Final = frozenset({"user", "session", "member"})
"""Kinds whose keys name people: they go into an export only by their names."""


class ExportRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody asks for."""

    format: str
    kinds: tuple[str, ...] = ()
    """Empty is what the format holds by itself, but for kinds that are about people."""
    without: frozenset[str] = frozenset()
    """Kinds that the one who asks may not read; one that is named was refused before."""
    filter: str = ""
    as_of: datetime | None = None
    everything: bool = False
    """Also what is not on the surface."""


class ExportReport(msgspec.Struct, frozen=True, kw_only=True):
    """What was written."""

    file: str
    format: str
    media_type: str
    kinds: tuple[str, ...]
    records: int
    relationships: int
    size_bytes: int


def installed_exporters() -> dict[str, Exporter]:
    """Return every exporter by name, from the entry points of this and of other packages.

    Raises:
        ConfigurationError: one cannot be loaded, or two have the same name.
    """
    found: dict[str, Exporter] = {}
    for point in entry_points(group="chariot.exporters"):
        try:
            one = point.load()()
        except (ImportError, AttributeError, TypeError) as error:
            raise ConfigurationError(f"the exporter {point.value} cannot be loaded: {error}") from error
        if not isinstance(one, Exporter) or one.name in found:
            raise ConfigurationError(f"{point.value} is no exporter, or its name is taken")
        found[one.name] = one
    return dict(sorted(found.items()))


class ExportService:
    """Writes exports of one store."""

    def __init__(
        self,
        reader: Reader,
        exporters: Mapping[str, Exporter],
        *,
        program: str = f"Chariot {chariot.__version__}",
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._reader = reader
        self.exporters = exporters
        self._program = program
        self._now = now

    def exporter(self, name: str) -> Exporter:
        """Return the exporter called *name*.

        Raises:
            InvalidError: there is none; the text lists those there are.
        """
        try:
            return self.exporters[name]
        except KeyError:
            raise InvalidError(
                f"no export format is called {name[:40]!r}; there are {', '.join(self.exporters)}",
                place="format",
            ) from None

    async def export(self, organisation: Organisation, request: ExportRequest, sink: Sink) -> ExportReport:
        """Write into *sink*; who breaks off leaves a part there, so a file is `export_file`'s.

        Raises:
            InvalidError: the format, its kinds or the filter are wrong; the text names which.
            ConfigurationError: a library that the format needs is not installed.
        """
        exporter = self.exporter(request.format)
        selection = selected(exporter, request)
        counted = _Counted(sink)
        source = Source(self._reader, organisation, selection, made_at=self._now(), program=self._program)
        written: Written = await exporter.write(source, counted)
        return ExportReport(
            file="-",
            format=exporter.name,
            media_type=exporter.media_type,
            kinds=selection.kinds,
            records=written.records,
            relationships=written.relationships,
            size_bytes=counted.size_bytes,
        )

    async def export_file(
        self, organisation: Organisation, request: ExportRequest, path: Path
    ) -> ExportReport:
        """Write *path*: whoever reads it sees the file of before or the whole new one. See `export`.

        Only its owner can read it: it tells where one can be hurt.

        Raises:
            InvalidError: *path* is a folder, or its folder is not there.
            ConfigurationError: it cannot be written.
        """
        with whole_file(path) as file:
            report = await self.export(organisation, request, file)
        return msgspec.structs.replace(report, file=str(path))


def selected(exporter: Exporter, request: ExportRequest) -> Selection:
    """Return what *request* selects for *exporter*.

    Raises:
        InvalidError: the format cannot hold what is asked for; the text says what it can.
    """
    if not exporter.selective and (
        request.kinds or request.filter or request.as_of is not None or request.everything
    ):
        raise InvalidError(
            f"{exporter.name} reports on everything, now; leave kinds, filter and moment out", place="format"
        )
    allowed = exporter.kinds or tuple(KINDS)
    refused = [kind for kind in request.kinds if kind not in allowed]
    if refused:
        raise InvalidError(
            f"{exporter.name} does not hold {', '.join(refused)}; it holds {', '.join(allowed)}",
            place="kinds",
        )
    left_out = ABOUT_PEOPLE | request.without
    kinds = request.kinds or tuple(kind for kind in exporter.default_kinds or allowed if kind not in left_out)
    if exporter.one_kind and len(kinds) != 1:
        raise InvalidError(f"a file of {exporter.name} is a table of one kind; name one", place="kinds")
    return Selection(
        # In the order of the registry, each once.
        kinds=tuple(kind for kind in KINDS if kind in kinds),
        filter=request.filter,
        as_of=request.as_of,
        everything=request.everything or exporter.everything,
    )


class _Counted:
    """Hands bytes on and counts them."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self.size_bytes = 0

    def write(self, data: bytes, /) -> int:
        self._sink.write(data)
        self.size_bytes += len(data)
        return len(data)
