"""Affected, not affected, cannot tell."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.modules.intel.aliases import Aliases
from chariot.modules.intel.answers import State
from chariot.modules.intel.conditions import CompiledCve
from chariot.modules.intel.cpe import parse, quote
from chariot.modules.intel.matching import ProductMatcher, match
from chariot.modules.intel.prepared import rows_of
from chariot.modules.intel.records import Candidate, CpeMatch, Node, ProductKey
from chariot.modules.intel.technology import read_technology
from chariot.modules.intel.versions import key

ALIASES = Aliases.built_in()
YES, NO, OPEN = State.AFFECTED, State.NOT_AFFECTED, State.CANNOT_TELL


def name(product, *rest):
    values = [*product.split(":"), *rest]
    return "cpe:2.3:" + ":".join(values + ["*"] * (11 - len(values)))


def one_of(*matches):
    return Node("OR", matches)


def answer(technology, *configurations, beside=()):
    (result,) = match(
        parse(technology),
        [Candidate("CVE-2024-1000", configurations)],
        ALIASES,
        beside=[parse(other) for other in beside],
    )
    return result


SERVER = "a:acme:server"
ACME = ProductKey("a", "acme", "server")


@pytest.mark.parametrize(
    ("bounds", "version", "state"),
    [
        ({"end_excluding": "2.0"}, "1.9.9", YES),
        ({"end_excluding": "2.0"}, "2.0", NO),
        ({"end_excluding": "2.0"}, "2.0-rc1", YES),
        ({"end_including": "2.0"}, "2.0", YES),
        ({"end_including": "2.0"}, "2.0.0", YES),
        ({"end_including": "2.0"}, "2.0p1", YES),
        ({"end_including": "2.0"}, "2.0.1", NO),
        ({"start_including": "1.0"}, "1.0", YES),
        ({"start_including": "1.0"}, "0.9", NO),
        ({"start_excluding": "1.0"}, "1.0", NO),
        ({"start_excluding": "1.0"}, "1.0.1", YES),
        ({"start_including": "1.0.2", "end_excluding": "1.0.2k"}, "1.0.2j", YES),
        ({"start_including": "1.0.2", "end_excluding": "1.0.2k"}, "1.0.2k", NO),
        ({"end_excluding": r"7.0\(2\)"}, "7.0(1)", YES),
        ({}, "1.0", YES),
    ],
)
def test_a_version_is_judged_by_its_bounds(bounds, version, state):
    technology = name(SERVER, quote(version))

    assert answer(technology, one_of(CpeMatch(name(SERVER), **bounds))).state == state


@pytest.mark.parametrize(
    ("listed", "found", "state"),
    [
        (("9.3",), ("9.3",), YES),
        (("9.3",), ("9.3", "p1"), YES),
        (("9.3",), ("9.3.0",), YES),
        (("9.3",), ("9.4",), NO),
        (("9.3", "p1"), ("9.3", "p1"), YES),
        (("9.3", "p1"), ("9.3p1",), YES),
        (("9.3p1",), ("9.3", "p1"), YES),
        (("9.3", "p1"), ("9.3", "p2"), NO),
        (("9.3", "p1"), ("9.3", "-"), NO),
        (("9.3", "p1"), ("9.3",), OPEN),
        (("9.3", "p1"), ("9.4",), NO),
        (("9.3", "-"), ("9.3",), YES),
        (("9.3", "-"), ("9.3", "p2"), NO),
        (("9.3", "p?"), ("9.3", "p2"), YES),
        (("9.*",), ("9.7",), YES),
        (("9.*",), ("8.7",), NO),
        (("-",), ("-",), YES),
        (("-",), ("1.0",), NO),
    ],
)
def test_a_listed_version_is_judged_with_its_update(listed, found, state):
    assert answer(name(SERVER, *found), one_of(CpeMatch(name(SERVER, *listed)))).state == state


def test_an_open_update_cannot_be_told_when_the_cve_tells_updates_apart():
    result = answer(
        name(SERVER, "9.3"), one_of(CpeMatch(name(SERVER, "9.3", "-")), CpeMatch(name(SERVER, "9.3", "p1")))
    )

    assert (result.state, result.probe.kind) == (OPEN, "update")


@pytest.mark.parametrize("version", ["*", "-"])
def test_an_unknown_version_cannot_be_told_and_asks_for_it(version):
    result = answer(
        name(SERVER, version),
        one_of(CpeMatch(name(SERVER, "1.0")), CpeMatch(name(SERVER), end_excluding="1")),
    )

    assert (result.state, result.probe.kind) == (OPEN, "version")


@pytest.mark.parametrize(
    ("other", "who"),
    [(r"debian_2\+deb12u7", "Debian"), ("ubuntu_3ubuntu0.13", "Ubuntu"), ("el9", "Red Hat")],
)
def test_a_distributions_build_in_the_range_cannot_be_told(other, who):
    technology = name("a:openbsd:openssh", "9.2", "p1", "*", "*", "*", "*", "*", other)

    result = answer(technology, one_of(CpeMatch(name("a:openbsd:openssh"), end_excluding="9.3")))

    assert (result.state, result.probe.kind) == (OPEN, "package")
    assert who in result.reason
    assert "back-ports fixes without changing the version" in result.reason


def test_a_distributions_build_outside_the_range_is_not_affected():
    technology = name("a:openbsd:openssh", "9.6", "p1", "*", "*", "*", "*", "*", r"debian_1\+deb13u1")

    assert answer(technology, one_of(CpeMatch(name("a:openbsd:openssh"), end_excluding="9.3"))).state == NO


@pytest.mark.parametrize(
    ("wanted", "found", "state"),
    [
        ("windows", "windows", YES),
        ("windows", "linux", NO),
        ("windows", "*", OPEN),
        ("win*", "windows", YES),
        ("wordpress", "*", YES),
    ],
)
def test_a_narrowed_criterion_asks_for_its_attribute(wanted, found, state):
    listed = name(SERVER, "*", "*", "*", "*", "*", wanted)
    technology = name(SERVER, "1.0", "*", "*", "*", "*", found)

    assert answer(technology, one_of(CpeMatch(listed, end_excluding="2"))).state == state


@pytest.mark.parametrize(
    ("version", "state"),
    [("2.441", YES), ("2.442", NO), ("2.426.2", YES), ("2.426.3", NO), ("2.440.1", NO)],
)
def test_the_lines_of_a_product_are_kept_apart(version, state):
    weekly = CpeMatch(name("a:jenkins:jenkins", "*", "*", "*", "*", "-"), end_excluding="2.442")
    stable = CpeMatch(name("a:jenkins:jenkins", "*", "*", "*", "*", "lts"), end_excluding="2.426.3")

    assert answer(name("a:jenkins:jenkins", version), one_of(weekly, stable)).state == state


def test_a_renamed_product_is_the_same():
    assert (
        answer(
            name("a:nginx:nginx", "1.18.0"), one_of(CpeMatch(name("a:f5:nginx"), end_excluding="1.20.1"))
        ).state
        == YES
    )


ON_WINDOWS = Node(
    "AND",
    children=(
        one_of(CpeMatch(name(SERVER), end_excluding="2")),
        one_of(CpeMatch(name("o:microsoft:windows", "-"), vulnerable=False)),
    ),
)


@pytest.mark.parametrize(
    ("version", "beside", "state"),
    [
        ("1.0", ["o:microsoft:windows:-"], YES),
        ("1.0", ["o:microsoft:windows:*"], YES),
        ("1.0", ["o:debian:debian_linux:12"], NO),
        ("1.0", ["a:acme:agent:1"], OPEN),
        ("1.0", [], OPEN),
        ("2.0", ["o:microsoft:windows:-"], NO),
        ("2.0", [], NO),
    ],
)
def test_running_on_a_platform_counts_only_when_it_is_there(version, beside, state):
    result = answer(name(SERVER, version), ON_WINDOWS, beside=[name(other) for other in beside])

    assert result.state == state


def test_a_missing_platform_is_what_the_probe_asks_for():
    result = answer(name(SERVER, "1.0"), ON_WINDOWS)

    assert (result.probe.kind, "microsoft windows" in result.reason) == ("platform", True)


def test_firmware_that_runs_shows_that_its_device_is_there():
    device = Node(
        "AND",
        children=(
            one_of(CpeMatch(name("o:acme:router_firmware"), end_including="1.4")),
            one_of(CpeMatch(name("h:acme:router", "-"), vulnerable=False)),
        ),
    )

    assert answer(name("o:acme:router_firmware", "1.3"), device).state == YES


def test_another_product_of_the_same_choice_says_nothing_about_this_one():
    both = Node(
        "AND",
        children=(
            one_of(CpeMatch(name(SERVER, "1.0")), CpeMatch(name("a:acme:agent"))),
            one_of(CpeMatch(name("o:acme:os"), vulnerable=False)),
        ),
    )

    assert answer(name(SERVER, "3.0"), both, beside=[name("o:acme:os", "1")]).state == NO


def test_a_negated_condition_turns_the_answer_round():
    fixed = Node("AND", (CpeMatch(name(SERVER), start_including="2"),), negate=True)

    assert [answer(name(SERVER, v), fixed).state for v in ("1", "2")] == [YES, NO]


def test_one_configuration_that_holds_is_enough():
    assert answer(name(SERVER, "1.0"), ON_WINDOWS, one_of(CpeMatch(name(SERVER, "1.0")))).state == YES


def test_an_answer_shows_its_evidence_and_confidence():
    result = answer(
        name(SERVER, "1.5"), one_of(CpeMatch(name(SERVER), start_including="1", end_excluding="2"))
    )

    assert result.reason == "listed as affected: from 1, before 2"
    assert result.criterion == f"{name(SERVER)} (from 1, before 2)"
    assert 0.5 < result.confidence < 1


def test_no_bound_at_all_is_weaker_evidence():
    loose = answer(name(SERVER, "1.5"), one_of(CpeMatch(name(SERVER))))
    exact = answer(name(SERVER, "1.5"), one_of(CpeMatch(name(SERVER, "1.5"))))

    assert loose.confidence < exact.confidence


def test_the_same_cve_under_two_names_is_answered_once():
    candidates = [
        Candidate("CVE-2024-1000", (one_of(CpeMatch(name("a:f5:nginx", "1.0"))),)),
        Candidate("CVE-2024-1000", (one_of(CpeMatch(name("a:nginx:nginx", "2.0"))),)),
    ]

    (result,) = match(parse(name("a:nginx:nginx", "1.0")), candidates, ALIASES)

    assert result.state == YES


HTTPD = one_of(*(CpeMatch(name(SERVER, f"2.4.{n}")) for n in range(30, 50)))


@pytest.mark.parametrize(
    ("bounds", "state"),
    [
        ({"start_including": "2.4.10", "end_excluding": "2.4.50"}, OPEN),
        ({"start_including": "2.0.0", "end_excluding": "2.6.0"}, YES),
        ({"start_including": "2.4.0", "end_excluding": "2.5.0"}, YES),
        ({"end_excluding": "2.4.0"}, NO),
        ({"start_including": "2.5.0"}, NO),
        ({"start_including": "2.4.7"}, OPEN),
    ],
)
def test_a_version_cut_short_is_told_only_where_all_it_can_be_agree(bounds, state):
    candidates = [
        Candidate("CVE-2024-1000", (one_of(CpeMatch(name(SERVER), **bounds)),)),
        Candidate("CVE-2024-1001", (HTTPD,)),
    ]

    first, second = match(parse(name(SERVER, "2.4")), candidates, ALIASES)

    assert (first.state, second.state, second.probe.kind) == (state, OPEN, "version")


def test_a_short_version_of_a_product_with_short_versions_is_whole():
    listed = one_of(
        *(CpeMatch(name(SERVER, f"4.{n}")) for n in range(80, 92)), CpeMatch(name(SERVER, "4.92.1"))
    )

    assert answer(name(SERVER, "4.92"), listed).state == NO


def test_what_is_not_affected_is_told_when_asked_for():
    candidates = [
        Candidate(f"CVE-2024-100{n}", (one_of(CpeMatch(name(SERVER, f"{n}.0"))),)) for n in range(3)
    ]
    matcher = ProductMatcher(parse(name(SERVER)), rows_of(candidates, [ACME]), ALIASES)
    technology = parse(name(SERVER, "1.0"))

    assert [m.cve for m in matcher.match(technology)] == ["CVE-2024-1001"]
    assert [m.state for m in matcher.match(technology, not_affected=True)] == [NO, YES, NO]


SHORT = st.from_regex(r"\A[0-3](\.[0-3]){0,2}(a|b|p1|rc1)?\Z")
LOWER = st.sampled_from(["start_including", "start_excluding"])
UPPER = st.sampled_from(["end_including", "end_excluding"])
BOUNDED = st.builds(
    lambda low, high, kinds: CpeMatch(name(SERVER), **{kinds[0]: low, kinds[1]: high}),
    SHORT,
    SHORT,
    st.tuples(LOWER, UPPER),
)
LISTED = SHORT.map(lambda version: CpeMatch(name(SERVER, version)))


@given(st.lists(st.one_of(BOUNDED, LISTED), min_size=1, max_size=5), st.lists(SHORT, min_size=1, max_size=8))
def test_asking_about_many_versions_answers_as_asking_about_each(matches, versions):
    candidates = [Candidate(f"CVE-2024-{1000 + n}", (one_of(m),)) for n, m in enumerate(matches)]
    matcher = ProductMatcher(parse(name(SERVER)), rows_of(candidates, [ACME]), ALIASES)

    together = [matcher.match(parse(name(SERVER, version)), not_affected=True) for version in versions]

    assert together == [match(parse(name(SERVER, version)), candidates, ALIASES) for version in versions]


@given(st.lists(st.one_of(BOUNDED, LISTED), min_size=1, max_size=5), SHORT)
def test_the_place_of_a_version_decides_as_its_criteria_do(matches, version):
    candidates = [
        Candidate("CVE-2024-1000", (one_of(*matches),)),
        Candidate("CVE-2024-1001", (one_of(matches[0]),)),
    ]
    technology = read_technology(parse(name(SERVER, version)), ALIASES)
    names = frozenset(technology.names)
    judged = [CompiledCve(c, names, ALIASES.hosts.__contains__).judge(technology, ()) for c in candidates]

    answers = match(parse(name(SERVER, version)), candidates, ALIASES)

    assert [answer.state == YES for answer in answers] == [verdict.truth == 2 for verdict in judged]


@given(BOUNDED, st.from_regex(r"\A[0-3](\.[0-3]){0,2}[ab]?\Z"))
def test_ranges_agree_with_the_order_of_versions(bounds, version):
    low = bounds.start_including or bounds.start_excluding
    high = bounds.end_including or bounds.end_excluding
    above = key(low) <= key(version) if bounds.start_including else key(low) < key(version)
    below = key(version) <= key(high) if bounds.end_including else key(version) < key(high)

    assert (answer(name(SERVER, version), one_of(bounds)).state == YES) == (above and below)


@given(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=30))
def test_what_a_target_wrote_as_its_version_never_breaks_matching(version):
    technology = name(SERVER, quote(version))

    assert answer(technology, one_of(CpeMatch(name(SERVER), end_excluding="2"))).state in State


@pytest.mark.parametrize("version", ["0", "1.0", "7.2.1"])
def test_a_known_version_is_not_the_product_that_has_none(version):
    unversioned = one_of(CpeMatch(name(SERVER, "-")))

    assert answer(name(SERVER, version), unversioned).state is NO


def test_a_device_without_a_version_is_meant_whatever_is_known_of_it():
    device = "h:acme:router"
    found = match(
        parse(name(device, "3")),
        [Candidate("CVE-2024-1000", (one_of(CpeMatch(name(device, "-"))),))],
        ALIASES,
    )

    assert (found[0].state, found[0].reason) == (State.AFFECTED, "listed as affected: every version")


def test_of_several_platforms_the_first_that_the_feed_names_is_asked_for():
    platforms = [
        CpeMatch(f"cpe:2.3:o:acme:{system}:*:*:*:*:*:*:*", vulnerable=False)
        for system in ("one:1", "two:1", "one:2")
    ]
    needed = Node(
        "AND",
        (),
        (
            Node("OR", (CpeMatch("cpe:2.3:a:acme:server:1.0:*:*:*:*:*:*:*"),)),
            Node("OR", tuple(platforms)),
        ),
    )

    (answer,) = match(
        parse("cpe:2.3:a:acme:server:1.0:*:*:*:*:*:*:*"), [Candidate("CVE-2024-1000", (needed,))], ALIASES
    )

    assert answer.criterion == platforms[0].cpe


@pytest.mark.parametrize(
    ("version", "state"),
    [
        ("2.46.1", State.AFFECTED),
        ("2.46.2", State.NOT_AFFECTED),
        ("2.56", State.AFFECTED),
        ("2.57", State.NOT_AFFECTED),
    ],
)
def test_where_a_line_of_releases_is_named_by_itself_the_other_range_is_about_the_rest(version, state):
    both = one_of(
        CpeMatch(name("a:jenkins:jenkins"), end_including="2.56"),
        CpeMatch("cpe:2.3:a:jenkins:jenkins:*:*:*:*:lts:*:*:*", end_including="2.46.1"),
    )

    assert answer(name("a:jenkins:jenkins", version), both).state == state


def test_a_range_without_lines_is_about_all_of_them():
    every = one_of(CpeMatch(name("a:jenkins:jenkins"), end_including="2.56"))

    assert answer(name("a:jenkins:jenkins", "2.46.2"), every).state == State.AFFECTED
