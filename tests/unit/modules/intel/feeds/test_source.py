"""Opening packed files within bounds."""

import bz2
import gzip
import lzma
import zipfile

import pytest

from chariot.errors import InvalidError, NotFoundError
from chariot.modules.intel.feeds import source
from chariot.modules.intel.feeds.source import open_feed_bytes

TEXT = b"cve,epss,percentile\n" * 100


def zipped(path, *names):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, TEXT)


def read(path, **limits):
    with open_feed_bytes(path, **limits) as stream:
        return stream.read()


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress])
def test_a_file_reads_the_same_however_it_is_packed(tmp_path, pack):
    path = tmp_path / "feed"
    path.write_bytes(pack(TEXT))

    assert read(path) == TEXT


def test_a_zip_of_one_file_is_that_file(tmp_path):
    zipped(tmp_path / "feed.zip", "nvd.json")

    assert read(tmp_path / "feed.zip") == TEXT


def test_a_zip_of_two_files_is_refused(tmp_path):
    zipped(tmp_path / "feed.zip", "one", "two")

    with pytest.raises(InvalidError, match="holds 2 files"):
        read(tmp_path / "feed.zip")


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
@pytest.mark.parametrize("kept", [0.5, 0.9])
def test_a_packed_file_that_is_cut_short_is_refused(tmp_path, pack, kept):
    packed = pack(bytes(range(256)) * 400)
    (tmp_path / "feed").write_bytes(packed[: int(len(packed) * kept)])

    with pytest.raises(InvalidError, match=r"cut short|damaged"):
        read(tmp_path / "feed")


def test_a_packed_file_that_is_damaged_is_refused(tmp_path):
    packed = bytearray(gzip.compress(bytes(range(256)) * 40))
    packed[len(packed) // 2] ^= 0xFF
    (tmp_path / "feed.gz").write_bytes(packed)

    with pytest.raises(InvalidError, match=r"damaged|cut short"):
        read(tmp_path / "feed.gz")


def test_a_decompression_bomb_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(source, "RATIO_FREE_BYTES", 1 << 16)
    (tmp_path / "bomb.gz").write_bytes(gzip.compress(b"\0" * (4 << 20)))

    with pytest.raises(InvalidError, match="decompression bomb"):
        read(tmp_path / "bomb.gz")


def test_a_plain_file_over_the_limit_is_refused(tmp_path):
    (tmp_path / "feed").write_bytes(TEXT)

    with pytest.raises(InvalidError, match="unpacks to more than 100 bytes"):
        read(tmp_path / "feed", max_unpacked_bytes=100)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(NotFoundError, match="nowhere"):
        read(tmp_path / "nowhere")


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(InvalidError):
        read(tmp_path)
