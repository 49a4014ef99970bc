from pathlib import Path

import pytest

from chariot.entrypoints.cli.invocation import Invocation, actor
from chariot.errors import InvalidError

from .conftest import Run


def test_options_win_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("home = '/somewhere'\norganisation = 'other'\nseeds = ['example.com']\n")
    invocation = Invocation()
    invocation.config = file
    invocation.home = str(tmp_path)

    settings = invocation.settings()

    assert settings.home == str(tmp_path)
    assert settings.organisation == "other"
    assert settings.seeds == ("example.com",)


def test_the_settings_file_may_stand_in_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHARIOT_CONFIG", str(tmp_path / "settings.toml"))

    assert Invocation().config == tmp_path / "settings.toml"


def test_history_remembers_who_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "ada")

    assert actor() == "cli:ada"


@pytest.mark.parametrize("name", ["../x", "Ünter", "shared", "system", "a" * 64])
def test_a_name_that_no_organisation_can_have_is_refused(tmp_path: Path, name: str) -> None:
    invocation = Invocation()
    invocation.home = str(tmp_path)
    invocation.organisation = name

    with pytest.raises(InvalidError, match="organisation: is not 1 to 63"):
        invocation.settings()


@pytest.mark.parametrize("option", ["--home", "--organisation", "--server", "--profile"])
def test_an_option_that_is_not_utf_8_is_wrong_usage(run: Run, option: str) -> None:
    ran = run(option, "a\udcff", "list", "risks")

    assert ran.code == 2
    assert f"Invalid value for '{option}': is not UTF-8" in ran.err


def test_who_has_no_home_folder_has_no_profiles(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setattr(Path, "home", nowhere)

    assert not Invocation().is_remote
