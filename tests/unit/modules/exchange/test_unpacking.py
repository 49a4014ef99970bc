import zipfile
from pathlib import Path

import pytest

from chariot.errors import InvalidError
from chariot.modules.exchange.source import opened

CONTENT = b"one line\n" * 1_000


def zipped(path: Path, *members: tuple[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return path


def test_the_one_file_of_a_zip_is_read_whatever_it_is_called(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", ("../../etc/scan.txt", CONTENT), ("__MACOSX/._scan.txt", b"x"))

    with opened(path) as source:
        assert source.stream.read() == CONTENT
        source.stream.seek(0)
        assert source.stream.read(4) == CONTENT[:4]
    assert [one.name for one in tmp_path.iterdir()] == ["a.zip"]


@pytest.mark.parametrize("members", [(), (("a", b"1"), ("b", b"2"))])
def test_a_zip_of_no_or_several_files_is_refused(
    tmp_path: Path, members: tuple[tuple[str, bytes], ...]
) -> None:
    path = zipped(tmp_path / "a.zip", *members)
    path.write_bytes(path.read_bytes() if members else b"PK\x03\x04" + path.read_bytes())

    with pytest.raises(InvalidError, match="zip holds"), opened(path):
        pass


@pytest.mark.parametrize("cut", [4, 40, 100, -1])
def test_a_broken_zip_is_refused(tmp_path: Path, cut: int) -> None:
    path = zipped(tmp_path / "a.zip", ("scan.txt", CONTENT))
    path.write_bytes(path.read_bytes()[:cut])

    with pytest.raises(InvalidError), opened(path) as source:
        source.stream.read()


def test_a_zip_that_unpacks_beyond_all_measure_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", ("bomb", bytes(64 * 1024 * 1024)))

    with opened(path) as source, pytest.raises(InvalidError, match="unpacks to more than 250 times its size"):
        source.stream.read()


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_text_in_two_bytes_a_character_is_read_as_utf_8(tmp_path: Path, encoding: str) -> None:
    mark = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(encoding, b"")
    path = tmp_path / "a.csv"
    path.write_bytes(mark + "naïve,ü\n".encode(encoding))

    with opened(path) as source:
        assert source.stream.read().decode() == "naïve,ü\n"


def test_xml_in_two_bytes_a_character_is_left_to_its_reader(tmp_path: Path) -> None:
    data = '<?xml version="1.0" encoding="utf-16"?><a/>'.encode("utf-16")
    path = tmp_path / "a.xml"
    path.write_bytes(data)

    with opened(path) as source:
        assert source.stream.read() == data
