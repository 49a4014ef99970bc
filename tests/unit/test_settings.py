from pathlib import Path

import pytest

from chariot.errors import ConfigurationError
from chariot.settings import Settings, load_settings


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('stroe = "x"', "there is no setting 'stroe'; is 'store' meant?"),
        ("zzzzzz = 1", r"there is no setting 'zzzzzz'$"),
        ("api_port = 70000", r"a setting is wrong: .*`\$.api_port`"),
        ("store = [", "cannot read the settings in .*: "),
        (b"store = '\xff'", "cannot read the settings in .*: "),
    ],
)
def test_a_file_that_is_wrong_is_refused_by_what_is_wrong(
    tmp_path: Path, text: str | bytes, said: str
) -> None:
    file = tmp_path / "chariot.toml"
    file.write_bytes(text.encode() if isinstance(text, str) else text)

    with pytest.raises(ConfigurationError, match=said):
        load_settings(file, {})


def test_a_file_that_is_not_there_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"cannot read the settings in .*none\.toml: No such file"):
        load_settings(tmp_path / "none.toml", {})


def test_a_variable_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "chariot.toml"
    file.write_text('store = "sqlite:///a.db"')

    assert load_settings(file, {"CHARIOT_STORE": "sqlite:///b.db"}).store == "sqlite:///b.db"


def test_a_home_below_nobody_s_folder_says_what_to_name() -> None:
    with pytest.raises(ConfigurationError, match="--home or CHARIOT_HOME"):
        _ = Settings(home="~nobody-of-that-name/data").home_path
