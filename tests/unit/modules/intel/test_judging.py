"""What is found out once for all versions is what the conditions say of each."""

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.modules.intel.test_prepared import ALIASES

from chariot.modules.intel.answers import MEANT, TOGETHER, UNCLEAR
from chariot.modules.intel.conditions import CompiledCve
from chariot.modules.intel.cpe import parse
from chariot.modules.intel.criteria import NO
from chariot.modules.intel.judging import NO_MATCH, judged_alone
from chariot.modules.intel.prepared import matches_in
from chariot.modules.intel.records import Candidate, CpeMatch, Node, ProductKey
from chariot.modules.intel.technology import ATTRIBUTES, read_technology
from chariot.modules.intel.versions import key

SERVER = ProductKey("a", "acme", "server")
NUMBERS = st.sampled_from(["1.0", "1.1", "2.0", "2.0.1", "3.0"])


def name(version="*", update="*", target="*"):
    return f"cpe:2.3:a:acme:server:{version}:{update}:*:*:*:{target}:*:*"


def found(nodes, *bounds):
    host, judged = judged_alone(SERVER, nodes, [key(one) for one in bounds], list(matches_in(nodes)))
    return host, [(low, high, ground, match) for low, _, high, _, ground, match in judged]


MATCHES = st.one_of(
    st.builds(lambda version, update: CpeMatch(name(version, update)), NUMBERS, st.sampled_from("*-")),
    st.builds(lambda version: CpeMatch(name(version, "p1")), NUMBERS),
    st.builds(lambda low, high: CpeMatch(name(), start_including=low, end_excluding=high), NUMBERS, NUMBERS),
    st.builds(lambda low, high: CpeMatch(name(), start_excluding=low, end_including=high), NUMBERS, NUMBERS),
    st.builds(lambda high: CpeMatch(name(target="wordpress"), end_excluding=high), NUMBERS),
    st.sampled_from([CpeMatch(name()), CpeMatch(name("-")), CpeMatch(name(), unclear=True)]),
)
PLATFORM = Node("OR", (CpeMatch("cpe:2.3:o:other:system:-:*:*:*:*:*:*:*", vulnerable=False),))
CHOICES = st.lists(MATCHES, min_size=1, max_size=4).map(lambda matches: Node("OR", tuple(matches)))
NODES = st.one_of(
    CHOICES,
    CHOICES.map(lambda own: Node("AND", children=(own, PLATFORM))),
    CHOICES.map(lambda own: Node("AND", children=(PLATFORM, own))),
    st.tuples(CHOICES, CHOICES).map(lambda both: Node("AND", children=both)),
)
VERSIONS = ["0.9", "1.0", "1.0.5", "1.0p1", "1.1", "1.5", "2.0", "2.0.0.1", "2.0.1", "2.7", "3.0", "4"]


@given(st.lists(NODES, min_size=1, max_size=3), st.sampled_from(VERSIONS))
def test_a_version_lies_in_the_stretch_that_says_what_the_conditions_say(nodes, version):
    matches = list(matches_in(nodes))
    bounds = [key(bound) for bound in [*VERSIONS, "1.1p1", "2.0p1", "2.0.1p1", "3.0p1"]]
    technology = read_technology(parse(name(key_only(version))), ALIASES)
    cve = CompiledCve(Candidate("", tuple(nodes)), frozenset((SERVER,)), lambda host: host != "*")

    _, judged = judged_alone(SERVER, nodes, bounds, matches)
    here = [one for one in judged if holds(one, technology.key)]
    verdict = cve.judge(technology, ())

    decided = [(ground == MEANT, match) for *_, ground, match in here]
    expected = verdict.criterion and matches.index(verdict.criterion.match)
    assert decided == ([] if verdict.truth == NO else [(verdict.truth > 1, expected)])


def key_only(version):
    """Return *version* as one that has no update beside it."""
    return version.partition("p")[0]


def holds(judged, version):
    low, low_included, high, high_included, _, _ = judged
    above = not low or low < version or (low_included and low == version)
    return above and (not high or version < high or (high_included and version == high))


def test_neighbours_that_say_the_same_are_one():
    ranges = CpeMatch(name(), start_including="1", end_excluding="3")

    assert found([Node("AND", children=(Node("OR", (ranges,)), PLATFORM))], "1", "2", "3") == (
        "",
        [(key("1"), key("3"), TOGETHER, 1)],
    )


def test_a_plugin_is_taken_to_run_in_the_host_that_all_criteria_name():
    node = Node("OR", (CpeMatch(name(target="wordpress"), end_excluding="2"),))

    assert found([node], "2") == ("wordpress", [(b"", key("2"), MEANT, 0)])


def test_an_update_that_is_not_known_is_told_beside_one_that_is_meant():
    nodes = [Node("OR", (CpeMatch(name("1.0", "p1")),))]

    _, judged = found(nodes, "1.0", "1.0p1")

    assert judged == [
        (key("1.0"), key("1.0"), ATTRIBUTES.index("update"), 0),
        (key("1.0p1"), key("1.0p1"), MEANT, 0),
    ]


def test_what_no_rule_reads_is_unclear_for_every_version():
    assert found([Node("OR", (CpeMatch(name(), unclear=True),))]) == ("", [(b"", b"", UNCLEAR, 0)])


def test_no_criterion_is_no_match():
    assert NO_MATCH not in range(10)
