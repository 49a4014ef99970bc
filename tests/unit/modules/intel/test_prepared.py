"""What is cut at load time decides as the conditions themselves do."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.modules.intel.aliases import Aliases
from chariot.modules.intel.conditions import CompiledCve
from chariot.modules.intel.cpe import parse
from chariot.modules.intel.prepared import Prepared, PreparedCve, gathered, prepare, rows_of
from chariot.modules.intel.records import Candidate, CpeMatch, Node, ProductKey
from chariot.modules.intel.technology import read_technology

ALIASES = Aliases.built_in()
SERVER = ProductKey("a", "acme", "server")
ROUTER = ProductKey("o", "acme", "router_firmware")


def name(product=SERVER, *rest):
    values = [*product, *rest]
    return "cpe:2.3:" + ":".join(values + ["*"] * (11 - len(values)))


def choice(*matches):
    return Node("OR", matches)


def device(hardware):
    return Node(
        "AND",
        children=(
            choice(CpeMatch(name(ROUTER), end_excluding="2")),
            choice(CpeMatch(f"cpe:2.3:h:acme:{hardware}:-:*:*:*:*:*:*:*", vulnerable=False)),
        ),
    )


@pytest.mark.parametrize(
    ("product", "node", "simple"),
    [
        (SERVER, choice(CpeMatch(name(SERVER, "1.0"))), True),
        (SERVER, choice(CpeMatch(name(), end_excluding="2")), True),
        (SERVER, choice(CpeMatch(name())), True),
        (SERVER, choice(CpeMatch(name(), unclear=True)), False),
        (SERVER, choice(CpeMatch(name(SERVER, "1.0", "p1"))), False),
        (SERVER, choice(CpeMatch(name(SERVER, "1.*"))), False),
        (SERVER, Node("AND", (CpeMatch(name()),)), False),
        (SERVER, Node("OR", (CpeMatch(name()),), negate=True), False),
        (ROUTER, device("router"), True),
        (ROUTER, device("switch"), False),
    ],
)
def test_only_where_the_version_alone_decides_it_is_simple(product, node, simple):
    assert prepare(product, [node]).simple == simple


def test_a_plugin_of_one_host_says_so():
    part = prepare(
        SERVER, [choice(CpeMatch(name(SERVER, "*", "*", "*", "*", "*", "wordpress"), end_excluding="2"))]
    )

    assert (part.simple, part.host) == (True, "wordpress")


def test_it_reads_back_as_it_was_written():
    part = prepare(SERVER, [choice(CpeMatch(name(), start_including="1", end_excluding="2"))])

    again = msgspec.msgpack.decode(msgspec.msgpack.encode(part), type=Prepared)

    assert (again.stretches, again.nodes) == (part.stretches, part.nodes)


def test_one_cve_under_two_names_keeps_both_parts():
    rows = rows_of([Candidate("CVE-2024-1000", (choice(CpeMatch(name())),))], [SERVER, ROUTER])

    (found,) = gathered(rows)

    assert (found.cve, len(found.parts), len(found.candidate.configurations)) == ("CVE-2024-1000", 2, 1)


NAMED = st.builds(
    lambda product, version, update: CpeMatch(f"cpe:2.3:a:acme:{product}:{version}:{update}:*:*:*:*:*:*"),
    st.sampled_from(["server", "server", "agent"]),
    st.sampled_from(["1.0", "1.1", "2.0", "-", "*"]),
    st.sampled_from(["*", "-", "p1", "rc1"]),
)
NARROWED = st.builds(
    lambda version, target: CpeMatch(f"cpe:2.3:a:acme:server:{version}:*:*:*:*:{target}:*:*"),
    st.sampled_from(["1.0", "2.0", "*"]),
    st.sampled_from(["wordpress", "-"]),
)
CHOICES = st.builds(
    lambda matches: Node("OR", tuple(matches)),
    st.lists(st.one_of(NAMED, NAMED, NARROWED), min_size=1, max_size=6),
)
CONDITIONS = st.one_of(CHOICES, st.builds(lambda one, other: Node("AND", (), (one, other)), CHOICES, CHOICES))


@given(st.lists(CONDITIONS, min_size=1, max_size=3), st.sampled_from(["1.0", "1.1", "1.2", "2.0"]))
def test_what_a_version_does_not_meet_decides_nothing_about_it(nodes, version):
    technology = read_technology(parse(name(SERVER, version)), ALIASES)
    cve = PreparedCve("CVE-2024-1000", (prepare(SERVER, nodes),))

    of_all, of_met = (
        CompiledCve(candidate, frozenset({SERVER}), ALIASES.hosts.__contains__, keys).judge(technology, ())
        for candidate, keys in (cve.unpacked(), cve.unpacked(technology.key))
    )

    assert (of_met.truth, of_met.criterion) == (of_all.truth, of_all.criterion)
