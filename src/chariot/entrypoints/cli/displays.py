"""How a running scan is shown: a live picture on a terminal, plain lines in a pipe, JSON lines for machines."""

import time
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from chariot.entrypoints.cli.scanning import Snapshot
from chariot.entrypoints.cli.terminal import Output, Styled, styled

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.live import Live
    from rich.table import Table

_STOPPING = (
    "stopping cleanly: finishing what runs (Ctrl-C again stops at once); `chariot scan --resume` goes on"
)
_LINE_PERIOD_S = 5.0
_SHOWN_KINDS = (
    "domain", "address", "netblock", "port", "webapplication", "certificate", "technology", "risk"
)  # fmt: skip


class LiveDisplay:
    """A picture that is drawn anew a few times a second."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._live: Live | None = None
        self._notice = ""
        self._began = time.monotonic()

    def __enter__(self) -> Self:
        from rich.live import Live

        self._live = Live(console=self._output.console, refresh_per_second=8, transient=True)
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def show(self, snapshot: Snapshot) -> None:
        """See `Display.show`."""
        if self._live is not None:
            self._live.update(self.picture(snapshot))

    def stopping(self) -> None:
        """See `Display.stopping`."""
        self._notice = _STOPPING

    def close(self) -> None:
        """See `Display.close`."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def picture(self, snapshot: Snapshot) -> "RenderableType":
        """Return what is drawn of *snapshot*."""
        from rich.console import Group

        seconds = int(time.monotonic() - self._began)
        parts: list[RenderableType] = [
            styled(
                Styled("Scanning  ", "bold"),
                Styled(f"{seconds // 60}:{seconds % 60:02}", "dim"),
                f"   {_found(snapshot) or 'nothing found yet'}",
            ),
            _queues(snapshot),
        ]
        parts += [styled(Styled(f"  {find.kind:<16}", "cyan"), find.key) for find in snapshot.newest]
        if snapshot.unknown:
            parts.append(
                styled(Styled(f"{_at_least(snapshot.unknown)} answers are unknown, not clean", "yellow"))
            )
        if snapshot.progress.blocked:
            parts.append(styled(Styled(f"waiting: {snapshot.progress.blocked}", "yellow")))
        if self._notice:
            parts.append(styled(Styled(self._notice, "bold yellow")))
        return Group(*parts)


def _queues(snapshot: Snapshot) -> "Table":
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="dim")
    table.add_column("stage")
    for column in ("waiting", "running", "again later", "done", "dead"):
        table.add_column(column, justify="right")
    for depth in snapshot.progress.queues:
        done = snapshot.progress.totals.get(depth.queue)
        numbers = (depth.waiting, depth.leased, depth.delayed, done.done if done else 0)
        dead = styled(Styled(str(depth.dead), "bold red" if depth.dead else "dim"))
        table.add_row(styled(depth.queue), *(f"{number:,}" for number in numbers), dead)
    return table


class LineDisplay:
    """One line now and then, for logs and pipes; it goes to standard error, the result to standard output."""

    def __init__(self, output: Output, *, period_s: float = _LINE_PERIOD_S) -> None:
        self._output = output
        self._period_s = period_s
        self._last = float("-inf")
        self._said = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def show(self, snapshot: Snapshot) -> None:
        """See `Display.show`."""
        now = time.monotonic()
        if now - self._last < self._period_s and not snapshot.progress.is_idle:
            return
        self._last = now
        line = _line(snapshot)
        if line != self._said:
            self._said = line
            self._output.notice(line)

    def stopping(self) -> None:
        """See `Display.stopping`."""
        self._output.notice(_STOPPING)

    def close(self) -> None:
        """See `Display.close`."""


class JsonDisplay:
    """One JSON object a line: each find as it comes, and how the queues stand."""

    def __init__(self, output: Output, *, period_s: float = 1.0) -> None:
        self._output = output
        self._period_s = period_s
        self._last = float("-inf")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def show(self, snapshot: Snapshot) -> None:
        """See `Display.show`."""
        for find in snapshot.new:
            self._output.event({"event": "found", "kind": find.kind, "key": find.key})
        now = time.monotonic()
        if now - self._last < self._period_s and not snapshot.progress.is_idle:
            return
        self._last = now
        self._output.event(
            {
                "event": "progress",
                "entities": snapshot.counts,
                "unknown": snapshot.unknown,
                "queues": [_queue(snapshot, depth) for depth in snapshot.progress.queues],
            }
        )

    def stopping(self) -> None:
        """See `Display.stopping`."""
        self._output.event({"event": "stopping"})

    def close(self) -> None:
        """See `Display.close`."""


def _queue(snapshot: Snapshot, depth: Any) -> dict[str, Any]:
    done = snapshot.progress.totals.get(depth.queue)
    return {
        "queue": depth.queue,
        "waiting": depth.waiting,
        "running": depth.leased,
        "delayed": depth.delayed,
        "done": done.done if done else 0,
        "dead": depth.dead,
    }


def _found(snapshot: Snapshot) -> str:
    counts = snapshot.counts
    return ", ".join(f"{counts[kind]:,} {kind}" for kind in _SHOWN_KINDS if counts.get(kind))


def _line(snapshot: Snapshot) -> str:
    queues = snapshot.progress.queues
    waiting = sum(depth.waiting + depth.delayed for depth in queues)
    running = sum(depth.leased for depth in queues)
    done = sum(total.done for total in snapshot.progress.totals.values())
    parts = [
        f"waiting {waiting:,}, running {running:,}, done {done:,}",
        _found(snapshot) or "nothing found yet",
    ]
    if snapshot.unknown:
        parts.append(f"{_at_least(snapshot.unknown)} answers unknown")
    if dead := sum(depth.dead for depth in queues):
        parts.append(f"{dead:,} dead letters")
    return "; ".join(parts)


def _at_least(number: int) -> str:
    return f"{number:,} or more" if number >= 1_000 else f"{number:,}"
