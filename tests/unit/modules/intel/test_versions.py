"""The order of versions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.modules.intel.lines import LineMatcher, line_of
from chariot.modules.intel.prepared import prepare
from chariot.modules.intel.records import CpeMatch, Node, ProductKey
from chariot.modules.intel.versions import firmware_key, key, order_for

PIECES = st.sampled_from(
    [
        "1",
        "2",
        "10",
        "0",
        ".",
        "-",
        "_",
        "+",
        "(",
        ")",
        "a",
        "b",
        "k",
        "p",
        "rc",
        "beta",
        "final",
        "v",
        "é",
        "٣",
    ]
)
VERSIONS = st.one_of(st.lists(PIECES, max_size=8).map("".join), st.text(max_size=20))

ASCENDING = [
    [
        "1.0.dev1",
        "1.0-alpha",
        "1.0-alpha2",
        "1.0-beta1",
        "1.0-beta2",
        "1.0-rc1",
        "1.0",
        "1.0.1",
        "1.1",
        "2",
        "10",
    ],
    ["1.0.2", "1.0.2a", "1.0.2k", "1.0.2u", "1.0.2z", "1.0.2za", "1.1.0", "1.1.1", "1.1.1w", "3.0.0"],
    ["8.5", "8.5p1", "8.6p1", "9.2p1", "9.3", "9.3p1", "9.3p2", "9.9p1", "10.0p1"],
    ["7.4.17", "7.13.0", "7.13.6", "7.13.7", "7.14.0", "7.18.1"],
    ["8.0.0-beta1", "8.0.0-beta3", "8.0.0", "8.0.7", "8.1.0", "8.3.0-beta1", "8.3.0-beta2", "8.3.0"],
    ["2013-09-25", "2013-10-01", "2014-01-01"],
    ["5.2-5967-6", "5.2-5967-9", "5.2.1", "6.0.3-8754-3", "6.0.3-8754-6"],
    ["1.4.2_9", "1.4.2_25", "1.4.3"],
    ["12.2(33)sra1", "12.2(33)sra3", "12.2(50)sg5", "15.2(4)m2"],
    ["15.2(4)", "15.2(4)m2", "15.2(4)m3"],
    ["9.9.3a1", "9.9.3b1", "9.9.3b2", "9.9.3rc1", "9.9.3", "9.9.3-p1"],
    ["9.0.0.M1", "9.0.0.M27", "9.0.0", "9.0.1"],
    ["10.0.17763.1", "10.0.17763.973", "10.0.18362.1"],
    ["1.0-SNAPSHOT", "1.0", "1.0-sp1"],
]


@pytest.mark.parametrize("versions", ASCENDING, ids=lambda versions: versions[0])
def test_versions_ascend(versions):
    assert [key(v) for v in versions] == sorted({key(v) for v in versions})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1.0", "1.0.0"),
        ("9.1(7)16", "9.1.7.16"),
        ("9.1(6)", "9.1.6"),
        ("1", "1.0.0.0"),
        ("v1.2", "1.2"),
        ("1.0.Final", "1.0"),
        ("1.0-GA", "1.0"),
        ("1.0rc1", "1.0-RC.1"),
        ("9.3p1", "9.3-p1"),
        ("1.9.5p1", "1.9.5-patch1"),
        ("1.9.5p1", "1.9.5pl1"),
        ("15.5.4 HF1", "15.5.4 Hotfix 1"),
        ("2021.04", "2021.4"),
        ("1.2.3+build.5", "1.2.3"),
        ("1.0-rc", "1.0rc0"),
        ("", "0"),
    ],
)
def test_spellings_of_one_version_are_equal(one, other):
    assert key(one) == key(other)


@given(VERSIONS, VERSIONS, VERSIONS)
def test_the_order_is_total_and_transitive(one, two, three):
    first, second, third = sorted((one, two, three), key=key)

    assert key(first) <= key(second) <= key(third)
    assert key(first) <= key(third)


@given(VERSIONS, VERSIONS)
def test_exactly_one_of_before_equal_after_holds(one, two):
    assert [key(one) < key(two), key(one) == key(two), key(one) > key(two)].count(True) == 1


@given(
    st.lists(st.integers(0, 10**30), min_size=1, max_size=5),
    st.lists(st.integers(0, 10**30), min_size=1, max_size=5),
)
def test_numbers_order_as_numbers(one, two):
    width = max(len(one), len(two))
    padded = [tuple(v + [0] * (width - len(v))) for v in (one, two)]

    by_key = key(".".join(map(str, one))) < key(".".join(map(str, two)))

    assert by_key == (padded[0] < padded[1])


@given(st.from_regex(r"\A[0-9]{1,3}(\.[0-9]{1,3}){0,3}\Z"), st.integers(1, 99))
def test_a_pre_release_comes_before_and_a_patch_after(version, number):
    assert (
        key(f"{version}-rc{number}") < key(version) < key(f"{version}p{number}") < key(f"{version}.{number}")
    )


def test_a_very_long_number_is_a_version_too():
    assert key("9" * 250) < key("1" + "0" * 250)


def test_a_letter_is_a_build_in_firmware():
    assert key("1.08b04") < key("1.08")
    assert firmware_key("1.08") < firmware_key("1.08b03") < firmware_key("1.08b04")


@pytest.mark.parametrize(
    ("part", "product", "order"),
    [("a", "bind", key), ("o", "dir-815_firmware", firmware_key), ("a", "x_firmware", firmware_key)],
)
def test_the_order_fits_the_product(part, product, order):
    assert order_for(part, product) is order


BOUNDS = st.from_regex(r"\A[0-9]{1,2}(\.[0-9]{1,2}){0,2}(p[1-9]|-rc[1-9]|[a-k])?\Z")


@given(BOUNDS, BOUNDS, BOUNDS)
def test_a_range_holds_what_lies_between_its_bounds_in_the_order(low, high, version):
    match = CpeMatch("cpe:2.3:a:acme:server:*:*:*:*:*:*:*:*", start_including=low, end_excluding=high)
    part = prepare(ProductKey("a", "acme", "server"), [Node("OR", (match,))])

    told = LineMatcher(
        ProductKey("a", "acme", "server"),
        line_of(ProductKey("a", "acme", "server"), [("CVE-2024-1000", part)]),
    ).match(key(version), 99, alone=True)

    assert bool(told.found) == (key(low) <= key(version) < key(high))
