"""What a set of rules knows, by product: for people who look whether theirs is among them.

python -m chariot.modules.discovery.fingerprints.catalogue docs/reference/technologies.md           # write
python -m chariot.modules.discovery.fingerprints.catalogue --check docs/reference/technologies.md   # fail when stale
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from chariot.modules.discovery.fingerprints.matching import failures, rules_with
from chariot.modules.discovery.fingerprints.rules import Rule, Rules, joined, packs_at
from chariot.modules.products.products import built_in as built_in_products

_HEAD = """\
# Technologies

Generated from the rules and the table of products by `python -m chariot.modules.discovery.fingerprints.catalogue`; a
test fails when it is stale. [Fingerprints](../fingerprints.md) tells what the places mean. A CPE name with a star is
ours, because the CPE dictionary has no single one for that service or family of devices.

"""


class Known(msgspec.Struct, frozen=True):
    """One product that rules know."""

    product: str
    cpe: str
    purls: tuple[str, ...]
    places: tuple[str, ...]
    """Where it shows itself, sorted."""
    version: bool
    """Whether some rule reads its version."""
    rules: tuple[str, ...]
    """Ids, sorted."""
    own: bool
    """Whether the CPE name is ours."""


class Fault(msgspec.Struct, frozen=True):
    """One way in which a rule breaks what it promises."""

    rule: str
    fault: str


def known_products(rules: Rules) -> tuple[Known, ...]:
    """Return the products that *rules* know, by name."""
    by_product: dict[str, list[Rule]] = {}
    for rule in rules.rules:
        by_product.setdefault(rule.cpe, []).append(rule)
    found = []
    for cpe, some in by_product.items():
        product = rules.products.of_cpe(cpe)
        found.append(
            Known(
                product=some[0].product,
                cpe=cpe,
                purls=product.purl if product else (),
                places=tuple(sorted({rule.where for rule in some})),
                version=any(_reads_version(rule) for rule in some),
                rules=tuple(sorted(rule.id for rule in some)),
                own=product is not None and product.own,
            )
        )
    return tuple(sorted(found, key=lambda known: (known.product.lower(), known.cpe)))


def _reads_version(rule: Rule) -> bool:
    return "<version>" in rule.pattern


def faults_at(path: Path) -> tuple[int, tuple[Fault, ...]]:
    """Return how many rules the file or folder *path* holds, and where they break their own examples.

    Raises:
        ConfigurationError: a file cannot be read, is malformed, or does not go with the built-in rules.
    """
    own = joined(packs_at(path), built_in_products()).rules
    rules_with([str(path)])
    return len(own), tuple(Fault(rule.id, fault) for rule in own for fault in failures(rule))


def reference() -> str:
    """Return the reference page of the rules that this program ships, in Markdown."""
    known = known_products(rules_with(()))
    lines = [
        f"{len(known):,} products, {sum(one.version for one in known):,} of them with their versions.\n",
        "| product | CPE name | package | seen in | version |",
        "| --- | --- | --- | --- | --- |",
    ]
    for one in known:
        name = _cell(one.product)
        packages = ", ".join(f"`{purl}`" for purl in one.purls)
        cpe = f"`{one.cpe}`" + (r" \*" if one.own else "")
        version = "yes" if one.version else ""
        lines.append(f"| {name} | {cpe} | {packages} | {', '.join(one.places)} | {version} |")
    return _HEAD + "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("*", "\\*")


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the reference page, or tell with --check whether it is stale."""
    parser = argparse.ArgumentParser(description="Write the reference page of fingerprints.")
    parser.add_argument("--check", action="store_true", help="fail when the page is stale")
    parser.add_argument("page", type=Path)
    options = parser.parse_args(arguments)
    if options.check:
        stale = not options.page.exists() or options.page.read_text("utf-8") != reference()
        if stale:
            sys.stderr.write(f"{options.page} is stale\n")
        return int(stale)
    options.page.write_text(reference(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
