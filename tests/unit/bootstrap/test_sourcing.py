import pytest

from chariot.bootstrap.sourcing import disabled_sources, make_desk, sources_of
from chariot.capability import CannotRunError
from chariot.errors import ConfigurationError
from chariot.modules.caching.breaker import Places
from chariot.modules.discovery.registry import load_capabilities
from chariot.settings import Settings, SourceSettings, load_settings


@pytest.fixture(scope="module")
def classes():
    return load_capabilities()


def test_every_source_is_off_until_it_is_named(classes):
    assert disabled_sources(Settings(), classes) == frozenset(sources_of(classes))
    assert "crtsh" not in disabled_sources(Settings(sources=("crtsh",)), classes)


@pytest.mark.parametrize(
    "settings", [{"sources": ("crtshh",)}, {"source_options": {"crtshh": SourceSettings()}}]
)
def test_a_source_that_there_is_not_is_named(classes, settings):
    with pytest.raises(ConfigurationError, match="crtshh"):
        disabled_sources(Settings(**settings), classes)


async def test_what_is_off_is_not_asked(classes):
    with pytest.raises(CannotRunError, match="not enabled"):
        await make_desk(Settings(), classes, Places("sources")).ask("crtsh", "/")


async def test_a_key_that_is_missing_is_named(classes):
    with pytest.raises(CannotRunError, match="CHARIOT_SOURCE_KEY_SHODAN"):
        await make_desk(Settings(sources=("shodan",)), classes, Places("sources")).ask("shodan", "/")


def test_keys_come_from_variables_and_are_not_shown(tmp_path):
    file = tmp_path / "chariot.toml"
    file.write_text('sources = ["shodan"]\n[source_options.shodan]\nper_minute = 5\n', encoding="utf-8")

    settings = load_settings(file, {"CHARIOT_SOURCE_KEY_SHODAN": "s3cret", "CHARIOT_SOURCES": "shodan,crtsh"})

    own = settings.source_options["shodan"]
    assert (own.key, own.per_minute, settings.sources) == ("s3cret", 5, ("shodan", "crtsh"))
    assert "s3cret" not in repr(settings)


def test_options_that_are_none_are_refused(tmp_path):
    file = tmp_path / "chariot.toml"
    file.write_text("source_options = 5\n", encoding="utf-8")

    with pytest.raises(ConfigurationError, match="source_options"):
        load_settings(file, {"CHARIOT_SOURCE_KEY_SHODAN": "s3cret"})
