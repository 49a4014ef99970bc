"""Cut the configurations of a CVE into what each product needs for matching."""

from collections.abc import Iterable

from msgspec.structs import replace

from chariot.modules.intel.cpe import ANY, NA, parse
from chariot.modules.intel.records import CpeMatch, Node, ProductKey, name_start, product_of


def by_product(configurations: Iterable[Node]) -> dict[ProductKey, tuple[Node, ...]]:
    """Return for each product that *configurations* may make vulnerable those that decide it.

    Alternatives keep only the product's own matches, so that the size of all parts together stays that of
    the whole. A condition that needs several products is kept entire, for those that it makes vulnerable and
    for those that may hold what it makes vulnerable: see `holders`.
    """
    own: dict[ProductKey, list[CpeMatch]] = {}
    entire: dict[ProductKey, list[Node]] = {}
    for node in configurations:
        if _is_plain_choice(node):
            _take(node.matches, own)
        else:
            for product in vulnerable_products((node,)):
                entire.setdefault(product, []).append(node)
            for product in holders(node):
                entire.setdefault(product, []).append(_seen_from(product, node))
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


def holders(node: Node) -> set[ProductKey]:
    """Return the platforms of *node* that may hold what it makes vulnerable, as both come from one vendor.

    Windows holds the SMB server that a CVE names to run on it: who knows of Windows alone cannot tell whether it
    is there. What other vendors make runs on a platform when somebody installs it. Devices are left out: what
    runs in them is their firmware, under a name of its own.
    """
    if node.operator != "AND":
        return set()
    vulnerable = vulnerable_products((node,))
    vendors = {product.vendor for product in vulnerable}
    platforms = {
        product_of(match.cpe) for one in node.walk() for match in one.matches if not match.vulnerable
    }
    return {one for one in platforms - vulnerable if one.part != "h" and one.vendor in vendors}


def _seen_from(product: ProductKey, node: Node) -> Node:
    """Return *node* as a question about *product*, which is a platform in it."""
    return replace(
        node,
        matches=tuple([_asked_of(product, match) for match in node.matches]),
        children=tuple([_seen_from(product, child) for child in node.children]),
    )


def _asked_of(product: ProductKey, match: CpeMatch) -> CpeMatch:
    if match.vulnerable or product_of(match.cpe) != product:
        return match
    name = parse(match.cpe)
    # A platform has no version of its own there: feeds write "not applicable" for "any".
    version = ANY if name.version == NA else name.version
    return replace(match, cpe=str(replace(name, version=version)), vulnerable=True)


def _is_plain_choice(node: Node) -> bool:
    return node.operator == "OR" and not node.negate and not node.children
