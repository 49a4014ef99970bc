from hypothesis import given
from hypothesis import strategies as st

from chariot.capabilities.services.datagrams import DATAGRAMS
from chariot.capabilities.udp_services import UdpParameters, UdpServices
from chariot.model.kinds.network import Address, Port
from chariot.model.kinds.weakness import Risk
from chariot.testing.network import FakeNetwork

TARGET = Address(ip="192.0.2.7")


async def look(packets, **parameters):
    network = FakeNetwork(packets={("192.0.2.7", port): answer for port, answer in packets.items()})
    found = [item async for item in UdpServices(network, UdpParameters(**parameters)).run(TARGET)]
    return found, network


def ports(found):
    return {(item.number, item.protocol, item.service) for item in found if isinstance(item, Port)}


async def test_what_answers_in_its_protocol_is_an_open_port():
    found, _ = await look({123: b"\x24" + bytes(47), 69: b"\x00\x05\x00\x01no\x00"})

    assert ports(found) == {(123, "udp", "ntp"), (69, "udp", "tftp")}
    assert [item.weakness for item in found if isinstance(item, Risk)] == ["tftp-exposed"]


async def test_an_answer_in_another_protocol_is_none():
    found, _ = await look({161: b"hello", 123: b"hello"})

    assert found == []


async def test_each_question_is_sent_once_and_those_of_the_own_network_only_when_wanted():
    _, network = await look({})
    _, local = await look({}, local=True)
    _, one = await look({}, services=("snmp",))

    assert len(network.sent) == len([each for each in DATAGRAMS if not each.local])
    assert len(local.sent) == len(DATAGRAMS)
    assert {entry[2] for entry in one.sent} == {"161"}


@given(st.binary(max_size=100))
async def test_any_answer_is_read(data):
    await look({one.port: data for one in DATAGRAMS}, local=True)
