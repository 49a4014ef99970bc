"""All names of a product as matching wants them, and the open table of how versions are read."""

import re
import tomllib
from collections.abc import Iterator
from importlib.resources import files
from typing import Final

import msgspec

from chariot.errors import ConfigurationError, InvalidError
from chariot.modules.intel import cpe
from chariot.modules.intel.records import ProductKey
from chariot.modules.products.products import Products
from chariot.modules.products.products import built_in as built_in_products

TABLE: Final = "aliases.toml"


class Distribution(msgspec.Struct, frozen=True):
    """Who builds packages with fixes of their own, how such a build is known, and what would tell."""

    name: str
    marker: str
    probe: str


class _Edition(msgspec.Struct, frozen=True):
    product: str
    version: str
    sw_edition: str


class _Package(msgspec.Struct, frozen=True):
    product: str
    source: str


class _Hosts(msgspec.Struct, frozen=True):
    target_sw: tuple[str, ...] = ()


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    edition: tuple[_Edition, ...] = ()
    hosts: _Hosts = _Hosts()
    distribution: tuple[Distribution, ...] = ()
    package: tuple[_Package, ...] = ()


class Aliases:
    """What the table and the names of *products* say, ready for look-ups.

    Raises:
        ConfigurationError: the table is malformed.
    """

    def __init__(self, text: str, products: Products) -> None:
        try:
            table = msgspec.convert(tomllib.loads(text), _Table)
            self._groups = _groups(products)
            self._products = products
            self._editions: dict[ProductKey, list[tuple[re.Pattern[str], str]]] = {}
            for entry in table.edition:
                for name in self.names(_product(entry.product)):
                    rule = (re.compile(entry.version), entry.sw_edition)
                    self._editions.setdefault(name, []).append(rule)
            self._sources = {
                name: entry.source for entry in table.package for name in self.names(_product(entry.product))
            }
            self._distributions = [(re.compile(d.marker), d) for d in table.distribution]
        except (tomllib.TOMLDecodeError, msgspec.ValidationError, InvalidError, re.error) as error:
            raise ConfigurationError(f"the table of product aliases is wrong: {error}") from error
        self.hosts = frozenset(table.hosts.target_sw)

    @classmethod
    def built_in(cls) -> "Aliases":
        """Return the tables that this program ships."""
        text = files("chariot.modules.intel").joinpath(TABLE).read_text("utf-8")
        return cls(text, built_in_products())

    def names(self, product: ProductKey) -> tuple[ProductKey, ...]:
        """Return all names of *product*, sorted, its own among them."""
        return self._groups.get(product) or (product,)

    def purls(self) -> Iterator[tuple[ProductKey, tuple[str, ...]]]:
        """Yield each name of a product that is a package, and `Product.packages`."""
        for product in self._products:
            if product.packages:
                for name in product.cpes:
                    yield _product(name), product.packages

    def sw_edition(self, product: ProductKey, version: str) -> str:
        """Return the software edition that *version* shows *product* to be, or ANY."""
        for pattern, edition in self._editions.get(product, ()):
            if pattern.fullmatch(version):
                return edition
        return cpe.ANY

    def source_package(self, product: ProductKey) -> str:
        """Return what Debian and Ubuntu call the source package of *product*, or nothing."""
        return self._sources.get(product, "")

    def packaged_as(self, source: str) -> tuple[ProductKey, ...]:
        """Return the products that the source package *source* holds."""
        return tuple(product for product, known in self._sources.items() if known == source)

    def distribution(self, *texts: str) -> Distribution | None:
        """Return whose build the *texts* of a technology show, if any."""
        for text in texts:
            for pattern, distribution in self._distributions:
                if pattern.search(text):
                    return distribution
        return None


def _groups(products: Products) -> dict[ProductKey, tuple[ProductKey, ...]]:
    groups: dict[ProductKey, tuple[ProductKey, ...]] = {}
    for product in products:
        if len(product.cpes) > 1:
            names = tuple(sorted(_product(name) for name in product.cpes))
            groups |= dict.fromkeys(names, names)
    return groups


def _product(text: str) -> ProductKey:
    parsed = cpe.parse(f"cpe:2.3:{text}:*:*:*:*:*:*:*:*")
    return ProductKey(parsed.part, parsed.vendor, parsed.product)
