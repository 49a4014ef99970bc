"""What a line leaves open is answered as the conditions answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.modules.intel.aliases import Aliases
from chariot.modules.intel.cpe import parse
from chariot.modules.intel.lines import LineMatcher, line_of
from chariot.modules.intel.matching import ProductMatcher, State
from chariot.modules.intel.opened import OpenCves
from chariot.modules.intel.prepared import prepare
from chariot.modules.intel.records import CpeMatch, Node, ProductKey
from chariot.modules.intel.technology import read_technology
from chariot.modules.intel.versions import key

SERVER = ProductKey("a", "acme", "server")
ALIASES = Aliases.built_in()
NUMBERS = [f"{major}.{minor}.0" for major in range(3) for minor in range(3)]


def name(version="*", update="*"):
    return f"cpe:2.3:a:acme:server:{version}:{update}:*:*:*:*:*:*"


def open_cves(matches):
    """Return what is open of CVEs of one match each, and what judges all of their conditions."""
    rows = [
        (f"CVE-2024-{1000 + number}", prepare(SERVER, [Node("OR", (match,))]))
        for number, match in enumerate(matches)
    ]
    line = LineMatcher(SERVER, line_of(SERVER, rows))
    left = line.open_cves(alone=True)
    product = parse(name("1.0.0"))
    opened = OpenCves(line, product, [row for row in rows if row[0] in left], ALIASES)
    return opened, ProductMatcher(product, rows, ALIASES)


MATCHES = st.one_of(
    st.builds(
        lambda version, update: CpeMatch(name(version, update)), st.sampled_from(NUMBERS), st.just("p1")
    ),
    st.builds(
        lambda low, update: CpeMatch(name("*", update), start_including=low),
        st.sampled_from(NUMBERS),
        st.sampled_from(["p1", "p2"]),
    ),
    st.builds(lambda version: CpeMatch(name(version)), st.sampled_from(NUMBERS)),
)


@given(st.lists(MATCHES, min_size=1, max_size=6), st.lists(st.sampled_from(NUMBERS), min_size=1, max_size=6))
def test_the_answers_are_those_of_all_conditions_however_often_asked(matches, versions):
    opened, entire = open_cves(matches)

    answers = [opened.answer(name(one), opened.line.match(key(one), 99, alone=True), ()) for one in versions]

    assert answers == [entire.match(parse(name(one))) for one in versions]


def test_what_stands_beside_it_is_asked_each_time():
    opened, _ = open_cves([CpeMatch(name("1.0.0", "p1"))])
    told = opened.line.match(key("1.0.0"), 99, alone=True)
    beside = [read_technology(parse("cpe:2.3:o:other:system:5:*:*:*:*:*:*:*"), ALIASES)]

    answer = opened.answer(name("1.0.0"), told, beside)

    assert [match.state for match in answer] == [State.CANNOT_TELL]


@pytest.mark.parametrize("version", ["1.0.0", "1.0"])
def test_how_a_version_is_written_matters_to_a_pattern(version):
    opened, entire = open_cves([CpeMatch(name("1.0*")), CpeMatch(name("1.0.0", "p1"))])
    technology = parse(name(version))

    told = opened.line.match(key(version), 99, alone=True)
    answer = entire.match(technology) if told is None else opened.answer(name(version), told, ())

    assert [match.cve for match in answer] == ["CVE-2024-1000", "CVE-2024-1001"]
