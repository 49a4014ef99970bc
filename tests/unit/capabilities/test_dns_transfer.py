import contextlib
import itertools
from contextlib import asynccontextmanager

import dns.message
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.capabilities.dns_transfer import MESSAGES_LIMIT, DnsTransfer
from chariot.capability import CannotRunError
from chariot.errors import OutOfScopeError
from chariot.model.kinds.network import DnsRecord, Domain
from chariot.model.kinds.weakness import Risk
from chariot.testing.network import Conversation, FakeNetwork

TARGET = Domain(host="example.com")
START = ("example.com.", "SOA", "ns1.example.com. root.example.com. 1 2 3 4 5")
DNS = {
    ("example.com", "SOA"): ["ns1.example.com root.example.com 1 2 3 4 5"],
    ("example.com", "NS"): ["ns1.example.com"],
    ("ns1.example.com", "A"): ["192.0.2.53"],
}


def framed(*records, rcode=0):
    message = dns.message.make_response(dns.message.make_query("example.com", "AXFR"))
    message.set_rcode(rcode)
    for name, kind, value in records:
        message.answer.append(dns.rrset.from_text(name, 60, "IN", kind, value))
    wire = message.to_wire()
    return len(wire).to_bytes(2) + wire


def network(reply, **options):
    conversation = Conversation(replies=lambda _: reply)
    return FakeNetwork(dns=DNS, banners={("ns1.example.com", 53): conversation}, **options)


async def look(reply, **options):
    return [item async for item in DnsTransfer(network(reply, **options)).run(TARGET)]


async def test_a_zone_that_is_handed_over_is_read_and_told():
    reply = framed(
        START,
        ("vpn.example.com.", "A", "192.0.2.9"),
        ("example.com.", "MX", "10 mail.example.com."),
        ("elsewhere.example.", "A", "192.0.2.10"),
    ) + framed(START)

    found = await look(reply)

    assert [item.host for item in found if isinstance(item, Domain)] == ["vpn.example.com"]
    assert [item.value for item in found if isinstance(item, DnsRecord)] == ["10 mail.example.com"]
    assert [item.weakness for item in found if isinstance(item, Risk)] == ["dns-zone-transfer"]


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(framed(rcode=5), id="refused"),
        pytest.param(framed(("a.example.com.", "A", "192.0.2.1")), id="no start of authority"),
        pytest.param(b"\0\x05hello", id="cut off"),
    ],
)
async def test_a_refusal_or_nonsense_is_no_zone(reply):
    assert await look(reply) == []


async def test_a_server_that_says_nothing_leaves_it_open():
    with pytest.raises(CannotRunError, match=r"ns1\.example\.com did not answer"):
        await look(b"")


async def test_a_server_out_of_scope_is_not_asked():
    asked = network(framed(START), out_of_scope={"ns1.example.com"})

    with pytest.raises(OutOfScopeError, match="out of scope"):
        [item async for item in DnsTransfer(asked).run(TARGET)]

    assert not [one for one in asked.sent if one[0] == "connect"]


async def test_a_transfer_that_never_ends_is_cut():
    endless = itertools.cycle([framed(START)[:2], framed(START)[2:]])
    more = framed(("a.example.com.", "A", "192.0.2.1"))

    class Endless(FakeNetwork):
        reads = 0

        @asynccontextmanager
        async def connect(self, host, port, *, timeout_s):
            yield self

        async def send(self, data):
            self.parts = itertools.chain(
                [next(endless), next(endless)], itertools.cycle([more[:2], more[2:]])
            )

        async def read(self, limit_bytes, *, timeout_s):
            self.reads += 1
            return next(self.parts)

    asked = Endless(dns=DNS)

    found = [item async for item in DnsTransfer(asked).run(TARGET)]

    assert [item.host for item in found if isinstance(item, Domain)] == ["a.example.com"]
    assert asked.reads <= 2 * MESSAGES_LIMIT


@given(st.binary(max_size=300))
async def test_any_answer_is_read(reply):
    with contextlib.suppress(CannotRunError):
        await look(len(reply).to_bytes(2) + reply)
