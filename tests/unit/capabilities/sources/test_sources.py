"""Every source reads what its documentation shows, and whatever else it may be sent."""

import contextlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chariot.capabilities.sources.censys import Censys
from chariot.capabilities.sources.certspotter import CertSpotter
from chariot.capabilities.sources.crtsh import CrtSh
from chariot.capabilities.sources.icons import CROWD, Icons
from chariot.capabilities.sources.rdap import Rdap
from chariot.capabilities.sources.ripestat import RipeStat
from chariot.capabilities.sources.securitytrails import SecurityTrails
from chariot.capabilities.sources.shodan import Shodan
from chariot.capabilities.sources.virustotal import VirusTotal
from chariot.capabilities.sources.wayback import Wayback
from chariot.capability import CannotRunError, NoAnswerError, Touch
from chariot.model.kinds.candidate import Candidate
from chariot.model.kinds.network import Address, Domain
from chariot.model.kinds.work import Attribute, Seed
from chariot.model.relationships import Relationship
from chariot.model.states import Standing
from chariot.testing.network import FakeNetwork

SOURCES = (
    Censys, CertSpotter, CrtSh, Rdap, RipeStat, SecurityTrails, Shodan, VirusTotal, Wayback,
)  # fmt: skip
DOMAIN = Seed(value="example.com")
BLOCK = Seed(value="192.0.2.0/28")
ADDRESS = Address(ip="192.0.2.7")
CARD = ["vcard", [["version", {}, "text", "4.0"], ["fn", {}, "text", "Example Widgets Inc."]]]
REGISTRANT = {"roles": ["registrant"], "vcardArray": CARD}


async def look(source, target, *pages):
    capability = source(FakeNetwork())
    (path, *more) = capability.paths(target)
    declared = {(source.name, path): pages[0]}
    for page in pages[1:]:
        path = capability.following(declared[source.name, path], path)
        declared[source.name, path] = page
    for number, other in enumerate(more, 1):
        declared[source.name, other] = pages[min(number, len(pages) - 1)]
    return [item async for item in source(FakeNetwork(sources=declared)).run(target)]


def told(found):
    return [item.key for item in found if not isinstance(item, Relationship)]


@pytest.mark.parametrize(
    ("source", "target", "answer", "expected"),
    [
        (
            CrtSh,
            DOMAIN,
            [
                {
                    "name_value": "www.example.com\n*.shop.example.com\nmail@example.com",
                    "common_name": "example.com",
                }
            ],
            ["#domain#www.example.com", "#domain#shop.example.com", "#domain#example.com"],
        ),
        (
            Wayback,
            DOMAIN,
            [["original"], ["http://old.example.com:80/x?y"], ["junk"]],
            ["#domain#old.example.com"],
        ),
        (
            RipeStat,
            ADDRESS,
            {"data": {"resource": "192.0.2.0/24", "asns": [{"asn": 64_500, "holder": "EXAMPLE"}]}},
            ["#address#192.0.2.7", "#netblock#192.0.2.0/24"],
        ),
        (
            Shodan,
            DOMAIN,
            {"domain": "example.com", "subdomains": ["www", "vpn"]},
            ["#domain#www.example.com", "#domain#vpn.example.com"],
        ),
        (
            Shodan,
            ADDRESS,
            {
                "hostnames": ["a.example.com"],
                "data": [{"port": 443, "cpe23": ["cpe:2.3:a:f5:nginx:1.24.0"]}],
            },
            [
                "#domain#a.example.com",
                "#port#192.0.2.7#tcp#443",
                "#technology#cpe:2.3:a:f5:nginx:1.24.0:*:*:*:*:*:*:*",
            ],
        ),
        (
            Censys,
            ADDRESS,
            {
                "result": {
                    "services": [{"port": 53, "transport_protocol": "UDP"}, {"port": 70_000}],
                    "autonomous_system": {"asn": 64_500, "name": "EXAMPLE"},
                    "dns": {"names": ["a.example.com"]},
                }
            },
            ["#address#192.0.2.7", "#domain#a.example.com", "#port#192.0.2.7#udp#53"],
        ),
        (
            Rdap,
            DOMAIN,
            {"entities": [REGISTRANT]},
            ["#attribute#seed#example.com#registrant#Example Widgets Inc."],
        ),
        (
            Rdap,
            BLOCK,
            {"name": "EXAMPLE-NET", "entities": [{"roles": ["x"], "entities": [REGISTRANT]}]},
            [
                "#attribute#seed#192.0.2.0/28#registrant#Example Widgets Inc.",
                "#attribute#seed#192.0.2.0/28#network-name#EXAMPLE-NET",
            ],
        ),
        (
            Rdap,
            Candidate(about="#domain#example.net"),
            {"entities": [REGISTRANT]},
            ["#attribute#candidate#domain#example.net#registrant#Example Widgets Inc."],
        ),
    ],
)
async def test_an_answer_is_read(source, target, answer, expected):
    assert told(await look(source, target, json.dumps(answer).encode())) == expected


async def test_of_a_person_who_holds_a_domain_a_digest_is_kept_that_is_the_same_however_they_are_written():
    cards = [
        ["vcard", [["kind", {}, "text", "individual"], ["fn", {}, "text", name]]]
        for name in ("Wilhelmina Quxford", "WILHELMINA  QUXFORD", "Ada Byron")
    ]
    found = [
        told(await look(Rdap, DOMAIN, json.dumps({"entities": [REGISTRANT | {"vcardArray": card}]}).encode()))
        for card in cards
    ]

    assert found[0] == found[1] != found[2]
    assert found[0][0].startswith("#attribute#seed#example.com#registrant#person ")
    assert "uxford" not in str(found).lower()


