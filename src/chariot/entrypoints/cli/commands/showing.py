"""`chariot show`: one entity with everything known about it."""

from typing import TYPE_CHECKING, Any

import click

from chariot.entrypoints.cli.invocation import Invocation, global_options, pass_invocation

if TYPE_CHECKING:
    import msgspec

    from chariot.entrypoints.cli.services import Services
    from chariot.model.keys import Key
    from chariot.model.records import Edge, Record, Version

_EDGE_LIMIT = 50
_VERSION_LIMIT = 20


@click.command("show")
@click.argument("key")
@click.option("--as-of", "as_of_text", default="", help="As it was then: a moment, or a span like 24h.")
@global_options
@pass_invocation
def show_command(invocation: Invocation, key: str, as_of_text: str) -> None:
    """Show the entity with a KEY: facts, relationships, history, and the path from a seed to it.

    A key begins with '#', which shells take for a comment: quote it, or leave the '#' out. A bare domain,
    address, netblock, web address or CVE id will do, too.

    \b
    chariot show www.example.com
    chariot show 'port#192.0.2.7#tcp#443'
    """  # noqa: D301 - click's mark for lines that stay as they are
    from chariot.entrypoints.cli.times import parse_moment

    as_of = parse_moment(as_of_text, invocation.now(), place="--as-of") if as_of_text else None
    shown = invocation.ask(lambda application: _collect(application, key, as_of))
    if invocation.output.as_json:
        invocation.output.document(_plain(shown))
    else:
        _show(invocation, shown)


async def _collect(application: "Services", text: str, as_of: Any) -> dict[str, Any]:
    from chariot.entrypoints.cli.paths import path_to_seed
    from chariot.entrypoints.cli.views import candidates, missing

    store, organisation = application.store, application.organisation
    keys = candidates(text)
    records = await store.get(organisation, keys, as_of=as_of)
    key: Key | None = next((one for one in keys if one in records), None)
    if key is None:
        raise missing(text, as_of)
    return {
        "record": records[key],
        "out": await store.edges(organisation, key, direction="out", as_of=as_of, limit=_EDGE_LIMIT),
        "in": await store.edges(organisation, key, direction="in", as_of=as_of, limit=_EDGE_LIMIT),
        "versions": await store.versions(organisation, key, limit=_VERSION_LIMIT),
        "path": await path_to_seed(store, organisation, key),
    }


def _plain(shown: dict[str, Any]) -> dict[str, Any]:
    from chariot.entrypoints.cli.views import record_json

    record: Record = shown["record"]
    return {
        **record_json(record),
        "relationships": {side: shown[side] for side in ("out", "in")},
        "history": {
            "items": [_version_json(version) for version in shown["versions"].items],
            "cursor": shown["versions"].cursor,
        },
        "path": shown["path"],
    }


def _version_json(version: "Version") -> dict[str, Any]:
    import msgspec

    from chariot.entrypoints.cli.views import facts

    plain: dict[str, Any] = msgspec.to_builtins(version)
    plain["entity"] = msgspec.to_builtins(facts(version.entity))
    return plain


def _show(invocation: Invocation, shown: dict[str, Any]) -> None:
    record: Record = shown["record"]
    _show_record(invocation, record)
    _show_path(invocation, shown["path"], record)
    _show_edges(invocation, "Relationships from here", shown["out"], "target")
    _show_edges(invocation, "Relationships to here", shown["in"], "source")
    _show_history(invocation, shown["versions"])


def _show_record(invocation: Invocation, record: "Record") -> None:
    from chariot.entrypoints.cli.terminal import Styled
    from chariot.entrypoints.cli.times import local
    from chariot.entrypoints.cli.views import evidence_lines, facts, value_text

    output = invocation.output
    output.line(Styled(record.name, "bold"), Styled(f"  {record.kind}", "dim"))
    common = {
        "key": record.key,
        "status": f"{record.status.value}, {record.surface.value} surface, from {record.source.value}",
        "seen by": ", ".join(record.origins),
        "first seen": local(record.created),
        "last seen": local(record.visited),
        "version": f"{record.revision}, since {local(record.updated)}",
        "expires": local(record.expires) if record.expires else "never by silence",
        "tags": ", ".join(f"{label}={value}" for label, value in record.tags.items()),
        "decided": ", ".join(record.decided),
    }
    for label, text in common.items():
        if text:
            output.line(Styled(f"{label:<16}", "dim"), text)
    output.heading("Facts")
    for name, value in facts(record.entity).items():
        if name == "evidence":
            for item in value:
                for line in evidence_lines(item):
                    output.line(f"  {line}")
        elif name == "factors":
            for factor in value:
                output.line(f"  {factor.points:+6.1f}  {factor.name}: {factor.value}")
        else:
            text = value_text(value)
            output.line(Styled(f"  {name:<16}", "dim"), text)


def _show_path(invocation: Invocation, path: "tuple[Edge, ...]", record: "Record") -> None:
    output = invocation.output
    if record.kind == "seed":
        return
    output.heading("How it was found")
    if not path:
        output.line("  no seed leads here: it was imported, or written by hand")
        return
    output.line(f"  {path[0].source}")
    for edge in path:
        output.line(f"    {edge.type.value} by {', '.join(edge.origins) or '-'}")
        output.line(f"  {edge.target}")


def _show_edges(invocation: Invocation, title: str, page: "msgspec.Struct", end: str) -> None:
    from chariot.entrypoints.cli.times import local

    items: tuple[Edge, ...] = getattr(page, "items", ())
    if not items:
        return
    output = invocation.output
    output.heading(title)
    for edge in items:
        output.line(f"  {edge.type.value:<21} {getattr(edge, end)}  (last seen {local(edge.last_seen)})")
    if getattr(page, "cursor", ""):
        output.line(f"  … there are more than {_EDGE_LIMIT}")


def _show_history(invocation: Invocation, page: "msgspec.Struct") -> None:
    from chariot.entrypoints.cli.times import local

    output = invocation.output
    output.heading("History, newest first")
    versions: tuple[Version, ...] = getattr(page, "items", ())
    for version in versions:
        change = version.change
        what = ", ".join(change.fields) if change.fields else version.status.value
        by = f" by {change.actor}" if change.actor else ""
        why = f": {change.why}" if change.why else ""
        output.line(f"  {local(version.valid_from)}  {change.op.value:<9} {what}{by}{why}")
    if getattr(page, "cursor", ""):
        output.line(f"  … there are more than {_VERSION_LIMIT}; --json has the cursor")
