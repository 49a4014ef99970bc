"""Cut the configurations of a CVE into what each product needs for matching."""

from collections.abc import Iterable

from chariot.modules.intel.records import CpeMatch, Node, ProductKey, name_start, product_of


def by_product(configurations: Iterable[Node]) -> dict[ProductKey, tuple[Node, ...]]:
    """Return for each product that *configurations* may make vulnerable those that decide it.

    Alternatives keep only the product's own matches, so that the size of all parts together stays that of
    the whole. A condition that needs several products is kept entire.
    """
    own: dict[ProductKey, list[CpeMatch]] = {}
    entire: dict[ProductKey, list[Node]] = {}
    for node in configurations:
        if _is_plain_choice(node):
            _take(node.matches, own)
        else:
            for product in vulnerable_products((node,)):
                entire.setdefault(product, []).append(node)
    parts: dict[ProductKey, tuple[Node, ...]] = {
        product: (Node("OR", tuple(matches)),) for product, matches in own.items()
    }
    for product, nodes in entire.items():
        parts[product] = parts.get(product, ()) + tuple(nodes)
    return parts


def _take(matches: Iterable[CpeMatch], own: dict[ProductKey, list[CpeMatch]]) -> None:
    start, same = "", list[CpeMatch]()
    for match in matches:
        if not match.vulnerable:
            continue
        # Most follow another version of the same product, and begin with its name.
        if not start or not match.cpe.startswith(start):
            product = product_of(match.cpe)
            start, same = name_start(product), own.setdefault(product, [])
        same.append(match)


def vulnerable_products(nodes: Iterable[Node]) -> set[ProductKey]:
    """Return the products that the conditions name as vulnerable."""
    return {
        product_of(match.cpe)
        for root in nodes
        for node in root.walk()
        for match in node.matches
        if match.vulnerable
    }


def _is_plain_choice(node: Node) -> bool:
    return node.operator == "OR" and not node.negate and not node.children
