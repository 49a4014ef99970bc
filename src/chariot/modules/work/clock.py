"""What is said of a machine whose clock is wrong."""

from typing import Final

SKEW_S: Final = 60.0
"""By how much a clock may be off: tokens and certificates of others are judged by it."""


def wrong_clock(skew_s: float) -> str:
    """Return what to say of a clock that stands *skew_s* ahead of the database's; nothing where that is little."""
    if abs(skew_s) < SKEW_S:
        return ""
    way = "ahead of" if skew_s > 0 else "behind"
    return f"the clock of this machine stands {abs(skew_s):,.0f} s {way} the database's: set it right"
