"""Configurations cut by product."""

from chariot.modules.intel.configurations import by_product
from chariot.modules.intel.records import CpeMatch, Node, ProductKey

SERVER, AGENT, SYSTEM = (
    f"cpe:2.3:{p}:*:*:*:*:*:*:*:*" for p in ("a:acme:server", "a:acme:agent", "o:acme:os")
)


def test_alternatives_keep_only_the_products_own_matches():
    parts = by_product(
        [Node("OR", (CpeMatch(SERVER, end_excluding="2"), CpeMatch(AGENT))), Node("OR", (CpeMatch(SERVER),))]
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

    assert by_product([both]) == {ProductKey("a", "acme", "server"): (both,)}
