"""The order of versions in each ecosystem is total, and is that of the ecosystem."""

from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chariot.modules.intel.orders import ECOSYSTEMS, is_ordered, place
from chariot.modules.intel.packages import in_range
from chariot.modules.intel.records import PackageRange

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
    ("CRAN", ["1.2", "1.2-3", "1.2-10", "1.3"]),
    ("Hackage", ["1.2", "1.2.0", "1.10"]),
    ("ConanCenter", ["1.0.0-pre", "1.0.0", "1.1.0", "1.10.0"]),
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


ENDINGS = {
    "npm": ["-alpha", "-alpha.1", "-rc.11", "-x-y", "+build.5"],
    "crates.io": ["-alpha", "-beta.2", "+1"],
    "Go": ["-rc.1", "-0.20240101000000-abcdef012345", "+incompatible"],
    "Hex": ["-dev", "-rc.2"],
    "Pub": ["-nullsafety.1", "+2"],
    "SwiftURL": ["-beta"],
    "GitHub Actions": ["-rc1"],
    "PyPI": ["a1", "b2", "rc1", ".dev1", ".post1", "+local.1"],
    "Maven": ["-alpha-1", "-SNAPSHOT", ".Final", "-rc2", "-sp1", "-jre"],
    "RubyGems": [".pre", ".rc1", ".a", "-java"],
    "NuGet": ["-beta", "-beta.2", "-rc.1"],
    "Packagist": ["-dev", "-alpha1", "-RC2", "-patch1"],
    "Debian:12": ["~rc1-1", "-1+deb12u1", "+dfsg-2", "-1~bpo12+1"],
    "Ubuntu": ["-3ubuntu0.1", "-3ubuntu0.10", "-0ubuntu1~22.04.1"],
    "Alpine:v3.19": ["_alpha", "_rc1-r0", "_p1", "-r0", "-r12", "a-r1"],
    "Alpaquita": ["-r0", "_beta2"],
    "Wolfi": ["-r0", "-r10"],
    "Chainguard": ["-r3"],
    "Red Hat": ["-1.el8", "-10.el8_4", "~rc1-1.el9", "^git1-1"],
    "Rocky Linux": ["-1.el9", "-1.el9_2.1"],
    "AlmaLinux": ["-1.el8", "-2.el8.alma"],
    "SUSE": ["-150000.1.1", "-4.17.1"],
    "openSUSE": ["-lp154.1.1", "-1.1"],
    "openEuler": ["-1.oe2203"],
    "Mageia": ["-1.mga9"],
    "Photon OS": ["-1.ph5"],
    "Azure Linux": ["-1.azl3", "-2.azl3"],
    "MinimOS": ["-r0", "_rc1-r0"],
    "Bitnami": ["-rc.1"],
    "Julia": ["-rc1", "+1"],
    "ConanCenter": ["-pre", "+1"],
    "CRAN": ["-1", "-10"],
    "Bioconductor": [".1"],
    "Hackage": [".0", ".0.1"],
}


@st.composite
def three_in_one_ecosystem(draw):
    """Three versions as they are written in one ecosystem, more often alike than chance would have them."""
    ecosystem = draw(st.sampled_from(sorted(ENDINGS)))
    numbers = st.lists(st.sampled_from(["0", "1", "2", "9", "10"]), min_size=3, max_size=3).map(".".join)
    versions = st.builds(str.__add__, numbers, st.sampled_from(["", *ENDINGS[ecosystem]]))
    return ecosystem, draw(st.tuples(versions, versions, versions))


def test_every_ecosystem_that_is_known_is_tried():
    assert {name.partition(":")[0] for name in ENDINGS} == ECOSYSTEMS


@given(three_in_one_ecosystem())
def test_each_order_is_total(case):
    ecosystem, versions = case
    a, b, c = (place(ecosystem, version) for version in versions)

    assert (a < b) + (b < a) + (a == b) == 1
    assert (a <= b) == (not b < a)
    assert not (a <= b <= c) or a <= c
    assert not (a < b <= c) or a < c


@given(three_in_one_ecosystem())
def test_ranges_agree_with_the_order(case):
    ecosystem, (version, low, high) = case
    at, first, last = (place(ecosystem, one) for one in (version, low, high))
    fixed = PackageRange("ECOSYSTEM", (("introduced", low), ("fixed", high)))
    through = PackageRange("ECOSYSTEM", (("introduced", low), ("last_affected", high)))

    assume(first < last)
    assert in_range(at, fixed, ecosystem) == (first <= at < last)
    assert in_range(at, through, ecosystem) == (first <= at <= last)


@given(three_in_one_ecosystem())
def test_a_range_from_the_beginning_ends_where_it_is_fixed(case):
    ecosystem, (version, fixed, _) = case
    whole = PackageRange("ECOSYSTEM", (("fixed", fixed), ("introduced", "0")))

    found = in_range(place(ecosystem, version), whole, ecosystem)

    assert found == (place(ecosystem, version) < place(ecosystem, fixed))
