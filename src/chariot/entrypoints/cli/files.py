"""Writing text to a file that a person named."""

from pathlib import Path

from chariot.modules.exchange.whole_file import whole_file


def write_atomically(path: Path, text: str) -> None:
    """Write *text* to *path*, whole or not at all; see `whole_file` for what it raises."""
    with whole_file(path) as file:
        file.write(text.encode())
