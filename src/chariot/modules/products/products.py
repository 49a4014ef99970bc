"""The open table of products: which CPE names and package URLs stand for what people call by one name."""

import re
import tomllib
from collections.abc import Iterable, Iterator
from functools import lru_cache
from importlib.resources import files
from typing import Final

import msgspec

from chariot.errors import ConfigurationError

TABLE: Final = "products.toml"
_CPE = re.compile(r"[aoh](?::(?:[a-z0-9._-]|\\[!-/:-@\[-`{-~]){1,80}){2}")
_OF_DISTRIBUTIONS: Final = ("pkg:deb/", "pkg:rpm/", "pkg:apk/")
_PURL = re.compile(r"pkg:[a-z][a-z0-9.+-]{1,30}(?:/[A-Za-z0-9._~%+-]{1,100}){1,6}")


class Product(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One product and all its names.

    Raises:
        ValueError: a name is not in its form; the text says which.
    """

    name: str
    """As people call it."""
    cpe: str
    """part:vendor:product, as detection writes it and as newer entries of the CPE dictionary have it."""
    also: tuple[str, ...] = ()
    """Other names in CPE form: of former owners, of other feeds, or written by other tools."""
    purl: tuple[str, ...] = ()
    """Package URLs without a version, where the product is a package."""
    called: tuple[str, ...] = ()
    """Other names that people and tools write, without regard to case."""
    own: bool = False
    """Whether the CPE name is ours, because the dictionary has none: services that nobody installs."""

    def __post_init__(self) -> None:
        if not self.name.strip() or not self.name.isprintable() or len(self.name) > 100:
            raise ValueError("name: expected up to 100 printable characters")
        for cpe in (self.cpe, *self.also):
            if not _CPE.fullmatch(cpe):
                raise ValueError(f"{self.name}: {cpe!r} is not part:vendor:product of a CPE 2.3 name")
        for purl in self.purl:
            if not _PURL.fullmatch(purl):
                raise ValueError(f"{self.name}: {purl!r} is not a package URL without a version")

    @property
    def cpes(self) -> tuple[str, ...]:
        """Every CPE name, the one to write first."""
        return (self.cpe, *self.also)

    @property
    def packages(self) -> tuple[str, ...]:
        """Its package URLs that go by its own versions: a distribution's fixes do not show in theirs."""
        return tuple(purl for purl in self.purl if not purl.startswith(_OF_DISTRIBUTIONS))


_SEVERAL: Final = Product("several", "a:several:several")


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    product: tuple[Product, ...] = ()


class Products:
    """Products by every name that they have.

    Raises:
        ConfigurationError: two products share a name.
    """

    def __init__(self, products: Iterable[Product]) -> None:
        self._by_name: dict[str, Product] = {}
        self._by_cpe: dict[str, Product] = {}
        self._by_purl: dict[str, Product] = {}
        for product in products:
            # Some packages hold several products: such a package names none of them.
            for purl in product.packages:
                self._by_purl[purl] = product if purl not in self._by_purl else _SEVERAL
            names = {_plain(name) for name in (product.name, *product.called)}
            for index, keys in ((self._by_name, names), (self._by_cpe, set(product.cpes))):
                for key in sorted(keys):
                    other = index.setdefault(key, product)
                    if other is not product:
                        raise ConfigurationError(f"{key!r} is a name of {other.name} and of {product.name}")

    def __iter__(self) -> Iterator[Product]:
        return iter(dict.fromkeys(self._by_cpe.values()))

    def named(self, name: str) -> Product | None:
        """Return the product that people call *name*, whatever its case."""
        return self._by_name.get(_plain(name))

    def of_cpe(self, cpe: str) -> Product | None:
        """Return the product that has *cpe* (part:vendor:product) among its names."""
        return self._by_cpe.get(cpe)

    def of_purl(self, purl: str) -> Product | None:
        """Return the product that the package URL *purl*, with or without a version, is; see `Product.packages`."""
        package = purl.partition("#")[0].partition("?")[0]
        found = self._by_purl.get(package.rpartition("@")[0] or package)
        return None if found is _SEVERAL else found

    def with_more(self, products: Iterable[Product]) -> "Products":
        """Return these and *products*; see the class for what is refused."""
        return Products((*self, *products))


def _plain(name: str) -> str:
    return " ".join(name.lower().split())


def read_products(text: str, *, place: str = "products") -> tuple[Product, ...]:
    """Return the products that one TOML file holds.

    Raises:
        ConfigurationError: the file is not in the format; the text names *place* and the product.
    """
    try:
        return msgspec.convert(tomllib.loads(text), _File).product
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, RecursionError) as error:
        raise ConfigurationError(f"{place}: {error}") from error


@lru_cache(maxsize=1)
def built_in() -> Products:
    """Return the table that this program ships; the same object each time."""
    text = files("chariot.modules.products").joinpath(TABLE).read_text("utf-8")
    return Products(read_products(text, place=TABLE))
