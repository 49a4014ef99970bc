"""What could not be looked at: a silence that is said aloud, because it never means "clean"."""

from collections import defaultdict

from chariot.model.keys import Organisation
from chariot.model.kinds.work import Job
from chariot.modules.exchange.report.data import Coverage, Listed, UnknownAnswers
from chariot.modules.surface.filters import parse_filter
from chariot.modules.surface.ports import EntityReader
from chariot.modules.surface.query import PAGE_LIMIT, Query

_UNKNOWN = parse_filter("outcome=unknown", ("job",))
_EXAMPLES = 3
_PAGES = 20


async def coverage(reader: EntityReader, organisation: Organisation, limit: int = 50) -> Coverage:
    """Return how many jobs there are, and those whose answer is unknown, by capability and reason."""
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    counts: dict[tuple[str, str], int] = defaultdict(int)
    cursor = ""
    for _ in range(_PAGES):
        query = Query(kinds=("job",), where=_UNKNOWN, limit=PAGE_LIMIT, cursor=cursor)
        page = await reader.find(organisation, query)
        for record in page.items:
            job = record.entity
            assert isinstance(job, Job)
            group = (job.capability, job.reason)
            counts[group] += 1
            if len(groups[group]) < _EXAMPLES:
                groups[group].append(job.target)
        cursor = page.cursor
        if not cursor:
            break
    order = sorted(counts, key=lambda group: (-counts[group], group))
    reasons = tuple(
        UnknownAnswers(
            capability=group[0], reason=group[1], count=counts[group], examples=tuple(groups[group])
        )
        for group in order[:limit]
    )
    jobs = (await reader.counts(organisation)).get("job", {})
    return Coverage(
        jobs=sum(jobs.values()),
        unknown=sum(counts.values()),
        reasons=Listed(reasons, None if cursor else max(0, len(order) - limit)),
    )
