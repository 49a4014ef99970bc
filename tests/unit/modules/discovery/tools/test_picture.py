from pathlib import Path

import pytest

from chariot.capability import CannotRunError
from chariot.model.keys import Key
from chariot.model.kinds.work import Attribute
from chariot.modules.discovery.tools.picture import named_by, picture_of

TARGET = Key("#webapplication#https://www.example.com/")
PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


def test_the_picture_of_a_target_has_one_name(tmp_path: Path):
    (tmp_path / "output.png").write_bytes(PNG)

    kept = picture_of(TARGET, tmp_path / "output.png")

    assert kept == picture_of(TARGET, tmp_path / "output.png")
    assert kept.path != picture_of(Key(f"{TARGET}a/"), tmp_path / "output.png").path
    assert [item.value for item in named_by(TARGET, "screenshot", kept) if isinstance(item, Attribute)] == [
        kept.path
    ]


@pytest.mark.parametrize("data", [b"", b"<html>", b"\xff\xd8\xff\xe0"])
def test_what_is_no_png_is_refused(tmp_path: Path, data: bytes):
    (tmp_path / "output.png").write_bytes(data)

    with pytest.raises(CannotRunError, match="no picture"):
        picture_of(TARGET, tmp_path / "output.png")


def test_a_link_is_not_followed(tmp_path: Path):
    (tmp_path / "other.png").write_bytes(PNG)
    (tmp_path / "output.png").symlink_to(tmp_path / "other.png")

    with pytest.raises(CannotRunError, match="no picture"):
        picture_of(TARGET, tmp_path / "output.png")
