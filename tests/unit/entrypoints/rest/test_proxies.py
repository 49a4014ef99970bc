import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.entrypoints.rest.proxies import behind_proxies, client_address, proxy_networks
from chariot.errors import ConfigurationError

TRUSTED = proxy_networks(["127.0.0.1", "10.0.0.0/8", "::1"])


def asked(peer, *values):
    return client_address(peer, [(b"x-forwarded-for", one.encode()) for one in values], TRUSTED)


@pytest.mark.parametrize(
    ("peer", "values", "client"),
    [
        ("127.0.0.1", ["192.0.2.7"], "192.0.2.7"),
        ("127.0.0.1", ["6.6.6.6, 192.0.2.7"], "192.0.2.7"),
        ("127.0.0.1", ["192.0.2.7, 10.1.2.3"], "192.0.2.7"),
        ("127.0.0.1", ["192.0.2.7", "10.1.2.3"], "192.0.2.7"),
        ("127.0.0.1", ["10.9.9.9, 10.1.2.3"], "10.9.9.9"),
        ("127.0.0.1", ["192.0.2.7:5000"], "192.0.2.7"),
        ("127.0.0.1", ["[2001:db8::7]:5000"], "2001:db8::7"),
        ("::1", ["2001:DB8:0::7"], "2001:db8::7"),
        ("::ffff:127.0.0.1", ["192.0.2.7"], "192.0.2.7"),
    ],
)
def test_a_trusted_proxy_says_who_asked(peer, values, client):
    assert asked(peer, *values) == client


def test_nobody_else_is_believed():
    assert asked("192.0.2.66", "198.51.100.1") == "192.0.2.66"


@pytest.mark.parametrize("value", ["", "unknown", "_hidden", "192.0.2.7, nonsense", "fe80::1%eth0", ","])
def test_what_is_no_address_leaves_the_proxy(value):
    assert asked("127.0.0.1", value) == "127.0.0.1"


@given(st.binary(max_size=300), st.sampled_from(["127.0.0.1", "192.0.2.66", "", "socket"]))
def test_whatever_a_header_holds_there_is_an_answer(value, peer):
    assert isinstance(client_address(peer, [(b"x-forwarded-for", value)], TRUSTED), str)


def test_a_setting_that_is_no_network_is_named():
    with pytest.raises(ConfigurationError, match="trusted_proxies"):
        proxy_networks(["proxy.example.com"])


async def test_the_application_is_told_who_asked():
    seen = []

    async def app(scope, _receive, _send):
        seen.append(scope["client"])

    scope = {"client": ("127.0.0.1", 5000), "headers": [(b"x-forwarded-for", b"192.0.2.7")]}
    await behind_proxies(app, TRUSTED)(scope, None, None)

    assert seen == [("192.0.2.7", 5000)]
    assert behind_proxies(app, ()) is app
