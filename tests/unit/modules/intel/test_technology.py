"""A technology read for matching."""

import pytest

from chariot.modules.intel.aliases import Aliases
from chariot.modules.intel.cpe import parse
from chariot.modules.intel.technology import read_technology
from chariot.modules.intel.versions import key

ALIASES = Aliases.built_in()


def read(version, update="*", other="*"):
    return read_technology(parse(f"cpe:2.3:a:openbsd:openssh:{version}:{update}:*:*:*:*:*:{other}"), ALIASES)


@pytest.mark.parametrize(("version", "update"), [("9.3p1", "*"), ("9.3", "p1"), ("9.3_p1", "*")])
def test_an_update_is_found_where_it_was_written(version, update):
    technology = read(version, update)

    assert (technology.base, technology.key, technology.attributes[0]) == (key("9.3"), key("9.3p1"), "p1")


def test_a_letter_is_part_of_the_version():
    technology = read("1.0.2k")

    assert (technology.base, technology.attributes[0]) == (key("1.0.2k"), "*")


@pytest.mark.parametrize("version", ["*", "-"])
def test_an_unknown_version_has_no_key(version):
    assert read(version).key == b""


def test_the_mark_of_a_distribution_is_no_attribute():
    technology = read("9.2", "p1", r"debian_2\+deb12u7")

    assert (technology.distribution.name, technology.attributes[-1]) == ("Debian", "*")


def test_another_mark_stays_an_attribute():
    technology = read("9.2", "p1", "model_7")

    assert (technology.distribution, technology.attributes[-1]) == (None, "model_7")


@pytest.mark.parametrize(
    ("version", "ceiling"),
    [("9", key("10")), ("2.4", key("2.5")), ("2.4.49", b""), ("9.3p1", b""), ("1.0a", b""), ("*", b"")],
)
def test_a_short_version_ends_where_the_next_begins(version, ceiling):
    assert read(version).ceiling == ceiling
