"""What a line answers is what the conditions answer."""

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.modules.intel.aliases import Aliases
from chariot.modules.intel.cpe import parse
from chariot.modules.intel.lines import Line, LineMatcher, line_of
from chariot.modules.intel.matching import ProductMatcher
from chariot.modules.intel.memory import MemoryIntelStore
from chariot.modules.intel.prepared import prepare
from chariot.modules.intel.records import CpeMatch, Cve, FeedHeader, Node, ProductKey
from chariot.modules.intel.service import Intelligence
from chariot.modules.intel.versions import key

SERVER = ProductKey("a", "acme", "server")
AT = datetime(2026, 1, 1, tzinfo=UTC)
ALIASES = Aliases.built_in()
NUMBERS = st.sampled_from(["1.0.0", "1.0.5", "1.1.0", "1.2.0", "2.0.0", "2.0.1", "3.0.0"])


def name(version="*", update="*", target="*"):
    return f"cpe:2.3:a:acme:server:{version}:{update}:*:*:*:{target}:*:*"


PLATFORM = Node("OR", (CpeMatch("cpe:2.3:o:other:system:-:*:*:*:*:*:*:*", vulnerable=False),))
MATCHES = st.one_of(
    st.builds(lambda version: CpeMatch(name(version)), NUMBERS),
    st.builds(lambda low, high: CpeMatch(name(), start_including=low, end_excluding=high), NUMBERS, NUMBERS),
    st.builds(lambda high: CpeMatch(name(), end_including=high), NUMBERS),
    st.builds(lambda version: CpeMatch(name(version, "p1")), NUMBERS),
    st.builds(lambda high: CpeMatch(name(target="windows"), end_excluding=high), NUMBERS),
    st.sampled_from([CpeMatch(name()), CpeMatch(name("-")), CpeMatch(name("1.*"))]),
)
CHOICES = st.lists(MATCHES, min_size=1, max_size=3).map(lambda matches: Node("OR", tuple(matches)))
NODES = st.one_of(CHOICES, CHOICES.map(lambda own: Node("AND", children=(own, PLATFORM))))


def record(number, node):
    return Cve(f"CVE-2024-{number:04}", AT, AT, "A flaw.", configurations=(node,))


async def service_of(nodes):
    store = MemoryIntelStore(lambda: AT)
    records = [record(1000 + number, node) for number, node in enumerate(nodes)]
    await store.load(FeedHeader("nvd", "nvd.json", "1", replaces=False), [records])
    return Intelligence(store, ALIASES)


@given(st.lists(NODES, min_size=1, max_size=6), NUMBERS, st.booleans())
async def test_a_question_has_the_answer_of_the_conditions(nodes, version, beside):
    service = await service_of(nodes)
    technology = name(version)
    around = [technology, "cpe:2.3:o:other:system:5:*:*:*:*:*:*:*"] if beside else []

    fast = (await service.match([technology], beside=around))[technology]
    entire = (await service.match([technology], beside=around, not_affected=True))[technology]

    states = {match.cve: match.state for match in fast}
    assert states == {match.cve: match.state for match in entire if match.state != "not_affected"}


@given(st.lists(NODES, min_size=1, max_size=6))
async def test_many_versions_have_the_answers_that_each_has_alone(nodes):
    service = await service_of(nodes)
    versions = [name(f"{major}.{minor}.0") for major in range(4) for minor in range(4)]

    together = await service.match(versions)

    assert together == {one: (await service.match([one]))[one] for one in versions}


@pytest.mark.parametrize(
    ("node", "version"),
    [
        (Node("OR", (CpeMatch(name("1.0.0")),)), "1.0.0"),
        (Node("OR", (CpeMatch(name(), start_including="1", end_excluding="2"),)), "1.5.0"),
        (Node("OR", (CpeMatch(name()),)), "7.0.0"),
        (Node("AND", children=(Node("OR", (CpeMatch(name(), end_excluding="2"),)), PLATFORM)), "1.0.0"),
    ],
)
def test_a_line_tells_in_the_same_words(node, version):
    rows = [("CVE-2024-1000", prepare(SERVER, [node]))]

    told = LineMatcher(SERVER, line_of(SERVER, rows)).match(key(version), 99, alone=True)

    assert told.answer == ProductMatcher(parse(name(version)), rows, ALIASES).match(parse(name(version)))


def test_many_ranges_are_answered_alike_walked_and_from_a_tree():
    nodes = [Node("OR", (CpeMatch(name(), end_excluding=f"{n}.0.1"),)) for n in range(40)]
    line = line_of(
        SERVER, [(f"CVE-2024-{1000 + n}", prepare(SERVER, [node])) for n, node in enumerate(nodes)]
    )
    keys = [key(f"{n}.0.0") for n in range(40)]
    asked_often = LineMatcher(SERVER, line)

    answers = [asked_often.match(one, 99, alone=True).answer for one in keys]

    assert answers == [LineMatcher(SERVER, line).match(one, 99, alone=True).answer for one in keys]
    assert [len(answer) for answer in answers] == list(range(40, 0, -1))


def test_a_line_reads_back_as_it_was_written():
    line = line_of(SERVER, [("CVE-2024-1000", prepare(SERVER, [Node("OR", (CpeMatch(name("1.0.0")),))]))])

    assert msgspec.msgpack.decode(msgspec.msgpack.encode(line), type=Line) == line
