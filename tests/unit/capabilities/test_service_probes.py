from hypothesis import given
from hypothesis import strategies as st

from chariot.capabilities.service_probes import ServiceProbes
from chariot.model.kinds.network import Port
from chariot.model.kinds.weakness import Risk, Technology
from chariot.model.kinds.work import Attribute
from chariot.model.relationships import Relationship
from chariot.testing.network import Conversation, FakeNetwork

HOST = "192.0.2.7"
REDIS = {b"INFO server\r\n": b"$31\r\n# Server\r\nredis_version:7.0.15\r\n\r\n"}


async def probe(number, conversation):
    target = Port(address=HOST, protocol="tcp", number=number)
    capability = ServiceProbes(FakeNetwork(banners={(HOST, number): conversation}))
    return target, [found async for found in capability.run(target)]


def only(kind, found):
    return [item for item in found if isinstance(item, kind)]


async def test_service_product_facts_and_flaws_hang_on_the_port():
    target, found = await probe(6379, Conversation(b"", REDIS))

    assert only(Port, found) == [Port(address=HOST, protocol="tcp", number=6379, service="redis")]
    assert [item.cpe for item in only(Technology, found)] == ["cpe:2.3:a:redis:redis:7.0.15:*:*:*:*:*:*:*"]
    assert {(item.label, item.value) for item in only(Attribute, found)} == {("authentication", "none")}
    (risk,) = only(Risk, found)
    assert (risk.weakness, risk.target, risk.severity.value) == (
        "redis-without-password",
        target.key,
        "critical",
    )
    assert risk.evidence[0].values["cwe"] == "CWE-306"
    assert {(item.type.value, item.source) for item in only(Relationship, found)} == {
        ("HAS_TECHNOLOGY", target.key),
        ("HAS_ATTRIBUTE", target.key),
        ("HAS_RISK", target.key),
    }


async def test_nothing_is_said_of_a_service_that_is_not_known():
    assert (await probe(12345, b""))[1] == []


async def test_udp_ports_are_left_alone():
    assert not ServiceProbes(FakeNetwork()).match(Port(address=HOST, protocol="udp", number=53))


async def test_the_same_look_says_the_same():
    assert await probe(6379, Conversation(b"", REDIS)) == await probe(6379, Conversation(b"", REDIS))


@given(st.integers(1, 65_535), st.binary(max_size=80), st.binary(max_size=80))
async def test_any_service_is_read(number, greeting, answer):
    await probe(number, Conversation(greeting, lambda _: answer))
