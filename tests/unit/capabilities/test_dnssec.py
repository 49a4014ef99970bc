import contextlib
import time

import dns.dnssec
import dns.message
import dns.name
import dns.rcode
import dns.rrset
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from hypothesis import given
from hypothesis import strategies as st

from chariot.capabilities.dnssec import Dnssec
from chariot.capability import CannotRunError
from chariot.model.kinds.network import Domain
from chariot.model.kinds.weakness import Risk
from chariot.model.kinds.work import Attribute
from chariot.testing.network import FakeNetwork

ZONE = dns.name.from_text("example.com")
SOA = ["ns1.example.com root.example.com 1 2 3 4 5"]
DAY_S = 86_400


class Signer:
    """A zone's key, and what it signs."""

    def __init__(self, seed=1):
        self.private = ed25519.Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
        self.key = dns.dnssec.make_dnskey(self.private.public_key(), "ED25519", flags=257)
        self.keys = dns.rrset.from_rdata(ZONE, 60, self.key)
        self.start = dns.rrset.from_text(ZONE, 60, "IN", "SOA", f"{SOA[0].replace('.com', '.com.')}")
        self.ds = dns.rrset.from_rdata(ZONE, 60, dns.dnssec.make_ds(ZONE, self.key, "SHA256"))

    def signed(self, rrset, *, until_s=DAY_S):
        now = time.time()
        signature = dns.dnssec.sign(
            rrset, self.private, ZONE, self.key, inception=now - 10 * DAY_S, expiration=now + until_s
        )
        return [rrset, dns.rrset.from_rdata(ZONE, 60, signature)]


def message(*rrsets, rcode=dns.rcode.NOERROR):
    answer = dns.message.make_response(dns.message.make_query(ZONE, "A"))
    answer.set_rcode(rcode)
    answer.answer.extend(rrsets)
    return answer.to_wire()


async def look(keys, ds, start):
    messages = {("example.com", kind): wire for kind, wire in (("DNSKEY", keys), ("DS", ds), ("SOA", start))}
    network = FakeNetwork(dns={("example.com", "SOA"): SOA}, messages=messages)
    found = [item async for item in Dnssec(network).run(Domain(host="example.com"))]
    state = [item.value for item in found if isinstance(item, Attribute)]
    return state, [item.weakness for item in found if isinstance(item, Risk)]


async def test_without_keys_a_zone_is_unsigned():
    assert await look(message(), message(), message()) == (["unsigned"], [])


async def test_signatures_that_hold_under_the_parent_s_word_are_signed():
    one = Signer()

    found = await look(message(*one.signed(one.keys)), message(one.ds), message(*one.signed(one.start)))

    assert found == (["signed"], [])


async def test_a_key_that_the_parent_does_not_name_is_bogus():
    one = Signer()

    found = await look(message(*one.signed(one.keys)), message(Signer(2).ds), message(*one.signed(one.start)))

    assert found == (["bogus"], ["dnssec-bogus"])


async def test_signatures_past_their_time_are_bogus():
    one = Signer()
    late = one.signed(one.start, until_s=-DAY_S)

    assert await look(message(*one.signed(one.keys)), message(one.ds), message(*late)) == (
        ["bogus"],
        ["dnssec-bogus"],
    )


async def test_a_signature_by_another_key_is_bogus():
    one = Signer()
    forged = [one.start, Signer(2).signed(one.start)[1]]

    found = await look(message(*one.signed(one.keys)), message(one.ds), message(*forged))

    assert found == (["bogus"], ["dnssec-bogus"])


async def test_a_parent_s_word_for_a_zone_without_keys_is_bogus():
    assert await look(message(), message(Signer().ds), message()) == (["bogus"], ["dnssec-bogus"])


async def test_a_signed_zone_without_its_parent_s_word_is_unchained():
    one = Signer()

    found = await look(message(*one.signed(one.keys)), message(), message(*one.signed(one.start)))

    assert found == (["unchained"], ["dnssec-unchained"])


async def test_many_keys_are_not_tried():
    one = Signer()
    many = dns.rrset.from_rdata(ZONE, 60, *(Signer(number).key for number in range(1, 15)))

    with pytest.raises(CannotRunError, match="more than 12"):
        await look(message(many), message(one.ds), message(*one.signed(one.start)))


async def test_a_resolver_that_refuses_leaves_it_open():
    refused = message(rcode=dns.rcode.REFUSED)

    with pytest.raises(CannotRunError, match="does not tell"):
        await look(refused, refused, refused)


@given(st.binary(max_size=200), st.binary(max_size=200))
async def test_any_answer_is_read(keys, ds):
    with contextlib.suppress(CannotRunError):
        assert await look(keys, ds, message())
