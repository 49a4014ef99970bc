"""How far one scan is: looks that ended since it began, and what could not be looked at."""

from collections import defaultdict
from collections.abc import Sequence

import msgspec

from chariot.errors import NotFoundError
from chariot.model.keys import Key, Organisation
from chariot.model.kinds.work import Job, Scan
from chariot.model.records import Record
from chariot.model.states import Outcome, ScanPhase
from chariot.modules.surface.filters import parse_filter
from chariot.modules.surface.ports import EntityReader
from chariot.modules.surface.query import PAGE_LIMIT, Query
from chariot.modules.work.messages import QueueDepth
from chariot.modules.work.ports import Inspector
from chariot.modules.work.queues import ASSESS, ASSET, CORRELATE, INGEST, PLAN, RISK, SCAN

LEADS_ON: frozenset[str] = frozenset({INGEST, PLAN, CORRELATE, ASSESS, ASSET, RISK, SCAN})
"""The queues in which a scan's work stands."""
OPEN: frozenset[ScanPhase] = frozenset({ScanPhase.RUNNING, ScanPhase.PAUSED, ScanPhase.CANCELLING})
"""What has not ended."""
GAPS_LIMIT = 50
_EXAMPLES = 3
_REASON_LIMIT = 300
_TARGET_LIMIT = 300


class Gap(msgspec.Struct, frozen=True):
    """What one capability could not look at, for one reason: unknown, not clean."""

    capability: str
    reason: str
    count: int
    examples: tuple[str, ...]
    """Keys of some of the targets."""


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a scan is."""

    looked: int
    """Looks that ended since it began."""
    unknown: int
    """Of these, those whose answer is unknown."""
    waiting: int
    """Pieces of work that are not finished; of the whole organisation, whoever asked for them."""
    gaps: tuple[Gap, ...]
    """The most frequent ones."""


_gaps = msgspec.json.Decoder(tuple[Gap, ...])


async def scan_of(reader: EntityReader, organisation: Organisation, scan: str) -> tuple[Record, Scan]:
    """Return a scan by its id.

    Raises:
        NotFoundError: there is no such scan.
    """
    try:
        key = Scan(id=scan).key
    except ValueError:
        key = Key("")
    record = (await reader.get(organisation, [key])).get(key) if key else None
    if record is None or not isinstance(record.entity, Scan) or "state" not in record.decided:
        raise NotFoundError(f"there is no scan {scan[:40]!r}")
    return record, record.entity


async def progress_of(
    reader: EntityReader, bus: Inspector, organisation: Organisation, scan: Scan
) -> Progress:
    """Return how far *scan* is: as it was when it ended, else as it is now."""
    if scan.state in OPEN:
        return await count(reader, organisation, scan, waiting(await bus.depths(organisation)))
    gaps = _gaps.decode(scan.gaps) if scan.gaps else ()
    return Progress(looked=scan.looked, unknown=scan.unknown, waiting=scan.waiting, gaps=gaps)


async def count(reader: EntityReader, organisation: Organisation, scan: Scan, left: int) -> Progress:
    """Return how far *scan* is now, where *left* pieces of work are not finished."""
    assert scan.started_at is not None
    where = parse_filter(f"visited>={scan.started_at.isoformat()}", (Job.kind,))
    counts: defaultdict[tuple[str, str], int] = defaultdict(int)
    examples: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    looked, cursor = 0, ""
    while True:
        query = Query(kinds=(Job.kind,), where=where, limit=PAGE_LIMIT, cursor=cursor)
        page = await reader.find(organisation, query)
        for record in page.items:
            assert isinstance(record.entity, Job)
            job = record.entity
            looked += 1
            if job.outcome is Outcome.UNKNOWN:
                group = (job.capability, job.reason[:_REASON_LIMIT])
                counts[group] += 1
                if len(examples[group]) < _EXAMPLES:
                    examples[group].append(job.target[:_TARGET_LIMIT])
        cursor = page.cursor
        if not cursor:
            break
    order = sorted(counts, key=lambda group: (-counts[group], group))
    return Progress(
        looked=looked,
        unknown=sum(counts.values()),
        waiting=left,
        gaps=tuple(Gap(*group, counts[group], tuple(examples[group])) for group in order[:GAPS_LIMIT]),
    )


def waiting(depths: Sequence[QueueDepth]) -> int:
    """Return how many pieces of work of scans are not finished."""
    return sum(depth.live for depth in depths if depth.queue in LEADS_ON)
