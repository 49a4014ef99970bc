"""Structured logs: one event a line, JSON for machines or colours for people, never a secret."""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from contextvars import ContextVar
from typing import Any, TextIO

import msgspec
import structlog

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
        else structlog.dev.ConsoleRenderer(colors=(stream or sys.stderr).isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            add_request_id,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.StackInfoRenderer(),
            *([structlog.processors.dict_tracebacks] if json else []),
            hide_secrets,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=stream or sys.stderr),
        cache_logger_on_first_use=False,
    )
