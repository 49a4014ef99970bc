"""What came in from files: one entity for each import, and the pages of its journal."""

from datetime import datetime
from typing import Annotated

import msgspec

from chariot.model import checks
from chariot.model.base import Entity, declared
from chariot.model.fields import Merge, field
from chariot.model.states import ImportState

PAGE_LIMIT = 32 * 1024 * 1024
"""The most characters that one page of a journal may have."""


def numbers(value: object) -> dict[str, int]:
    """Check whole numbers by short names."""
    if not isinstance(value, dict):
        raise ValueError(f"expected numbers by name, got {type(value).__name__}")  # noqa: TRY004 - msgspec places it
    whole = checks.whole(0, 2**53)
    return {checks.slug(name): whole(number) for name, number in value.items()}


@declared
class Import(Entity, frozen=True, tag="import"):
    """One file of another tool that was read: what it was, who brought it, and what it did."""

    id: Annotated[str, field("What `chariot import undo` is told", check=checks.slug, identity=True)]
    file: Annotated[str, field("Name of the file", outside=True, max_length=1_000)] = ""
    sha256: Annotated[str, field("SHA-256 of the file as it was given", max_length=64, indexed=True)] = ""
    size_bytes: Annotated[int, field("Size of the file in bytes", check=checks.whole(0, 2**53))] = 0
    format: Annotated[str, field("Format it was read as", max_length=100, indexed=True)] = ""
    state: Annotated[ImportState, field("Where it is in its life", merge=Merge.DECISION, indexed=True)] = (
        ImportState.RUNNING
    )
    requested_by: Annotated[str, field("Who brought it", max_length=200, personal=True)] = ""
    started_at: Annotated[datetime | None, field("When it began", check=checks.utc, indexed=True)] = None
    finished_at: Annotated[datetime | None, field("When all was written", check=checks.utc)] = None
    undone_at: Annotated[datetime | None, field("When it was taken back", check=checks.utc)] = None
    pages_undone: Annotated[int, field("Pages taken back, from the last", check=checks.whole(0, 2**53))] = 0
    counts: Annotated[
        dict[str, int], field("What it held and did", check=numbers, merge=Merge.REPLACE, max_length=50)
    ] = msgspec.field(default_factory=dict)

    @property
    def name(self) -> str:
        """The file and the id."""
        return f"{self.file or 'import'} ({self.id})"


@declared
class ImportPage(Entity, frozen=True, tag="importpage"):
    """One committed part of an import: how far it is, and what it touched as it was before, to take it back."""

    owner: Annotated[str, field("Id of the import", check=checks.slug, identity=True)]
    number: Annotated[int, field("Its place, from 0", check=checks.whole(0, 2**53), identity=True)]
    records: Annotated[int, field("Records of the file up to its end", check=checks.whole(0, 2**53))] = 0
    closing: Annotated[bool, field("It closes what the file no longer has")] = False
    counts: Annotated[
        dict[str, int], field("What it did", check=numbers, merge=Merge.REPLACE, max_length=50)
    ] = msgspec.field(default_factory=dict)
    journal: Annotated[
        str, field("What it touched, compressed", check=checks.outside, max_length=PAGE_LIMIT)
    ] = ""

    @property
    def name(self) -> str:
        """The import and the page."""
        return f"{self.owner} page {self.number}"
