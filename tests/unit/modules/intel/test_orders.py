"""The order of versions in each ecosystem is total, and is that of the ecosystem."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.modules.intel.orders import is_ordered, place

ASCENDING = [
    ("Debian:12", ["1.0~rc1-1", "1.0-1", "1.0-1+deb12u1", "1.0-2", "1:0.9-1"]),
    ("Ubuntu", ["8.9p1-3", "8.9p1-3ubuntu0.1", "8.9p1-3ubuntu0.10"]),
    ("Red Hat", ["1.0-1.el8", "1.0-2.el8", "1.10-1.el8", "1:0.1-1.el8"]),
    ("PyPI", ["1.0.dev1", "1.0a1", "1.0rc1", "1.0", "1.0.post1", "1!0.1"]),
    ("npm", ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-rc.1", "1.0.0", "1.0.10"]),
    ("Go", ["v1.0.0-rc.1", "v1.0.0", "v1.2.0", "v1.10.0"]),
    ("Maven", ["1.0-alpha-1", "1.0-SNAPSHOT", "1.0", "1.0.1", "1.10"]),
    ("RubyGems", ["1.0.0.pre", "1.0.0", "1.0.1", "1.0.10"]),
    ("NuGet", ["1.0.0-beta", "1.0.0", "1.0.0.1", "1.0.1"]),
    ("crates.io", ["0.1.0-alpha", "0.1.0", "0.2.0"]),
    ("Alpine:v3.19", ["1.2.3_rc1-r0", "1.2.3-r0", "1.2.3-r1", "1.2.3a-r0", "1.2.4-r0"]),
    ("Packagist", ["1.0.0-beta1", "1.0.0", "1.0.1"]),
]


@pytest.mark.parametrize(("ecosystem", "versions"), ASCENDING)
def test_versions_stand_in_the_order_of_their_ecosystem(ecosystem, versions):
    placed = [place(ecosystem, version) for version in versions]

    assert all(low < high and not high < low for low, high in pairwise(placed))


@pytest.mark.parametrize(
    ("ecosystem", "version"),
    [
        ("PyPI", "banana"),
        ("npm", "latest"),
        ("Debian", ""),
        ("Go", "x" * 300),
        ("Maven", "\0"),
        ("Nowhere", "1.0"),
    ],
)
def test_what_is_no_version_stands_nowhere(ecosystem, version):
    assert place(ecosystem, version) is None


def test_an_ecosystem_is_known_with_and_without_its_release():
    assert (is_ordered("Debian"), is_ordered("Debian:12"), is_ordered("Nowhere")) == (True, True, False)


NUMBER = st.integers(0, 12).map(str)
VERSIONS = st.lists(NUMBER, min_size=3, max_size=3).map(".".join)


@given(
    st.sampled_from(["npm", "PyPI", "Debian", "Red Hat", "Maven", "RubyGems", "NuGet"]),
    VERSIONS,
    VERSIONS,
    VERSIONS,
)
def test_the_order_is_total(ecosystem, one, two, three):
    a, b, c = (place(ecosystem, version) for version in (one, two, three))

    assert (a < b) + (b < a) + (a == b) == 1
    assert not (a <= b <= c) or a <= c
    assert (a < b) == ([int(n) for n in one.split(".")] < [int(n) for n in two.split(".")])
