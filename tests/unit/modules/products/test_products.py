import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.errors import ConfigurationError
from chariot.modules.products.products import Product, Products, built_in, read_products

ACME = Product(name="Acme Server", cpe="a:acme:server", also=("a:old:server",), called=("acmed",))


@pytest.mark.parametrize("name", ["Acme Server", "acme  SERVER", "ACMED"])
def test_a_product_is_found_by_each_name_whatever_its_case(name):
    assert Products([ACME]).named(name) is ACME


@pytest.mark.parametrize("cpe", ["a:acme:server", "a:old:server"])
def test_a_product_is_found_by_each_cpe_name(cpe):
    assert Products([ACME]).of_cpe(cpe) is ACME


@pytest.mark.parametrize(
    ("purl", "name"),
    [
        ("pkg:npm/acme", "Acme"),
        ("pkg:npm/acme@1.0?a=b", "Acme"),
        ("pkg:npm/both@1", None),
        ("pkg:npm/x", None),
    ],
)
def test_a_package_names_the_one_product_that_it_is(purl, name):
    products = Products(
        [
            Product(name="Acme", cpe="a:acme:acme", purl=("pkg:npm/acme", "pkg:npm/both")),
            Product(name="Other", cpe="a:acme:other", purl=("pkg:npm/both",)),
        ]
    )

    assert getattr(products.of_purl(purl), "name", None) == name


def test_what_is_not_in_the_table_is_not_found():
    products = Products([ACME])

    assert (products.named("acme"), products.of_cpe("a:acme:other")) == (None, None)


@pytest.mark.parametrize(
    "other",
    [
        Product(name="acmed", cpe="a:x:y"),
        Product(name="Other", cpe="a:old:server"),
        Product(name="Other", cpe="a:x:y", also=("a:acme:server",)),
    ],
)
def test_two_products_cannot_share_a_name(other):
    with pytest.raises(ConfigurationError, match="is a name of Acme Server and of"):
        Products([ACME, other])


def test_more_products_can_be_added():
    more = Products([ACME]).with_more([Product(name="Other", cpe="a:x:y")])

    assert [product.name for product in more] == ["Acme Server", "Other"]


@pytest.mark.parametrize(
    "line",
    [
        'name = " "\ncpe = "a:x:y"',
        'name = "X"\ncpe = "x:y"',
        'name = "X"\ncpe = "a:x:y:1.2"',
        'name = "X"\ncpe = "a:x:y"\nalso = ["y"]',
        'name = "X"\ncpe = "a:x:y"\npurl = ["npm/x"]',
        'name = "X"\ncpe = "a:x:y"\npurl = ["pkg:npm/x@1.2?a=b"]',
        'name = "X"\ncpe = "a:x:y"\ncolour = "red"',
    ],
)
def test_a_wrong_product_is_refused_with_its_place(line):
    with pytest.raises(ConfigurationError, match="mine"):
        read_products(f"[[product]]\n{line}\n", place="mine")


def test_the_built_in_table_is_read_once_and_knows_names_of_all_sorts():
    products = built_in()

    assert built_in() is products
    assert products.named("iis") is products.of_cpe("a:microsoft:iis")
    assert products.named("django").purl == ("pkg:pypi/django",)


@given(st.text(max_size=200))
def test_any_text_is_products_or_a_clear_error(text):
    told = ""
    try:
        read_products(text)
    except ConfigurationError as error:
        told = str(error)

    assert told == "" or told.startswith("products: ")
