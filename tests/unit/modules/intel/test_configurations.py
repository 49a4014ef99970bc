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
    other = "cpe:2.3:o:other:os:*:*:*:*:*:*:*:*"
    both = Node(
        "AND", children=(Node("OR", (CpeMatch(SERVER),)), Node("OR", (CpeMatch(other, vulnerable=False),)))
    )

    assert by_product([both]) == {ProductKey("a", "acme", "server"): (both,)}


def test_a_platform_of_the_same_vendor_is_asked_whether_it_holds_what_is_vulnerable():
    server = Node("OR", (CpeMatch(SERVER),))
    without_version = SYSTEM.replace("os:*", "os:-")

    parts = by_product(
        [Node("AND", children=(server, Node("OR", (CpeMatch(without_version, vulnerable=False),))))]
    )

    assert parts[ProductKey("o", "acme", "os")] == (
        Node("AND", children=(server, Node("OR", (CpeMatch(SYSTEM),)))),
    )


def test_a_device_is_not_asked_as_its_firmware_is():
    device = CpeMatch("cpe:2.3:h:acme:router:-:*:*:*:*:*:*:*", vulnerable=False)
    firmware = CpeMatch("cpe:2.3:o:acme:router_firmware:*:*:*:*:*:*:*:*", end_excluding="2")

    parts = by_product([Node("AND", children=(Node("OR", (firmware,)), Node("OR", (device,))))])

    assert list(parts) == [ProductKey("o", "acme", "router_firmware")]
