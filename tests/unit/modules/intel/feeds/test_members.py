"""Files in folders and archives."""

import io
import tarfile
import zipfile

import pytest

from chariot.errors import InvalidError
from chariot.modules.intel.feeds import members
from chariot.modules.intel.feeds.members import in_folder, in_tar, in_zip, names_in_zip


def zipped(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def tarred(files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def test_a_folder_gives_its_files_by_name_and_follows_no_link(tmp_path):
    (tmp_path / "b.json").write_text("b")
    (tmp_path / "a.json").write_text("a")
    (tmp_path / ".hidden").write_text("h")
    (tmp_path / "README.md").write_text("r")
    (tmp_path / "link.json").symlink_to("/etc/hostname")

    assert [(file.name, file.read()) for file in in_folder(tmp_path)] == [("a.json", b"a"), ("b.json", b"b")]


def test_an_archive_inside_an_archive_is_opened_once():
    inner = zipped({"y.json": b"2"})
    data = zipped({"x.json": b"1", "inner.zip": inner, "z.txt": b"3"})

    found = [(member.name, member.data) for member in in_zip(io.BytesIO(data), "x", len(data))]

    assert found == [("y.json", b"2"), ("x.json", b"1")]
    assert names_in_zip(io.BytesIO(data), "x") == ["x.json", "inner.zip", "z.txt"]


def test_a_tar_gives_its_files():
    data = tarred({"a.json": b"1", "b.txt": b"2"})

    assert [member.data for member in in_tar(io.BytesIO(data), "x")] == [b"1"]


@pytest.mark.parametrize("cut", [10, 60])
def test_a_cut_archive_is_refused(cut):
    data = tarred({"a.json": b"1" * 2_000})

    with pytest.raises(InvalidError):
        list(in_tar(io.BytesIO(data[:cut]), "x"))
    with pytest.raises(InvalidError):
        list(in_zip(io.BytesIO(zipped({"a.json": b"1" * 2_000})[:cut]), "x", cut))


def test_a_bomb_is_refused(monkeypatch):
    monkeypatch.setattr(members, "RATIO_FREE_BYTES", 1_000)
    data = zipped({f"{n}.json": b"\0" * 100_000 for n in range(10)})

    with pytest.raises(InvalidError, match="unpacks to more"):
        list(in_zip(io.BytesIO(data), "x", len(data)))
