import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.capabilities.email_security import EmailSecurity
from chariot.capability import CannotRunError, DnsAnswer
from chariot.model.kinds.network import Domain
from chariot.model.kinds.weakness import Risk
from chariot.model.kinds.work import Attribute
from chariot.testing.network import FakeNetwork, response

TARGET = Domain(host="example.com")
GOOD = {
    ("example.com", "MX"): ["10 mail.example.com"],
    ("example.com", "TXT"): ['"v=spf1 mx -all"'],
    ("_dmarc.example.com", "TXT"): ['"v=DMARC1; p=reject"'],
}


async def look(changes=None, **options):
    network = FakeNetwork(dns=GOOD | (changes or {}), **options)
    return [item async for item in EmailSecurity(network).run(TARGET)]


async def weaknesses(changes=None, **options):
    return {item.weakness for item in await look(changes, **options) if isinstance(item, Risk)}


async def facts(changes=None, **options):
    return {item.label: item.value for item in await look(changes, **options) if isinstance(item, Attribute)}


async def test_a_domain_in_order_has_no_risk_and_facts():
    assert await weaknesses() == set()
    assert await facts() == {
        "spf": "fail",
        "dmarc": "reject",
        "mta-sts": "absent",
        "tls-rpt": "absent",
        "bimi": "absent",
    }


@pytest.mark.parametrize(
    ("records", "weakness"),
    [
        ([], "spf-missing"),
        (['"v=spf1 -all"', '"v=spf1 mx -all"'], "spf-several"),
        (['"v=spf1 +all"'], "spf-allows-all"),
        (['"v=spf1 all"'], "spf-allows-all"),
        (['"v=spf1 ?all"'], "spf-neutral"),
        (['"v=spf1 mx"'], "spf-neutral"),
        (['"v=spf1 ptr -all"'], "spf-ptr"),
        ([f'"v=spf1 {"a " * 11}-all"'], "spf-too-many-look-ups"),
    ],
)
async def test_faults_of_spf_are_told(records, weakness):
    assert await weaknesses({("example.com", "TXT"): records}) == {weakness}


async def test_look_ups_behind_includes_count():
    including = {
        ("example.com", "TXT"): ['"v=spf1 include:one.example include:two.example -all"'],
        ("one.example", "TXT"): ['"v=spf1 a mx a:b.example a:c.example include:three.example -all"'],
        ("two.example", "TXT"): ['"v=spf1 a mx -all"'],
        ("three.example", "TXT"): ['"v=spf1 a mx -all"'],
    }

    assert await weaknesses(including) == {"spf-too-many-look-ups"}


async def test_an_include_that_lets_everybody_send_is_told():
    including = {
        ("example.com", "TXT"): ['"v=spf1 include:one.example -all"'],
        ("one.example", "TXT"): ['"v=spf1 +all"'],
    }

    assert await weaknesses(including) == {"spf-allows-all"}


async def test_includes_in_a_circle_end():
    circle = {
        ("example.com", "TXT"): ['"v=spf1 include:one.example -all"'],
        ("one.example", "TXT"): ['"v=spf1 include:one.example -all"'],
    }

    assert await weaknesses(circle) == {"spf-too-many-look-ups"}


@pytest.mark.parametrize(
    ("records", "weakness"),
    [
        ([], {"dmarc-missing"}),
        (['"v=DMARC1; p=none"'], {"dmarc-not-enforced"}),
        (['"v=DMARC1; p=reject; sp=none"'], {"dmarc-not-enforced"}),
        (['"v=DMARC1; p=reject; pct=20"'], {"dmarc-not-enforced"}),
        (['"v=DMARC1; p=quarantine"'], set()),
    ],
)
async def test_faults_of_dmarc_are_told(records, weakness):
    assert await weaknesses({("_dmarc.example.com", "TXT"): records}) == weakness


async def test_a_policy_above_holds_below():
    network = FakeNetwork(
        dns={
            ("mail.example.com", "MX"): ["10 mx.example.com"],
            ("mail.example.com", "TXT"): ['"v=spf1 -all"'],
            ("_dmarc.example.com", "TXT"): ['"v=DMARC1; p=reject"'],
        }
    )

    found = [item async for item in EmailSecurity(network).run(Domain(host="mail.example.com"))]

    assert not [item for item in found if isinstance(item, Risk)]


async def test_keys_are_named_by_their_selectors():
    key = {("selector1._domainkey.example.com", "TXT"): ['"v=DKIM1; p=AAAA"']}

    assert (await facts(key))["dkim-selector"] == "selector1"


@pytest.mark.parametrize(
    ("body", "status", "fact", "weakness"),
    [
        (b"version: STSv1\nmode: enforce\nmx: mail.example.com\nmax_age: 86400\n", 200, "enforce", set()),
        (b"version: STSv1\nmode: testing\n", 200, "testing", set()),
        (b"<html>", 200, "broken", {"mta-sts-broken"}),
        (b"", 404, "broken", {"mta-sts-broken"}),
    ],
)
async def test_the_transport_policy_is_read(body, status, fact, weakness):
    announced = {("_mta-sts.example.com", "TXT"): ['"v=STSv1; id=1"']}
    pages = {"https://mta-sts.example.com/.well-known/mta-sts.txt": response(status=status, body=body)}

    assert (await facts(announced, responses=pages))["mta-sts"] == fact
    assert await weaknesses(announced, responses=pages) == weakness


async def test_what_the_resolver_does_not_tell_is_unknown():
    with pytest.raises(CannotRunError, match=r"DMARC \(SERVFAIL\)"):
        await look({("_dmarc.example.com", "TXT"): DnsAnswer("SERVFAIL")})


async def test_a_name_without_mail_or_zone_is_left_alone():
    network = FakeNetwork(dns={("www.example.com", "A"): ["192.0.2.7"]})

    assert [item async for item in EmailSecurity(network).run(Domain(host="www.example.com"))] == []


@given(st.lists(st.text(), max_size=4), st.lists(st.text(), max_size=4))
async def test_any_record_is_read(texts, policies):
    spf = [f'"v=spf1 {text}"' for text in texts]
    with contextlib.suppress(CannotRunError):
        assert await look({("example.com", "TXT"): spf, ("_dmarc.example.com", "TXT"): policies})
