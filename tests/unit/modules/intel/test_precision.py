"""Versions that are cut short."""

import pytest

from chariot.modules.intel.precision import ceiling, is_short, known_versions, shortest_usual
from chariot.modules.intel.records import CpeMatch, Node, ProductKey

SERVER = ProductKey("a", "acme", "server")


def nodes(*versions):
    matches = [CpeMatch(f"cpe:2.3:a:acme:server:{version}:*:*:*:*:*:*:*") for version in versions]
    ranges = [
        CpeMatch("cpe:2.3:a:acme:server:*:*:*:*:*:*:*:*", end_excluding=version) for version in versions
    ]
    return [Node("OR", tuple(matches + ranges))]


@pytest.mark.parametrize(
    ("versions", "length"),
    [
        (("2.4.1", "2.4.2", "2.4.49", "2.4.50"), 3),
        (("4.87", "4.91", "4.92", "4.92.1"), 2),
        (("9.2", "9.3", "8.5p1", "8.6p1"), 2),
        (("10", "11", "12", "13.1"), 1),
        (("2.4.1", "2.4.2"), 1),
        (("2.4.x", "2.5.x", "2.4.49-rc1", "2.4..50"), 2),
        (("x1.2.3", "final", "beta", "-"), 1),
    ],
)
def test_a_products_own_criteria_show_how_long_its_versions_are(versions, length):
    assert shortest_usual(known_versions(nodes(*versions), {SERVER})) == length


def test_other_products_say_nothing():
    assert list(known_versions(nodes("1.1.1", "1.1.2"), set())) == []


@pytest.mark.parametrize(
    ("version", "short"), [("2", True), ("2.4", True), ("2.4.1", False), ("9p1", False), ("", False)]
)
def test_one_or_two_numbers_are_short(version, short):
    assert is_short(version) == short


@pytest.mark.parametrize(("version", "end"), [("2.4", "2.5"), ("2", "3"), ("2.9", "2.10"), ("2.0", "2.1")])
def test_the_ceiling_comes_after_all_that_begin_alike(version, end):
    assert ceiling(version) == end
