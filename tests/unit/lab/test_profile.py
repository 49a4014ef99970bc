import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.errors import ConfigurationError, NotFoundError
from chariot.lab.profile import LabProfile, profile_toml, read_profile, write_profile


def _profile(ca_file: str = "/x/lab-ca.pem") -> LabProfile:
    return LabProfile(
        seeds=("perimeter.test", "127.77.0.0/28"),
        resolver="127.77.255.53:15360",
        ports=(12128, 18087),
        ca_file=Path(ca_file),
        port_offset=7,
        size=40,
    )


def test_a_profile_is_read_as_it_was_written(tmp_path):
    path = write_profile(_profile(), tmp_path / "new")

    assert path == tmp_path / "new" / "lab.toml"
    assert read_profile(path) == _profile()


def test_settings_of_others_in_the_file_are_left_alone(tmp_path):
    path = write_profile(_profile(), tmp_path)
    path.write_text('store = "x"\n' + path.read_text() + "[other]\na = 1\n")

    assert read_profile(path) == _profile()


@given(folder=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1))
def test_any_path_survives_the_file(folder):
    profile = _profile(ca_file=folder)

    assert Path(tomllib.loads(profile_toml(profile))["ca_file"]) == profile.ca_file


def test_a_missing_profile_says_how_to_get_one(tmp_path):
    with pytest.raises(NotFoundError, match="start one with `chariot lab`"):
        read_profile(tmp_path / "lab.toml")


@pytest.mark.parametrize("content", [b"", b"seeds = 1", b"[", b"\xff", b"lab = 3"])
def test_another_file_is_not_a_profile(tmp_path, content):
    path = tmp_path / "lab.toml"
    path.write_bytes(content)

    with pytest.raises(ConfigurationError, match="is not a lab profile"):
        read_profile(path)


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(ConfigurationError, match="cannot write"):
        write_profile(_profile(), tmp_path / "file")
