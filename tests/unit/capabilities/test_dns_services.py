import pytest

from chariot.capabilities.dns_services import DnsServices
from chariot.capability import CannotRunError, DnsAnswer
from chariot.model.kinds.network import DnsRecord, Domain
from chariot.testing.network import FakeNetwork

ZONE = {("example.com", "SOA"): ["ns1.example.com root.example.com 1 2 3 4 5"]}
TARGET = Domain(host="example.com")


async def test_a_service_is_a_record_and_the_name_that_it_leads_to():
    network = FakeNetwork(dns={**ZONE, ("_imaps._tcp.example.com", "SRV"): ["0 1 993 mail.example.com"]})

    found = [item async for item in DnsServices(network).run(TARGET)]

    assert [item.value for item in found if isinstance(item, DnsRecord)] == ["0 1 993 mail.example.com"]
    assert [item.host for item in found if isinstance(item, Domain)] == ["mail.example.com"]


async def test_services_that_got_no_answer_are_told():
    network = FakeNetwork(dns={**ZONE, ("_sip._tcp.example.com", "SRV"): DnsAnswer("SERVFAIL")})

    with pytest.raises(CannotRunError, match="1 of"):
        [item async for item in DnsServices(network).run(TARGET)]


async def test_a_name_that_is_no_zone_announces_nothing():
    assert [item async for item in DnsServices(FakeNetwork()).run(TARGET)] == []
