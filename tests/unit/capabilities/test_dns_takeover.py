import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.capabilities.dns_takeover import DnsTakeover, rule_for, rules
from chariot.capability import CannotRunError, DnsAnswer
from chariot.model.kinds.network import Domain
from chariot.model.kinds.weakness import Risk
from chariot.testing.network import FakeNetwork, aliased, response

TARGET = Domain(host="www.example.com")


async def weaknesses(dns, **options):
    network = FakeNetwork(dns=dns, **options)
    return [item.weakness async for item in DnsTakeover(network).run(TARGET) if isinstance(item, Risk)]


def gone(*aliases):
    return {("www.example.com", "A"): DnsAnswer("NXDOMAIN", (), aliases)}


async def test_an_alias_of_a_free_name_at_a_provider_can_be_taken_over():
    assert await weaknesses(gone("shop.azurewebsites.net")) == ["subdomain-takeover"]


async def test_an_alias_of_nothing_elsewhere_dangles():
    assert await weaknesses(gone("edge.partner.example")) == ["dns-dangling-alias"]


async def test_an_alias_that_leads_somewhere_is_well():
    dns = {
        ("www.example.com", "A"): aliased("edge.partner.example"),
        ("edge.partner.example", "A"): ["192.0.2.7"],
    }

    assert await weaknesses(dns) == []


async def test_where_only_a_page_tells_it_is_read():
    page = response(status=404, body=b"<Code>NoSuchBucket</Code>")
    dns = {
        ("www.example.com", "A"): aliased("b.s3.amazonaws.com"),
        ("b.s3.amazonaws.com", "A"): ["192.0.2.7"],
    }

    assert await weaknesses(dns, responses={"http://www.example.com/": page}) == ["subdomain-takeover"]


async def test_where_the_page_is_not_ours_to_ask_the_answer_is_unknown():
    dns = {
        ("www.example.com", "A"): aliased("b.s3.amazonaws.com"),
        ("b.s3.amazonaws.com", "A"): ["192.0.2.7"],
    }

    with pytest.raises(CannotRunError, match="only the page of Amazon S3"):
        await weaknesses(dns)


@pytest.mark.parametrize(
    ("record", "value", "weakness"),
    [("NS", "ns1.gone.example", "dns-dangling-ns"), ("MX", "10 mx.gone.example", "dns-dangling-mx")],
)
async def test_servers_that_do_not_exist_are_told(record, value, weakness):
    assert await weaknesses({("www.example.com", record): [value]}) == [weakness]


async def test_taking_no_mail_at_all_is_well():
    assert await weaknesses({("www.example.com", "MX"): ["0 ."]}) == []


async def test_servers_that_nobody_tells_of_leave_it_open():
    dns = {("www.example.com", "NS"): ["ns1.lame.example"], ("ns1.lame.example", "A"): DnsAnswer("SERVFAIL")}

    with pytest.raises(CannotRunError, match=r"ns1\.lame\.example"):
        await weaknesses(dns)


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.provider)
def test_each_rule_names_its_source_and_what_it_looks_for(rule):
    assert rule.source.startswith("https://")
    assert rule.claim
    assert all(name == name.lower().strip(".") for name in rule.names)


def test_a_name_that_only_ends_like_a_provider_s_is_nobody_s():
    assert rule_for(("evilgithub.io",)) is None
    assert rule_for(("a.github.io",)).provider == "GitHub Pages"


@given(st.lists(st.text(), max_size=5))
async def test_any_record_is_read(values):
    network = FakeNetwork(dns={("www.example.com", "NS"): values, ("www.example.com", "MX"): values})
    with contextlib.suppress(CannotRunError):
        assert isinstance([item async for item in DnsTakeover(network).run(TARGET)], list)
