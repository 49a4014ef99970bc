"""What the command `chariot` calls first: it loads nothing itself, so that Ctrl-C ends quietly from the start."""

from chariot.entrypoints.cli.exits import Exit


def main() -> int:
    """Run the command line and return its exit code."""
    try:
        from chariot.entrypoints.cli.main import main as run
    except KeyboardInterrupt:
        # Loading takes a tenth of a second, in which there is nobody else to catch it.
        return Exit.INTERRUPTED
    return run()
