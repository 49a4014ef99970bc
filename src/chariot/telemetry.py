"""Structured logs: one event a line, JSON for machines or colours for people, never a secret."""

import logging
import sys
from collections.abc import Mapping, MutableMapping
from contextvars import ContextVar
from typing import Any, TextIO

import structlog

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the request that is being answered; empty outside of one."""

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
    """Name the request that is being answered, unless the event does so itself."""
    current = request_id.get()
    if current:
        event.setdefault("request_id", current)
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
