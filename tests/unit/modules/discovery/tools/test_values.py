import pytest

from chariot.model.kinds.network import Address, Domain, Netblock, Port, WebApplication
from chariot.modules.discovery.tools.values import place_of, values_of


@pytest.mark.parametrize(
    ("target", "addresses", "values"),
    [
        (
            Domain(host="example.com"),
            (),
            {"host": "example.com", "server_name": "example.com", "name": "example.com"},
        ),
        (
            Port(address="2001:db8::7", protocol="tcp", number=443),
            ("2001:db8::7",),
            {
                "host": "2001:db8::7",
                "server_name": "2001:db8::7",
                "address": "2001:db8::7",
                "port": "443",
                "endpoint": "[2001:db8::7]:443",
            },
        ),
        (
            WebApplication(url="https://www.example.com/"),
            ("192.0.2.7", "192.0.2.8"),
            {
                "host": "www.example.com",
                "server_name": "www.example.com",
                "address": "192.0.2.7",
                "port": "443",
                "endpoint": "192.0.2.7:443",
                "host_endpoint": "www.example.com:443",
                "url": "https://www.example.com/",
                "fuzz_url": "https://www.example.com/FUZZ",
            },
        ),
        (Netblock(cidr="192.0.2.0/30"), ("192.0.2.0",), {"netblock": "192.0.2.0/30"}),
    ],
)
def test_each_kind_has_its_values(target, addresses, values) -> None:
    assert values_of(target, addresses) == values


def test_a_place_is_a_name_or_an_address() -> None:
    assert place_of(Address(ip="192.0.2.7")) == ("192.0.2.7", "")
    assert place_of(WebApplication(url="http://192.0.2.7:8080/")) == ("192.0.2.7", "http://192.0.2.7:8080/")
