import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.capabilities.seed import SeedAsset
from chariot.model.kinds.work import Seed
from chariot.testing.network import FakeNetwork


@pytest.mark.parametrize(
    ("value", "key"),
    [
        ("example.com", "#domain#example.com"),
        ("192.0.2.7", "#address#192.0.2.7"),
        ("192.0.2.0/28", "#netblock#192.0.2.0/28"),
        ("2001:db8::/64", "#netblock#2001:db8::/64"),
    ],
)
async def test_a_seed_names_one_asset_and_nothing_is_sent(value, key):
    network = FakeNetwork()

    assert [found.key async for found in SeedAsset(network).run(Seed(value=value))] == [key]
    assert network.sent == []


@given(st.one_of(st.ip_addresses().map(str), st.from_regex(r"[a-z]{1,10}\.[a-z]{2,5}", fullmatch=True)))
async def test_any_seed_names_one_asset(value):
    assert len([found async for found in SeedAsset(FakeNetwork()).run(Seed(value=value))]) == 1
