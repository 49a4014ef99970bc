"""Text from outside, on its way to a person's screen in another tool."""

from chariot.modules.exchange.report.html import safe_text

LINE_LIMIT = 500
TEXT_LIMIT = 10_000


def line(value: object, limit: int = LINE_LIMIT) -> str:
    r"""Return *value* as one line with what cannot be seen written as an escape, cut at *limit*.

    >>> line("a\n\u202eb")
    'a \\u202eb'
    """
    return " ".join(safe_text(value, limit).split())


def paragraphs(value: object, limit: int = TEXT_LIMIT) -> str:
    """Return *value* with its lines, what cannot be seen written as an escape, cut at *limit*."""
    return safe_text(value, limit)
