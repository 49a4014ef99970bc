import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.capabilities.reverse_dns import NAMES_LIMIT, ReverseDns
from chariot.capability import CannotRunError, DnsAnswer
from chariot.model.kinds.network import Address, Domain
from chariot.testing.network import FakeNetwork, aliased

TARGET = Address(ip="192.0.2.7")
PTR = ("192.0.2.7", "PTR")


async def names(network, target=TARGET):
    return [found.host async for found in ReverseDns(network).run(target) if isinstance(found, Domain)]


async def test_a_name_that_resolves_back_is_found():
    network = FakeNetwork(
        dns={PTR: ["www.example.com"], ("www.example.com", "A"): ["192.0.2.7", "192.0.2.8"]}
    )

    found = [item async for item in ReverseDns(network).run(TARGET)]

    assert found[0].key == "#domain#www.example.com"
    assert (found[1].source, found[1].target) == (found[0].key, TARGET.key)


async def test_a_version_6_address_is_confirmed_by_its_own_record_type():
    network = FakeNetwork(
        dns={("2001:db8::7", "PTR"): ["a.example.com"], ("a.example.com", "AAAA"): ["2001:db8::7"]}
    )

    assert await names(network, Address(ip="2001:db8::7")) == ["a.example.com"]


async def test_a_name_that_leads_elsewhere_is_not_believed():
    network = FakeNetwork(dns={PTR: ["www.bank.example"], ("www.bank.example", "A"): ["198.51.100.1"]})

    assert await names(network) == []


async def test_a_name_that_comes_back_through_an_alias_is_not_believed():
    network = FakeNetwork(
        dns={
            PTR: ["a.example.com"],
            ("a.example.com", "A"): aliased("b.example.com"),
            ("b.example.com", "A"): ["192.0.2.7"],
        }
    )

    assert await names(network) == []


async def test_a_foreign_name_is_passed_over():
    network = FakeNetwork(
        dns={PTR: ["a.cloud.example", "www.example.com"], ("www.example.com", "A"): ["192.0.2.7"]},
        out_of_scope={"cloud.example"},
    )

    assert await names(network) == ["www.example.com"]


async def test_a_flood_of_names_is_asked_back_only_so_far():
    network = FakeNetwork(dns={PTR: [f"n{number}.example.com" for number in range(1000)]})

    await names(network)

    assert len(network.sent) == 1 + NAMES_LIMIT


async def test_a_resolver_that_fails_makes_the_answer_unknown():
    with pytest.raises(CannotRunError, match="SERVFAIL"):
        await names(FakeNetwork(dns={PTR: DnsAnswer("SERVFAIL")}))


@given(st.lists(st.text(), max_size=20))
async def test_any_answer_is_read(values):
    assert await names(FakeNetwork(dns={PTR: values})) == []
