"""Structured logs: one event a line, JSON for machines or colours for people, never a secret."""

import logging
import sys
from collections.abc import Generator, Mapping, MutableMapping
from contextlib import contextmanager
from typing import Any, TextIO

import structlog

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


@contextmanager
def bound(**fields: str) -> Generator[None, None, None]:
    """Put *fields* (a request id, an organisation) into every event that is logged inside the block."""
    with structlog.contextvars.bound_contextvars(**fields):
        yield
