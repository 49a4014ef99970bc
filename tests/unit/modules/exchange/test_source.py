import gzip
import hashlib
import io
import os
import sys
from pathlib import Path
from threading import Thread

import pytest

from chariot.errors import InvalidError, NotFoundError
from chariot.modules.exchange.source import STANDARD_INPUT, opened

CONTENT = b"one line\n" * 1_000


def test_a_file_is_known_by_its_digest(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(CONTENT)

    with opened(path) as source:
        assert source.stream.read() == CONTENT
        assert (source.sha256, source.size_bytes) == (hashlib.sha256(CONTENT).hexdigest(), len(CONTENT))


def test_a_packed_file_is_read_twice(tmp_path: Path) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(CONTENT))

    with opened(path) as source:
        assert source.stream.read(4) == CONTENT[:4]
        source.stream.seek(0)
        assert source.stream.read() == CONTENT
        assert source.stream.tell() == len(CONTENT)
        source.stream.seek(100)
        assert source.stream.read(50) == CONTENT[100:150]


def test_what_unpacks_beyond_all_measure_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(bytes(64 * 1024 * 1024)))

    with opened(path) as source, pytest.raises(InvalidError, match="unpacks to more than 250 times its size"):
        source.stream.read()


@pytest.mark.parametrize("cut", [3, 12, 100, -1])
def test_a_broken_packed_file_names_the_offset(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(os.urandom(5_000))[:cut])

    with (
        opened(path) as source,
        pytest.raises(InvalidError, match=r"a\.gz, offset .*: the packed file is broken"),
    ):
        source.stream.read()


def test_a_folder_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(InvalidError, match="is a folder; name the files in it"), opened(tmp_path):
        pass


def test_a_missing_file_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="there is no file"), opened(tmp_path / "none"):
        pass


def test_a_name_that_no_file_can_have_is_refused() -> None:
    with pytest.raises(InvalidError, match="cannot be read"), opened(Path("a\0b")):
        pass


def test_standard_input_is_kept_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(CONTENT)))

    with opened(STANDARD_INPUT) as source:
        assert source.name == "standard input"
        assert source.stream.read() == CONTENT
        source.stream.seek(0)
        assert source.stream.read() == CONTENT


def test_a_pipe_is_kept_meanwhile(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = Thread(target=path.write_bytes, args=(CONTENT,))
    writer.start()

    with opened(path) as source:
        assert source.stream.read() == CONTENT
        source.stream.seek(0)
        assert source.stream.read() == CONTENT
    writer.join()
