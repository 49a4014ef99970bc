"""Configurations cut by product."""

from datetime import UTC, datetime

from chariot.modules.intel.configurations import by_product
from chariot.modules.intel.records import CpeMatch, Cve, Node, ProductKey

NOON = datetime(2024, 1, 1, 12, tzinfo=UTC)
SERVER, AGENT, SYSTEM = (
    f"cpe:2.3:{p}:*:*:*:*:*:*:*:*" for p in ("a:acme:server", "a:acme:agent", "o:acme:os")
)


def cve(*configurations, rejected=False):
    return Cve("CVE-2024-1000", NOON, NOON, "", configurations=configurations, rejected=rejected)


def test_alternatives_keep_only_the_products_own_matches():
    parts = by_product(
        cve(
            Node("OR", (CpeMatch(SERVER, end_excluding="2"), CpeMatch(AGENT))),
            Node("OR", (CpeMatch(SERVER),)),
        )
    )

    assert parts == {
        ProductKey("a", "acme", "server"): (
            Node("OR", (CpeMatch(SERVER, end_excluding="2"), CpeMatch(SERVER))),
        ),
        ProductKey("a", "acme", "agent"): (Node("OR", (CpeMatch(AGENT),)),),
    }


def test_a_condition_on_several_products_is_kept_entire():
    both = Node(
        "AND", children=(Node("OR", (CpeMatch(SERVER),)), Node("OR", (CpeMatch(SYSTEM, vulnerable=False),)))
    )

    assert by_product(cve(both)) == {ProductKey("a", "acme", "server"): (both,)}


def test_a_withdrawn_cve_affects_nothing():
    assert by_product(cve(Node("OR", (CpeMatch(SERVER),)), rejected=True)) == {}
