"""Run `chariot` with a wall clock that jumps: `python shifted_clock.py AFTER_S BY_S ARGUMENT...`.

From AFTER_S seconds after the start on, the wall clock of this process alone stands BY_S seconds ahead (or behind,
below zero). The monotonic clock goes on as ever, as it does when a machine's clock is set.
"""

import ctypes
import datetime as dt
import gc
import sys
import time
from collections.abc import Callable
from typing import Any


def install(after_s: float, by_s: float) -> None:
    """Make the wall clock of this process jump once."""
    real_time, monotonic, began = time.time, time.monotonic, time.monotonic()

    def shifted() -> float:
        return real_time() + (by_s if monotonic() - began >= after_s else 0.0)

    def now(cls: type[dt.datetime], tz: dt.tzinfo | None = None) -> dt.datetime:
        return cls.fromtimestamp(shifted(), tz)

    time.time = shifted
    time.time_ns = lambda: int(shifted() * 1e9)
    _replace(dt.datetime, "now", classmethod(now))


def _replace(cls: type, name: str, method: object) -> None:
    """Replace a method of a type that is written in C: no assignment reaches it, and a subclass is another type."""
    table: dict[str, Any] = gc.get_referents(cls.__dict__)[0]
    table[name] = method
    modified: Callable[[Any], None] = ctypes.pythonapi.PyType_Modified
    modified(ctypes.py_object(cls))


def main() -> None:
    """Jump, and be `chariot`."""
    _, after_s, by_s, *arguments = sys.argv
    install(float(after_s), float(by_s))
    # Only now: modules may take hold of the clock when they are imported.
    from chariot.entrypoints.cli.main import main as chariot

    sys.argv = ["chariot", *arguments]
    sys.exit(chariot())


if __name__ == "__main__":
    main()
