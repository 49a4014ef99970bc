import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.capabilities.dns import DnsRecords
from chariot.capability import CannotRunError, DnsAnswer
from chariot.errors import OutOfScopeError
from chariot.model.kinds.network import DnsRecord, Domain
from chariot.model.relationships import Relationship
from chariot.testing.network import FakeNetwork, aliased

TARGET = Domain(host="www.example.com")


async def look(dns, **options):
    network = FakeNetwork(dns={("www.example.com", kind): answer for kind, answer in dns.items()}, **options)
    return [found async for found in DnsRecords(network).run(TARGET)]


def told(found):
    return [
        f"{item.type.value} {item.target}" if isinstance(item, Relationship) else item.key for item in found
    ]


async def test_addresses_are_found_with_how_the_name_leads_to_them():
    found = await look({"A": ["192.0.2.7"], "AAAA": ["2001:db8::7"]})

    assert told(found) == [
        "#address#192.0.2.7",
        "RESOLVES_TO #address#192.0.2.7",
        "#address#2001:db8::7",
        "RESOLVES_TO #address#2001:db8::7",
    ]


async def test_an_alias_yields_the_next_name_and_no_address_behind_it():
    network = FakeNetwork(
        dns={
            ("www.example.com", "CNAME"): ["edge.neighbour.example"],
            ("www.example.com", "A"): aliased("edge.neighbour.example"),
            ("edge.neighbour.example", "A"): ["192.0.2.66"],
            ("www.example.com", "MX"): aliased("edge.neighbour.example"),
        }
    )

    found = [item async for item in DnsRecords(network).run(TARGET)]

    assert told(found) == [
        "#dnsrecord#www.example.com#CNAME#edge.neighbour.example",
        "HAS_RECORD #dnsrecord#www.example.com#CNAME#edge.neighbour.example",
        "#domain#edge.neighbour.example",
        "ALIAS_OF #domain#edge.neighbour.example",
    ]


async def test_an_alias_seen_only_on_the_way_to_an_address_is_an_alias_too():
    found = await look({"A": DnsAnswer("NOERROR", ("192.0.2.66",), ("edge.neighbour.example",))})

    assert "#domain#edge.neighbour.example" in told(found)
    assert not any("address" in text for text in told(found))


async def test_mail_exchangers_and_name_servers_are_names_of_their_own():
    found = await look({"MX": ["10 mail.example.com"], "NS": ["ns1.example.com"], "TXT": ["v=spf1 -all"]})

    assert [item.host for item in found if isinstance(item, Domain)] == [
        "mail.example.com",
        "ns1.example.com",
    ]
    assert [item.value for item in found if isinstance(item, DnsRecord)] == [
        "10 mail.example.com",
        "ns1.example.com",
        "v=spf1 -all",
    ]


async def test_a_zone_s_serial_number_is_left_out():
    (record, _) = await look({"SOA": ["ns1.example.com host.example.com 2024010101 1 2 3 4"]})

    assert record.value == "ns1.example.com host.example.com"


async def test_a_name_that_does_not_exist_has_nothing():
    assert await look({}) == []


async def test_what_the_resolver_does_not_tell_is_unknown_and_the_rest_is_kept():
    network = FakeNetwork(
        dns={("www.example.com", "A"): ["192.0.2.7"], ("www.example.com", "CAA"): DnsAnswer("SERVFAIL")}
    )
    found = []

    async def collect():
        async for item in DnsRecords(network).run(TARGET):
            found.append(item)  # noqa: PERF401 - what came before the error counts

    with pytest.raises(CannotRunError, match=r"CAA \(SERVFAIL\)"):
        await collect()

    assert "#address#192.0.2.7" in told(found)


async def test_a_name_out_of_scope_is_refused():
    with pytest.raises(OutOfScopeError):
        await look({"A": ["192.0.2.7"]}, out_of_scope={"example.com"})


@given(
    st.dictionaries(
        st.sampled_from(["A", "AAAA", "CNAME", "MX", "NS", "TXT", "SOA", "CAA"]), st.lists(st.text())
    )
)
async def test_any_answer_is_read(dns):
    found = await look(dns)

    assert all(item.source == TARGET.key for item in found if isinstance(item, Relationship))
