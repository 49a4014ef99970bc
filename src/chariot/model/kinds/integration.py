"""What connects an organisation with other systems: integrations, the tickets they keep, files that were sent."""

from datetime import datetime
from typing import Annotated

import msgspec

from chariot.model import checks
from chariot.model.base import Entity, declared
from chariot.model.fields import Merge, field
from chariot.model.kinds.exchange import numbers
from chariot.model.states import ImportJobState, TicketState

YEAR_MINUTES = 366 * 24 * 60
TEXTS_LIMIT = 50


def texts(value: object) -> dict[str, str]:
    """Check lines of text by short names."""
    if not isinstance(value, dict):
        raise ValueError(f"expected text by name, got {type(value).__name__}")  # noqa: TRY004 - msgspec places it
    return {checks.slug(name): checks.line(text) for name, text in value.items()}


@declared
class Integration(Entity, frozen=True, tag="integration"):
    """A connection to another system, when it runs, and what became of its last run."""

    label: Annotated[str, field("Name of the integration", check=checks.slug, identity=True)]
    type: Annotated[str, field("What it talks to", merge=Merge.DECISION, indexed=True, max_length=40)] = ""
    address: Annotated[
        str, field("Web address of the other system", merge=Merge.DECISION, max_length=2_000)
    ] = ""
    options: Annotated[
        dict[str, str],
        field("What this type lets one choose", check=texts, merge=Merge.DECISION, max_length=TEXTS_LIMIT),
    ] = msgspec.field(default_factory=dict)
    secret: Annotated[str, field("Token or key", secret=True, merge=Merge.DECISION, max_length=4_000)] = ""
    every_minutes: Annotated[
        int,
        field(
            "Minutes between runs; 0 runs it only when asked",
            check=checks.whole(0, YEAR_MINUTES),
            merge=Merge.DECISION,
        ),
    ] = 0
    enabled: Annotated[bool, field("Whether it is in force", merge=Merge.DECISION, indexed=True)] = True
    last_run_at: Annotated[
        datetime | None, field("When its last run began", check=checks.utc, merge=Merge.DECISION)
    ] = None
    last_outcome: Annotated[
        str, field("How it ended: done or failed", merge=Merge.DECISION, max_length=20)
    ] = ""
    last_message: Annotated[
        str, field("What became of it, in a sentence", outside=True, merge=Merge.DECISION, max_length=2_000)
    ] = ""
    last_counts: Annotated[
        dict[str, int], field("What it did", check=numbers, merge=Merge.DECISION, max_length=TEXTS_LIMIT)
    ] = msgspec.field(default_factory=dict)
    memory: Annotated[
        dict[str, str],
        field("What one run tells the next", check=texts, merge=Merge.DECISION, max_length=TEXTS_LIMIT),
    ] = msgspec.field(default_factory=dict)


@declared
class Ticket(Entity, frozen=True, tag="ticket"):
    """A risk's issue in a tracker, and where both stood when they were last compared."""

    integration: Annotated[str, field("Name of the integration", check=checks.slug, identity=True)]
    risk: Annotated[
        str, field("Key of the risk", check=checks.key, identity=True, key_part=True, indexed=True)
    ]
    issue: Annotated[
        str, field("Key of the issue", outside=True, merge=Merge.DECISION, max_length=200, indexed=True)
    ] = ""
    url: Annotated[str, field("Where to read it", outside=True, merge=Merge.DECISION, max_length=2_000)] = ""
    state: Annotated[TicketState, field("Where it stands", merge=Merge.DECISION, indexed=True)] = (
        TicketState.CREATING
    )
    asked_at: Annotated[
        datetime | None, field("When the issue was asked for", check=checks.utc, merge=Merge.DECISION)
    ] = None
    digest: Annotated[
        str, field("Digest of what the issue was told last", merge=Merge.DECISION, max_length=64)
    ] = ""

    @property
    def name(self) -> str:
        """The issue and the integration."""
        return f"{self.issue or 'no issue yet'} ({self.integration})"


@declared
class ImportJob(Entity, frozen=True, tag="importjob"):
    """A file that was sent to be imported: how far that is, and what became of it."""

    id: Annotated[str, field("Names it", check=checks.slug, identity=True)]
    file: Annotated[str, field("Name of the file", outside=True, max_length=1_000)] = ""
    sha256: Annotated[str, field("SHA-256 of the file as it came", max_length=64)] = ""
    size_bytes: Annotated[int, field("Size of the file in bytes", check=checks.whole(0, 2**53))] = 0
    format: Annotated[str, field("Format that was asked for, or auto", max_length=100)] = "auto"
    map: Annotated[str, field("A map for CSV or JSON of any tool, as TOML", outside=True)] = ""
    complete: Annotated[bool, field("The file covers every target that it names")] = False
    dry_run: Annotated[bool, field("Tell what would change; write nothing", merge=Merge.DECISION)] = False
    state: Annotated[ImportJobState, field("Where it is in its life", merge=Merge.DECISION, indexed=True)] = (
        ImportJobState.QUEUED
    )
    requested_by: Annotated[str, field("Who sent it", max_length=200, personal=True)] = ""
    asked_at: Annotated[datetime | None, field("When it came", check=checks.utc, indexed=True)] = None
    finished_at: Annotated[
        datetime | None, field("When it ended", check=checks.utc, merge=Merge.DECISION)
    ] = None
    runs: Annotated[
        int, field("How often it was put to work", check=checks.whole(0, 10_000), merge=Merge.DECISION)
    ] = 1
    percent: Annotated[int, field("How far it is", check=checks.whole(0, 100), merge=Merge.DECISION)] = 0
    findings: Annotated[
        int, field("Findings read so far", check=checks.whole(0, 2**53), merge=Merge.DECISION)
    ] = 0
    import_id: Annotated[str, field("Its import in the ledger", merge=Merge.DECISION, max_length=128)] = ""
    report: Annotated[
        str, field("What came of it, as JSON", outside=True, merge=Merge.DECISION, max_length=1_000_000)
    ] = ""
    error: Annotated[str, field("Why it failed", outside=True, merge=Merge.DECISION, max_length=2_000)] = ""
    error_place: Annotated[
        str, field("Line, offset or record", outside=True, merge=Merge.DECISION, max_length=1_000)
    ] = ""

    @property
    def name(self) -> str:
        """The file and the id."""
        return f"{self.file or 'file'} ({self.id})"