async def test_pages_are_read_until_an_empty_one():
    pages = [[{"id": "1", "dns_names": ["a.example.com"]}], [{"id": "2", "dns_names": ["b.example.com"]}], []]

    found = await look(CertSpotter, DOMAIN, *(json.dumps(page).encode() for page in pages))

    assert told(found) == ["#domain#a.example.com", "#domain#b.example.com"]


async def test_pages_are_read_while_there_is_a_cursor():
    pages = [
        {"data": [{"id": "a.example.com"}], "meta": {"cursor": "n&x"}},
        {"data": [{"id": "b.example.com"}]},
    ]

    found = await look(VirusTotal, DOMAIN, *(json.dumps(page).encode() for page in pages))

    assert told(found) == ["#domain#a.example.com", "#domain#b.example.com"]


async def test_associated_domains_come_besides_names_below():
    answers = [{"subdomains": ["www"]}, {"records": [{"hostname": "example.net"}]}]

    found = await look(SecurityTrails, DOMAIN, *(json.dumps(one).encode() for one in answers))

    assert told(found) == ["#domain#www.example.com", "#domain#example.net"]


async def test_pages_without_end_are_cut_and_told():
    class Endless(FakeNetwork):
        async def consult(self, source, path):
            return b'{"data": [{"id": "a.example.com"}], "meta": {"cursor": "again"}}'

    with pytest.raises(CannotRunError, match="more than 50 pages"):
        [item async for item in VirusTotal(Endless()).run(DOMAIN)]


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
async def test_what_is_no_json_leaves_it_open(source):
    target = ADDRESS if "address" in source.accepts else DOMAIN

    with pytest.raises(CannotRunError, match="does not document"):
        await look(source, target, b"<html>come back later</html>")


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
async def test_a_source_that_is_not_enabled_leaves_it_open(source):
    target = ADDRESS if "address" in source.accepts else DOMAIN

    with pytest.raises(CannotRunError, match="not enabled"):
        [item async for item in source(FakeNetwork()).run(target)]


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_a_source_sends_nothing_to_its_targets_and_says_how_it_is_asked(source):
    assert source.touch is Touch.PASSIVE
    assert source.terms.url.startswith("https://")
    assert source.terms.conditions.startswith("https://")
    assert source.terms.per_minute > 0
    assert source.terms.key or not source.terms.key_needed


@pytest.mark.parametrize(
    "source", [s for s in SOURCES if "seed" in s.accepts and s is not Rdap], ids=lambda s: s.name
)
def test_a_seed_that_is_a_netblock_is_nothing_for_domains(source):
    assert not list(source(FakeNetwork()).paths(BLOCK))


@pytest.mark.parametrize(
    ("standing", "wanted"),
    [(Standing.CANDIDATE, True), (Standing.EXCLUDED, False), (Standing.APPROVED, False)],
)
def test_a_decided_candidate_is_not_looked_up(standing, wanted):
    candidate = Candidate(about="#domain#example.net", standing=standing)

    assert Rdap(FakeNetwork()).match(candidate) is wanted


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["data", "records", "result", "entities", "subdomains", "name", "x"]), inner
        )
    ),
    max_leaves=10,
)


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
@settings(max_examples=25)
@given(value=json_values)
async def test_any_answer_is_read(source, value):
    target = ADDRESS if "address" in source.accepts else DOMAIN
    with contextlib.suppress(CannotRunError, NoAnswerError):
        found = await look(source, target, json.dumps(value).encode())
        assert all(isinstance(item, Domain | Address | Relationship) or item.key for item in found)


ICON = Attribute(owner="#webapplication#https://www.example.com/", label="favicon-mmh3", value="-123")


def shown(*hostnames, icon=-123, title="Example", total=1):
    http = {"title": title, "favicon": {"hash": icon}}
    return json.dumps({"total": total, "matches": [{"hostnames": list(hostnames), "http": http}]}).encode()


async def test_hosts_with_an_icon_of_ours_are_told_with_their_pages_titles():
    found = await look(Icons, ICON, shown("shop.example.net", "\x00"))

    assert told(found) == [
        "#domain#shop.example.net",
        "#attribute#domain#shop.example.net#favicon-mmh3#-123",
        "#attribute#domain#shop.example.net#page-title#Example",
    ]


@pytest.mark.parametrize("answer", [shown("a.example.net", icon=5), shown("a.example.net", total=CROWD + 1)])
async def test_another_icon_and_one_that_everybody_shows_say_nothing(answer):
    assert await look(Icons, ICON, answer) == []


@pytest.mark.parametrize(
    ("label", "owner", "value", "is_asked"),
    [
        ("favicon-mmh3", "#webapplication#https://www.example.com/", "-123", True),
        ("favicon-mmh3", "#webapplication#https://www.example.com/", "1&x=y", False),
        ("favicon-mmh3", "#domain#www.example.com", "123", False),
        ("registrant", "#webapplication#https://www.example.com/", "123", False),
    ],
)
def test_only_icons_of_our_own_pages_are_asked_about(label, owner, value, is_asked):
    assert Icons(FakeNetwork()).match(Attribute(owner=owner, label=label, value=value)) is is_asked
