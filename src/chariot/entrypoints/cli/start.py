"""What the command `chariot` calls first: it loads nothing itself, so that Ctrl-C ends quietly from the start."""

import gc

from chariot.entrypoints.cli.exits import Exit


def main() -> int:
    """Run the command line and return its exit code."""
    collect_seldom()
    try:
        from chariot.entrypoints.cli.main import main as run
    except KeyboardInterrupt:
        # Loading takes a tenth of a second, in which there is nobody else to catch it.
        return Exit.INTERRUPTED
    return run()


def collect_seldom() -> None:
    """Let Python look for cycles after 10,000 new objects instead of 700.

    Almost nothing here is in a cycle, and a batch of observations alone is thousands of objects: to look through them
    again and again took a good part of the time of matching.
    """
    gc.set_threshold(10_000, 10, 10)
