"""Under which circumstances something is done: told once at the edge, and read by whoever writes entries below it."""

from contextvars import ContextVar

import msgspec


class Circumstances(msgspec.Struct, frozen=True):
    """Where a request came from."""

    address: str = ""
    request_id: str = ""
    subject: str = ""
    """Who asked, as `Identity.subject`; empty where nobody did."""


circumstances: ContextVar[Circumstances | None] = ContextVar("circumstances", default=None)
"""None where nobody asked: the pipeline works by itself."""
