"""Imports: another tool's file becomes observations, checked whole before anything is written."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import entry_points
from pathlib import Path
from typing import IO

import msgspec

from chariot.errors import ConfigurationError, InvalidError, NotFoundError
from chariot.format import SNIFFED_BYTES, Format, Parsed, Refused
from chariot.model.base import Entity
from chariot.model.keys import Organisation
from chariot.model.observations import Observations
from chariot.model.relationships import Relationship
from chariot.model.states import Source
from chariot.modules.surface.service import SurfaceService
from chariot.modules.surface.states import Applied, Refusal

_BATCH = 2_000
_REFUSALS_KEPT = 100


class ImportReport(msgspec.Struct, kw_only=True):
    """What an import did, or would do."""

    file: str
    format: str
    findings: int = 0
    """What the tool itself reported as findings, before any grouping."""
    risks: int = 0
    assets: int = 0
    created: int = 0
    changed: int = 0
    confirmed: int = 0
    """Seen again without a difference."""
    refused: int = 0
    errors: list[Refusal] = []
    """The first of what was refused, each with its place and reason."""
    written: bool = True


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


class ImportService:
    """Imports files into one store."""

    def __init__(
        self,
        surface: SurfaceService,
        formats: Mapping[str, Format],
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._surface = surface
        self.formats = formats
        self._now = now

    async def import_file(
        self, organisation: Organisation, path: Path, *, format_name: str = "auto", dry_run: bool = False
    ) -> ImportReport:
        """Import one file; with *dry_run* tell what would change, and change nothing.

        The file is read twice: once to its end to see that it is sound, then to write. A broken file leaves
        nothing half-written.

        Raises:
            NotFoundError: there is no such file.
            InvalidError: it is broken, of no known format, or seen in the future; the text names the place.
        """
        with _opened(path) as stream:
            chosen = self._choose(stream, format_name, path)
            report = ImportReport(file=str(path), format=chosen.name, written=not dry_run)
            self._survey(chosen, stream, report)
            stream.seek(0)
            for batch in self._batches(chosen, stream):
                write = self._surface.preview if dry_run else self._surface.observe
                _add(report, await write(organisation, batch))
        return report

    def _choose(self, stream: IO[bytes], name: str, path: Path) -> Format:
        if name != "auto":
            if name not in self.formats:
                raise InvalidError(
                    f"no format is called {name!r}; there are {', '.join(self.formats)}", place="format"
                )
            return self.formats[name]
        head = stream.read(SNIFFED_BYTES)
        stream.seek(0)
        if not head:
            raise InvalidError("the file is empty", place=path.name)
        sure, best = max(((one.sniff(head), one.name) for one in self.formats.values()), default=(0, ""))
        if sure == 0:
            raise InvalidError(
                f"looks like none of the known formats ({', '.join(self.formats)}); name one", place=path.name
            )
        return self.formats[best]

    def _survey(self, chosen: Format, stream: IO[bytes], report: ImportReport) -> None:
        assets: set[int] = set()
        risks: set[int] = set()
        for item in chosen.parse(stream):
            if isinstance(item, Refused):
                _refuse(report, Refusal(item.place, item.reason))
                continue
            report.findings += item.findings
            for entity in item.entities:
                # Hashes instead of keys: a large file must not hold all its keys in memory.
                (risks if entity.kind == "risk" else assets).add(hash(entity.key))
        report.assets, report.risks = len(assets), len(risks)

    def _batches(self, chosen: Format, stream: IO[bytes]) -> Iterator[Observations]:
        now = self._now()
        pending: list[Parsed] = []
        held = 0
        for item in chosen.parse(stream):
            if isinstance(item, Refused):
                continue
            if pending and (held >= _BATCH or item.seen_at != pending[0].seen_at):
                yield _batch(chosen.name, pending, now)
                pending, held = [], 0
            pending.append(item)
            held += len(item.entities) + len(item.relationships)
        if pending:
            yield _batch(chosen.name, pending, now)


def _batch(capability: str, items: list[Parsed], now: datetime) -> Observations:
    entities: Iterable[Entity] = (entity for item in items for entity in item.entities)
    relationships: Iterable[Relationship] = (one for item in items for one in item.relationships)
    return Observations(
        capability=capability,
        seen_at=items[0].seen_at or now,
        entities=tuple(entities),  # type: ignore[arg-type]  # a format yields entities of any kind
        relationships=tuple(relationships),
        source=Source.ACCOUNT,
    )


def _add(report: ImportReport, applied: Applied) -> None:
    report.created += applied.created
    report.changed += applied.changed
    report.confirmed += applied.confirmed
    for refusal in applied.refused:
        _refuse(report, refusal)


def _refuse(report: ImportReport, refusal: Refusal) -> None:
    report.refused += 1
    if len(report.errors) < _REFUSALS_KEPT:
        report.errors.append(refusal)


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    try:
        stream = path.open("rb")
    except FileNotFoundError:
        raise NotFoundError(f"there is no file {path}") from None
    except OSError as error:
        raise InvalidError(f"cannot be read: {error.strerror}", place=str(path)) from error
    with stream:
        yield stream
