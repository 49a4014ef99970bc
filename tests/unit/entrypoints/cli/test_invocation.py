from pathlib import Path

import pytest

from chariot.entrypoints.cli.invocation import Invocation, actor


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
