"""What a process tells of itself: logs without secrets, how long the calls of its ports take, and traces.

Logs are structured: one event a line, JSON for machines or colours for people.
"""

import inspect
import logging
import re
import sys
import time
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, Protocol, TextIO, TypeVar, cast

import msgspec
import structlog
from structlog.tracebacks import ExceptionDictTransformer

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the request that is being answered; empty outside of one."""


class Trace(msgspec.Struct, frozen=True):
    """Where in a trace over many systems this is. Source: W3C Trace Context, section 3.2."""

    trace_id: str = ""
    parent_id: str = ""
    sampled: bool = False


NO_TRACE = Trace()
trace: ContextVar[Trace] = ContextVar("trace", default=NO_TRACE)
"""The trace that the request which is being answered belongs to."""
_TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_NOBODY = frozenset({"0" * 32, "0" * 16})


def trace_of(traceparent: str) -> Trace:
    """Return what a `traceparent` header names; one that is not valid names nothing.

    >>> trace_of("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01").sampled
    True
    """
    match = _TRACEPARENT.fullmatch(traceparent)
    # Later versions may add parts behind; version ff is none.
    if match is None or match[1] == "ff" or (match[1] == "00" and match[5]) or {match[2], match[3]} & _NOBODY:
        return NO_TRACE
    return Trace(match[2], match[3], bool(int(match[4], 16) & 1))


class Tracing(Protocol):
    """Keeps spans of the requests that are traced."""

    def starts(self, parent: Trace) -> bool:
        """Tell whether a request is traced: as its caller decided, else by lot. Costs next to nothing."""
        ...

    def span(
        self, name: str, parent: Trace = NO_TRACE
    ) -> AbstractContextManager[Callable[[str, str | int], None]]:
        """Return a span that lasts as long as the block; the block gets what adds a fact to it."""
        ...

    def current(self) -> str:
        """Return the `traceparent` of the span that lasts now; empty outside of one."""
        ...


traced: ContextVar[Tracing | None] = ContextVar("traced", default=None)
"""What keeps spans of the request that is being answered; None when it is not traced."""


def traceparent() -> str:
    """Return what the next system is told of the trace that this is part of; empty outside of one."""
    tracing, here = traced.get(), trace.get()
    if tracing is not None and (found := tracing.current()):
        return found
    return f"00-{here.trace_id}-{here.parent_id}-{int(here.sampled):02x}" if here.trace_id else ""


def trace_headers() -> dict[str, str]:
    """Return the headers by which another system learns of the trace that this is part of."""
    found = traceparent()
    return {"traceparent": found} if found else {}


@contextmanager
def following(tracing: Tracing | None, name: str, parent: str) -> Iterator[None]:
    """Let what the block does belong to the trace that *parent* names, and be a span when that is drawn."""
    found = trace_of(parent) if parent else NO_TRACE
    drawn = tracing if tracing is not None and tracing.starts(found) else None
    here, kept = trace.set(found), traced.set(drawn)
    try:
        if drawn is None:
            yield
        else:
            with drawn.span(name, found):
                yield
    finally:
        traced.reset(kept)
        trace.reset(here)


BUCKETS_S = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
T = TypeVar("T")


class PoolUse(msgspec.Struct, frozen=True):
    """How much of a bounded pool is in use."""

    size: int
    used: int
    waiting: int
    """Callers that wait for a place."""


Pools = Callable[[], Mapping[str, PoolUse]]
"""Returns the pools of one database, by name."""


class CallTimes:
    """How long the calls of ports took, in plain numbers of one event loop."""

    def __init__(self) -> None:
        self.times: dict[tuple[str, str], list[float]] = {}
        """By port and method: how many took up to each of `BUCKETS_S`, how many longer, and the seconds of all."""
        self.failures: dict[tuple[str, str], int] = {}

    def count(self, port: str, method: str, seconds: float, *, failed: bool) -> None:
        """Count one call."""
        name = (port, method)
        times = self.times.get(name)
        if times is None:
            times = self.times[name] = [0.0] * (len(BUCKETS_S) + 2)
        times[bisect_left(BUCKETS_S, seconds)] += 1
        times[-1] += seconds
        if failed:
            self.failures[name] = self.failures.get(name, 0) + 1


def watched(port: str, target: T, times: CallTimes) -> T:
    """Return *target* with its calls counted in *times*; those of a request that is traced are spans of it."""
    return cast("T", _Watched(port, target, times))


class _Watched:
    """Stands before an adapter. Methods that are no coroutines pass as they are."""

    def __init__(self, port: str, target: object, times: CallTimes) -> None:
        self._port = port
        self._target = target
        self._times = times

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._target, name)
        if inspect.iscoroutinefunction(found):
            found = self._counted(name, found)
        if inspect.isroutine(found):
            # Found here from now on. What is no method may be another thing next time.
            setattr(self, name, found)
        return found

    def _counted(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        async def counted(*arguments: Any, **options: Any) -> Any:
            started, failed = time.perf_counter(), True
            try:
                tracing = traced.get()
                if tracing is None:
                    result = await call(*arguments, **options)
                else:
                    with tracing.span(f"{self._port}.{name}"):
                        result = await call(*arguments, **options)
                failed = False
                return result
            finally:
                self._times.count(self._port, name, time.perf_counter() - started, failed=failed)

        return wraps(call)(counted)


_HIDDEN = "[hidden]"
_SECRET_WORDS = (
    "authorization",
    "token",
    "password",
    "secret",
    "signing_key",
    "cookie",
    "api_key",
    "channel",
    # What is about people.
    "email",
    "author",
    "account",
    "requested_by",
)


def hide_secrets(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Replace the value of each field whose name tells that it is secret, also inside mappings."""
    for name, value in event.items():
        if any(word in name.lower() for word in _SECRET_WORDS):
            event[name] = _HIDDEN
        elif isinstance(value, dict):
            event[name] = hide_secrets(_logger, _method, dict(value))
    return event


def add_request_id(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Name the request that is being answered and its trace, unless the event does so itself."""
    current = request_id.get()
    if current:
        event.setdefault("request_id", current)
    traced = trace.get()
    if traced.trace_id:
        event.setdefault("trace_id", traced.trace_id)
    return event


def configure_logging(*, json: bool, level: int = logging.INFO, stream: TextIO | None = None) -> None:
    """Set up structlog for this process: events of *level* and above go to *stream* (by default stderr)."""
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if json
        # The other formatters print local variables, and those hold what no log may.
        else structlog.dev.ConsoleRenderer(
            colors=(stream or sys.stderr).isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    tracebacks = structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False))
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            add_request_id,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.StackInfoRenderer(),
            *([tracebacks] if json else []),
            hide_secrets,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=stream or sys.stderr),
        cache_logger_on_first_use=False,
    )
