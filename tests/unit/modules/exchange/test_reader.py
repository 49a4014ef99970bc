from pathlib import Path

import pytest

from chariot.errors import InvalidError
from chariot.modules.exchange.reader import FileReader
from chariot.modules.exchange.source import opened

from .conftest import HOST, NOON, Notes, note


class Counting(Notes):
    """Counts how often a file is read."""

    def __init__(self) -> None:
        self.checked = 0

    def check(self, stream: object) -> None:
        """See `Format.check`."""
        self.checked += 1


@pytest.mark.parametrize(("held_items", "checked"), [(100, 0), (1, 1)])
def test_few_records_are_held_and_many_are_read_again(tmp_path: Path, held_items: int, checked: int) -> None:
    (tmp_path / "file").write_bytes(note(HOST) * 5)
    chosen = Counting()
    with opened(tmp_path / "file") as source:
        reader = FileReader(chosen, source, complete=False, batch_items=10, held_items=held_items)
        reader.check()

        (batch,) = reader.batches(NOON)

    assert (batch.records, chosen.checked) == (5, checked)


def test_a_complete_file_covers_what_it_names(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(note(HOST))
    with opened(tmp_path / "file") as source:
        reader = FileReader(Notes(), source, complete=True, batch_items=10, held_items=10)
        reader.check()

        (batch,) = reader.batches(NOON)

    assert batch.covers == [(HOST.key, NOON)]


def test_a_broken_end_is_seen_before_anything_is_yielded(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(note(HOST) * 5 + b"broken")
    with opened(tmp_path / "file") as source:
        reader = FileReader(Notes(), source, complete=False, batch_items=10, held_items=1)

        with pytest.raises(InvalidError, match="line 6: is broken"):
            reader.check()
