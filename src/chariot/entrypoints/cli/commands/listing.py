"""`chariot list`: entities of one kind or group, filtered and sorted by the store."""

from typing import TYPE_CHECKING, Any

import click

from chariot.entrypoints.cli.invocation import Invocation, global_options, pass_invocation

if TYPE_CHECKING:
    from datetime import datetime

    from chariot.entrypoints.cli.services import Services
    from chariot.model.records import Record

_DEFAULT_SORTS = {"risk": "-score", "scan": "-started_at", "vulnerability": "-epss"}


@click.command("list")
@click.argument("kind")
@click.option("--filter", "filter_text", default="", help="Such as 'score>=70 state=open' or 'key~shop'.")
@click.option("--sort", default="", help="A field; with '-' before it, the largest first.")
@click.option("--limit", type=click.IntRange(1, 1_000_000), default=50, show_default=True)
@click.option("--cursor", default="", help="Go on after the page that ended with this cursor.")
@click.option("--as-of", "as_of_text", default="", help="As it was then: a moment, or a span like 24h.")
@click.option("--all", "everything", is_flag=True, help="Also what has left the surface or is excluded.")
@global_options
@pass_invocation
def list_command(
    invocation: Invocation,
    kind: str,
    filter_text: str,
    sort: str,
    limit: int,
    cursor: str,
    as_of_text: str,
    everything: bool,
) -> None:
    """List entities of a KIND (risks, domains, ports, jobs…) or a group (assets, findings).

    \b
    chariot list risks --filter 'state=open severity=critical,high'
    chariot list ports --filter 'number=443' --json
    """  # noqa: D301 - click's mark for lines that stay as they are
    from chariot.entrypoints.cli.times import parse_moment
    from chariot.model.registry import kinds_named

    kinds = kinds_named(kind)
    as_of = parse_moment(as_of_text, invocation.now(), place="--as-of") if as_of_text else None
    asked = {"filter": filter_text, "sort": sort, "limit": limit, "cursor": cursor, "everything": everything}
    records, rest, unknown = invocation.ask(lambda application: _find(application, kinds, as_of, asked))
    _show(invocation, kinds, records, rest)
    if unknown and kinds != ("job",):
        # A list that lacks what could not be looked at would look like a whole one.
        several = f"{unknown:,} answers are" if unknown > 1 else "one answer is"
        why = f"{invocation.command} list jobs --filter outcome=unknown"
        invocation.output.notice(f"{several} unknown: {why} tells why")


async def _find(
    application: "Services", kinds: tuple[str, ...], as_of: "datetime | None", asked: dict[str, Any]
) -> tuple[list["Record"], str, int]:
    """Return as many records as asked for, page by page, the cursor after them, and how many answers are unknown."""
    from chariot.entrypoints.cli.views import home_of
    from chariot.modules.surface.filters import parse_filter
    from chariot.modules.surface.query import PAGE_LIMIT, Query

    where = parse_filter(asked["filter"], kinds)
    default = _DEFAULT_SORTS.get(kinds[0], "key") if len(kinds) == 1 else "key"
    records: list[Record] = []
    cursor = asked["cursor"]
    while len(records) < asked["limit"]:
        query = Query(
            kinds=kinds,
            where=where,
            sort=asked["sort"] or default,
            limit=min(asked["limit"] - len(records), PAGE_LIMIT),
            cursor=cursor,
            as_of=as_of,
            everything=asked["everything"],
        )
        page = await application.store.find(home_of(kinds, application.organisation), query)
        records.extend(page.items)
        cursor = page.cursor
        if not cursor:
            break
    asked_jobs = Query(
        kinds=("job",), where=parse_filter("outcome=unknown", ("job",)), limit=PAGE_LIMIT, as_of=as_of
    )
    unknown = await application.store.find(application.organisation, asked_jobs)
    return records, cursor, len(unknown.items)


def _show(invocation: Invocation, kinds: tuple[str, ...], records: list["Record"], cursor: str) -> None:
    from chariot.entrypoints.cli.views import cells, columns_of, record_json

    output = invocation.output
    if output.as_json:
        output.document({"items": [record_json(record) for record in records], "cursor": cursor})
        return
    if not records:
        output.notice("nothing matches")
        return
    columns = columns_of(kinds)
    output.table(columns, (cells(record, columns) for record in records))
    if cursor:
        output.notice(
            f"{len(records):,} shown; there are more: raise --limit, or go on with --cursor {cursor}"
        )
