import pytest

from chariot.modules.discovery.registrable import brand, registrable


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("www.example.com", "example.com"),
        ("example.co.uk", "example.co.uk"),
        ("a.b.perimeter.test", "perimeter.test"),
        ("customer.github.io", "customer.github.io"),
        ("com", ""),
        ("192.0.2.7", ""),
        ("no name", ""),
    ],
)
def test_the_registered_domain_is_one_label_below_the_suffix(name, expected):
    assert registrable(name) == expected


def test_the_label_is_what_its_owner_chose():
    assert brand("www.example.co.uk") == "example"
