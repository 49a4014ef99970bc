"""`chariot diff`: what appeared, what left and what is different between two moments."""

from typing import TYPE_CHECKING, Any

import click

from chariot.entrypoints.cli.invocation import Invocation, global_options, pass_invocation

if TYPE_CHECKING:
    from datetime import datetime

    from chariot.entrypoints.cli.services import Services
    from chariot.model.records import Difference

_QUIET = frozenset({"job", "import", "importjob", "importpage"})
"""Kinds that tell of our work rather than of the surface; named on purpose, they are shown."""


@click.command("diff")
@click.option("--since", "since_text", default="24h", show_default=True, help="A moment, or a span like 7d.")
@click.option("--until", "until_text", default="now", show_default=True)
@click.option("--kind", "kind_names", multiple=True, help="Only these kinds; may be repeated.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=200, show_default=True)
@global_options
@pass_invocation
def diff_command(
    invocation: Invocation, since_text: str, until_text: str, kind_names: tuple[str, ...], limit: int
) -> None:
    """Show how the surface now (or at --until) differs from what it was at --since."""
    from chariot.entrypoints.cli.times import parse_moment
    from chariot.errors import InvalidError
    from chariot.model.registry import KINDS, UNLISTED, kinds_named

    since = parse_moment(since_text, invocation.now(), place="--since")
    until = parse_moment(until_text, invocation.now(), place="--until")
    if since >= until:
        raise InvalidError("lies at or after --until", place="--since")
    named = tuple(kind for name in kind_names for kind in kinds_named(name))
    kinds = named or tuple(kind for kind in KINDS if kind not in UNLISTED | _QUIET)
    found, more = invocation.ask(lambda application: _differences(application, since, until, kinds, limit))
    _show(invocation, since, until, found, more=more)


async def _differences(
    application: "Services", since: "datetime", until: "datetime", kinds: tuple[str, ...], limit: int
) -> tuple[list["Difference"], bool]:
    found: list[Difference] = []
    cursor = ""
    while len(found) < limit:
        page = await application.store.differences(
            application.organisation,
            since,
            until,
            kinds=kinds,
            limit=min(limit - len(found), 1_000),
            cursor=cursor,
        )
        found.extend(page.items)
        cursor = page.cursor
        if not cursor:
            break
    return found, bool(cursor)


def _show(
    invocation: Invocation, since: "datetime", until: "datetime", found: list["Difference"], *, more: bool
) -> None:
    from chariot.entrypoints.cli.times import local

    output = invocation.output
    if output.as_json:
        items = [_plain(one) for one in found]
        output.document({"since": since, "until": until, "items": items, "more": more})
        return
    output.line(f"from {local(since)} to {local(until)}")
    groups = (
        ("Appeared", "+", "green", [one for one in found if one.before is None]),
        ("Left", "-", "red", [one for one in found if one.after is None]),
        ("Different", "~", "yellow", [one for one in found if one.before and one.after]),
    )
    for title, sign, style, members in groups:
        _show_group(invocation, f"{title} ({len(members):,})", sign, style, members)
    if not found:
        output.line("nothing differs")
    if more:
        output.notice(f"{len(found):,} shown; there are more: raise --limit")


def _show_group(
    invocation: Invocation, title: str, sign: str, style: str, members: list["Difference"]
) -> None:
    from chariot.entrypoints.cli.terminal import Styled
    from chariot.entrypoints.cli.views import value_text

    if not members:
        return
    output = invocation.output
    output.heading(title)
    for one in members:
        output.line(Styled(f"{sign} ", style), one.key)
        for name in one.fields:
            before, after = (_value(side, name) for side in (one.before, one.after))
            output.line(f"    {name}: {value_text(before)} → {value_text(after)}")


def _value(record: Any, name: str) -> Any:
    from chariot.entrypoints.cli.views import HIDDEN
    from chariot.model.registry import spec_of

    spec = spec_of(record.kind).get(name)
    if spec is None:
        return getattr(record, name)
    return HIDDEN if spec.mark.secret else getattr(record.entity, name)


def _plain(one: "Difference") -> dict[str, Any]:
    from chariot.entrypoints.cli.views import record_json

    return {
        "key": one.key,
        "kind": one.kind,
        "fields": one.fields,
        "before": record_json(one.before) if one.before else None,
        "after": record_json(one.after) if one.after else None,
    }
