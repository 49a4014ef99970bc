"""`chariot scans`: how far an ordered scan is, and what becomes of it."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import click

from chariot.entrypoints.cli.invocation import Invocation, actor, global_options, pass_invocation

if TYPE_CHECKING:
    from chariot.application import Application
    from chariot.modules.discovery.scans import ScanService

_PATH = "/api/v1/scans/{id}"
_FACTS = ("state", "requested_by", "seeds", "deny", "depth", "due_only", "started_at", "ended_at")


@click.group("scans")
def scans_command() -> None:
    """Handle ordered scans; `chariot list scans` shows them.

    \b
    chariot scans show 41d057219149f38b
    chariot scans pause 41d057219149f38b
    """  # noqa: D301 - click's mark for lines that stay as they are


@scans_command.command("show")
@click.argument("scan", metavar="ID")
@global_options
@pass_invocation
def _show(invocation: Invocation, scan: str) -> None:
    """Show who ordered what, how far it is, and what could not be looked at."""
    _tell(invocation, _asked(invocation, scan))


@scans_command.command("pause")
@click.argument("scan", metavar="ID")
@global_options
@pass_invocation
def _pause(invocation: Invocation, scan: str) -> None:
    """Let nothing of it begin any more; what has begun ends by itself."""
    _tell(invocation, _asked(invocation, scan, "pause", lambda scans: scans.pause))


@scans_command.command("resume")
@click.argument("scan", metavar="ID")
@global_options
@pass_invocation
def _resume(invocation: Invocation, scan: str) -> None:
    """Let a paused one go on with what it has not looked at yet."""
    _tell(invocation, _asked(invocation, scan, "resume", lambda scans: scans.go_on))


@scans_command.command("cancel")
@click.argument("scan", metavar="ID")
@global_options
@pass_invocation
def _cancel(invocation: Invocation, scan: str) -> None:
    """Let go of what has not begun, for good."""
    _tell(invocation, _asked(invocation, scan, "cancel", lambda scans: scans.cancel))


def _asked(
    invocation: Invocation,
    scan: str,
    action: str = "",
    steer: "Callable[[ScanService], Callable[..., Awaitable[None]]] | None" = None,
) -> dict[str, Any]:
    """Return a scan as plain values, after *steer*, which a server calls *action*."""
    import msgspec

    if invocation.is_remote:
        method, path = ("POST", f"{_PATH}/{action}") if action else ("GET", _PATH)
        told = invocation.at_server(
            lambda remote: remote.connection.call(dict[str, Any], method, path, scan, repeatable=bool(action))
        )
        return {name: told[name] for name in ("scan", "key", *_FACTS, "progress")}

    async def work(application: "Application") -> dict[str, Any]:
        if steer is not None:
            await steer(application.scans)(application.organisation, scan, requested_by=actor())
        record, progress = await application.scans.read(application.organisation, scan)
        told = {name: getattr(record.entity, name) for name in _FACTS}
        found: dict[str, Any] = msgspec.to_builtins(
            {"scan": scan, "key": record.key, **told, "progress": progress}
        )
        return found

    return invocation.run(work)


def _tell(invocation: Invocation, scan: dict[str, Any]) -> None:
    output = invocation.output

    def show() -> None:
        progress = scan["progress"]
        for name in _FACTS:
            value = scan.get(name)
            if value not in (None, "", [], (), False):
                text = ", ".join(value) if isinstance(value, list | tuple) else str(value)
                output.line(f"{name.replace('_', ' ') + ':':<14} {text}")
        looked, unknown, waiting = progress["looked"], progress["unknown"], progress["waiting"]
        output.line(f"{'progress:':<14} {looked:,} looks ended, {waiting:,} pieces of work wait")
        if unknown:
            output.heading(f"What could not be looked at: unknown, not clean ({unknown:,})")
            for gap in progress["gaps"]:
                example = gap["examples"][0] if gap["examples"] else "-"
                output.line(f"{gap['count']:5,}  {gap['capability']}: {gap['reason']}  (such as {example})")

    output.choose(scan, show)
