"""What a line leaves open is answered as the conditions answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.modules.intel.aliases import Aliases
from chariot.modules.intel.answers import State
from chariot.modules.intel.cpe import parse
from chariot.modules.intel.lines import LineMatcher, line_of
from chariot.modules.intel.matching import ProductMatcher
from chariot.modules.intel.opened import OpenCves
from chariot.modules.intel.prepared import prepare
from chariot.modules.intel.records import CpeMatch, Node, ProductKey
from chariot.modules.intel.technology import read_technology
from chariot.modules.intel.versions import key

SERVER = ProductKey("a", "acme", "server")
ALIASES = Aliases.built_in()
NUMBERS = [f"{major}.{minor}.0" for major in range(3) for minor in range(3)]


def name(version="*", host="*"):
    return f"cpe:2.3:a:acme:server:{version}:*:*:*:*:{host}:*:*"


def open_cves(matches):
    """Return what is open of CVEs of one match each, what is prepared of them, and what judges all of it."""
    rows = [
        (f"CVE-2024-{1000 + number}", prepare(SERVER, [Node("OR", (match,))]))
        for number, match in enumerate(matches)
    ]
    line = LineMatcher(SERVER, line_of(SERVER, rows))
    product = parse(name("1.0.0"))
    return OpenCves(line, product, ALIASES), rows, ProductMatcher(product, rows, ALIASES)


def answered(opened, rows, version, beside=()):
    """Return what *opened* says of *version*, told of *rows* what it lacks."""
    told = opened.line.match(key(version), 99, alone=True)
    lacking = opened.missing([told])
    opened.take(lacking, [rows[index] for index in lacking])
    return opened.answer(name(version), told, beside)


MATCHES = st.one_of(
    st.builds(
        lambda version, host: CpeMatch(name(version, host)), st.sampled_from(NUMBERS), st.just("windows")
    ),
    st.builds(
        lambda low, host: CpeMatch(name("*", host), start_including=low),
        st.sampled_from(NUMBERS),
        st.sampled_from(["windows", "other"]),
    ),
    st.builds(lambda version: CpeMatch(name(version)), st.sampled_from(NUMBERS)),
)


@given(st.lists(MATCHES, min_size=1, max_size=6), st.lists(st.sampled_from(NUMBERS), min_size=1, max_size=6))
def test_the_answers_are_those_of_all_conditions_however_often_asked(matches, versions):
    opened, rows, entire = open_cves(matches)

    answers = [answered(opened, rows, one) for one in versions]

    assert answers == [entire.match(parse(name(one))) for one in versions]


def test_what_stands_beside_it_is_asked_each_time():
    opened, rows, _ = open_cves([CpeMatch(name("1.0.0", "windows"))])
    beside = [read_technology(parse("cpe:2.3:o:other:system:5:*:*:*:*:*:*:*"), ALIASES)]

    answer = answered(opened, rows, "1.0.0", beside)

    assert [match.state for match in answer] == [State.CANNOT_TELL]


def test_only_what_the_versions_meet_is_asked_for_and_only_once():
    opened, rows, _ = open_cves([CpeMatch(name("1.0.0", "windows")), CpeMatch(name("2.0.0", "windows"))])
    told = opened.line.match(key("1.0.0"), 99, alone=True)

    first = opened.missing([told])
    opened.take(first, [rows[0]])

    assert first == {0}
    assert opened.missing([told]) == set()


def test_of_a_cve_that_is_known_no_more_nothing_is_told():
    opened, _, _ = open_cves([CpeMatch(name("1.0.0", "windows"))])
    told = opened.line.match(key("1.0.0"), 99, alone=True)

    opened.take(opened.missing([told]), [])

    assert opened.answer(name("1.0.0"), told, ()) == ()


@pytest.mark.parametrize("version", ["1.0.0", "1.0"])
def test_how_a_version_is_written_matters_to_a_pattern_so_that_a_line_says_nothing(version):
    opened, _, entire = open_cves([CpeMatch(name("1.0*")), CpeMatch(name("1.0.0", "windows"))])

    told = opened.line.match(key(version), 99, alone=True)
    answer = entire.match(parse(name(version)))

    assert told is None
    assert [match.cve for match in answer] == ["CVE-2024-1000", "CVE-2024-1001"]
