"""A filter that few rows fulfil: these are found and sorted, where the order asked for would be walked in vain.

The engine keeps no figures of what stands in an index, so it may walk all risks by score for the few of one weakness.
"""

from collections.abc import Iterator, Mapping

import apsw

from chariot.adapters.sql.nearby import FEW
from chariot.adapters.sqlite.migrations import wanted_indexes
from chariot.model.registry import spec_of
from chariot.modules.surface.facts import fact, slots
from chariot.modules.surface.query import All, Compare, Filter, Query


def rare_source(
    connection: apsw.Connection, organisation: int, query: Query, kinds: Mapping[str, int]
) -> str | None:
    """Return the source of rows that holds all of what *query* finds now and little else; None where there is none."""
    if len(query.kinds) > 1:
        return None
    (kind,) = query.kinds
    for term in _required(query.where):
        if term.field not in slots(kind) or term.operator != "=" or None in term.values:
            continue
        slot = slots(kind).index(term.field)
        ((index, _),) = wanted_indexes([slot]).items()
        values = [fact(value, spec_of(kind)[term.field].type) for value in term.values]
        source = f'version AS v INDEXED BY "{index}"'
        found = connection.execute(
            f"SELECT count(*) FROM (SELECT 1 FROM {source} WHERE v.organisation = ? AND v.kind = ?"
            f" AND v.fact_{slot} IN ({', '.join('?' * len(values))}) AND v.valid_to IS NULL LIMIT {FEW + 1})",
            (organisation, kinds[kind], *values),
        ).get
        if int(found) <= FEW:
            return source
    return None


def _required(term: Filter | None) -> Iterator[Compare]:
    """Yield the comparisons that must all hold."""
    if isinstance(term, Compare):
        yield term
    elif isinstance(term, All):
        for one in term.terms:
            yield from _required(one)
