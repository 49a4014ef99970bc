"""What is cut at load time decides as the conditions themselves do."""

import msgspec
import pytest

from chariot.modules.intel.prepared import Prepared, gathered, prepare, rows_of
from chariot.modules.intel.records import Candidate, CpeMatch, Node, ProductKey

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
