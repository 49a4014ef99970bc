"""Plots as inline SVG, drawn by us: no script, no font, no picture from elsewhere; all text is escaped."""

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup, escape

_ROW = 30
_LABEL_WIDTH = 116
_WIDTH = 460
_NUMBER_WIDTH = 52


class Bar(NamedTuple):
    """One bar: a label, a number, and the class that colours it."""

    label: str
    value: float
    style: str = "plain"


def bars(caption: str, items: Sequence[Bar]) -> Markup:
    """Return horizontal bars under each other, the longest as wide as there is room."""
    longest = max((item.value for item in items), default=0) or 1
    room = _WIDTH - _LABEL_WIDTH - _NUMBER_WIDTH
    parts = []
    for place, item in enumerate(items):
        top = place * _ROW
        width = max(room * item.value / longest, 2 if item.value else 0)
        parts.append(
            f'<text class="label" x="{_LABEL_WIDTH - 10}" y="{top + 20}" text-anchor="end">'
            f"{escape(item.label)}</text>"
            f'<rect class="track" x="{_LABEL_WIDTH}" y="{top + 6}" width="{room}" height="18" rx="4"/>'
            f'<rect class="bar {escape(item.style)}" x="{_LABEL_WIDTH}" y="{top + 6}"'
            f' width="{width:.1f}" height="18" rx="4"/>'
            f'<text class="number" x="{_LABEL_WIDTH + width + 8:.1f}" y="{top + 20}">{item.value:,.0f}</text>'
        )
    return _svg(caption, _WIDTH, max(len(items), 1) * _ROW, parts)


def histogram(caption: str, counts: Sequence[int], styles: Sequence[str]) -> Markup:
    """Return columns for ten equal bands of a score from 0 to 100."""
    highest = max(counts, default=0) or 1
    height, base, step = 180, 150, _WIDTH / max(len(counts), 1)
    parts = [f'<line class="axis" x1="0" y1="{base}" x2="{_WIDTH}" y2="{base}"/>']
    for place, count in enumerate(counts):
        tall = max((base - 24) * count / highest, 2 if count else 0)
        left = place * step + 4
        middle = place * step + step / 2
        band = f"{place * 10}-{place * 10 + (10 if place == 9 else 9)}"
        parts.append(
            f'<rect class="bar {escape(styles[place])}" x="{left:.1f}" y="{base - tall:.1f}"'
            f' width="{step - 8:.1f}" height="{tall:.1f}" rx="3"/>'
            f'<text class="tick" x="{middle:.1f}" y="{base + 18}" text-anchor="middle">{band}</text>'
        )
        if count:
            parts.append(
                f'<text class="number" x="{middle:.1f}" y="{base - tall - 6:.1f}" text-anchor="middle">'
                f"{count:,}</text>"
            )
    return _svg(caption, _WIDTH, height, parts)


def contribution(points: float, most: float) -> Markup:
    """Return one small bar for what a factor added: to the right of the middle line, or left of it."""
    half = 60
    length = min(abs(points) / (most or 1), 1) * (half - 2)
    left = half if points >= 0 else half - length
    style = "adds" if points >= 0 else "takes"
    parts = [
        f'<line class="axis" x1="{half}" y1="0" x2="{half}" y2="14"/>',
        f'<rect class="bar {style}" x="{left:.1f}" y="2" width="{max(length, 1):.1f}" height="10" rx="2"/>',
    ]
    return _svg(f"{points:+.1f} points", 2 * half, 14, parts, small=True)


def _svg(caption: str, width: int, height: int, parts: Sequence[str], *, small: bool = False) -> Markup:
    size = f' width="{width}" height="{height}"' if small else ""
    body = "".join(parts)
    return Markup(  # noqa: S704 - every text in it was escaped, every number formatted above
        f'<svg role="img" aria-label="{escape(caption)}" viewBox="0 0 {width} {height}"{size}>{body}</svg>'
    )
