from ipaddress import ip_address, ip_network

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from chariot.model.kinds.network import (
    Address,
    Certificate,
    DnsRecord,
    Domain,
    Netblock,
    Port,
    WebApplication,
)
from chariot.model.kinds.weakness import Risk, Technology
from chariot.model.kinds.work import Attribute, Seed
from chariot.model.states import Depth
from chariot.modules.discovery.scope import Scope, host_of

CORP = Seed(value="corp.example", deny=("secret.corp.example", "9.9.9.9", "192.0.2.8/30"))
BLOCK = Seed(value="192.0.2.0/28")
ONE = Seed(value="198.51.100.7")
SCOPE = Scope.of([CORP, BLOCK, ONE])
CPE = "cpe:2.3:a:f5:nginx:1.24.0:*:*:*:*:*:*:*"


@pytest.mark.parametrize("name", ["corp.example", "www.corp.example", "A.B.CORP.example."])
def test_a_domain_seed_admits_itself_and_all_below(name) -> None:
    assert SCOPE.admits_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "example",
        "notcorp.example",
        "corp.example.org",
        "secret.corp.example",
        "x.secret.corp.example",
        "",
        "..",
        "192.0.2.1",
    ],
)
def test_other_names_are_refused(name) -> None:
    assert not SCOPE.admits_name(name)


@pytest.mark.parametrize("address", ["192.0.2.0", "192.0.2.15", "198.51.100.7", "::ffff:192.0.2.1"])
def test_an_address_inside_a_seed_is_admitted_whatever_its_purpose(address) -> None:
    assert SCOPE.admits_address(address)


@pytest.mark.parametrize(
    "address", ["192.0.2.16", "192.0.1.255", "198.51.100.8", "192.0.2.9", "192.0.2.300", "8.8.8.8", ""]
)
def test_an_address_outside_or_denied_is_refused(address) -> None:
    assert not SCOPE.admits_address(address)


def test_a_name_in_scope_admits_the_public_address_that_it_resolves_to() -> None:
    assert SCOPE.admits_address("8.8.8.8", ["www.corp.example"])
    assert not SCOPE.admits_address("8.8.8.8", ["www.other.example"])
    assert not SCOPE.admits_address("8.8.8.8", ["x.secret.corp.example"])


@pytest.mark.parametrize("address", ["127.0.0.1", "169.254.169.254", "10.0.0.1", "::1", "224.0.0.1"])
def test_a_name_does_not_admit_a_special_purpose_address(address) -> None:
    assert not SCOPE.admits_address(address, ["www.corp.example"])
    assert "special-purpose" in SCOPE.why(address, ["www.corp.example"])


def test_a_denied_address_stays_denied_whatever_its_name() -> None:
    assert not SCOPE.admits_address("9.9.9.9", ["www.corp.example"])


@pytest.mark.parametrize(
    ("entity", "admitted"),
    [
        (Domain(host="www.corp.example"), True),
        (Domain(host="www.other.example"), False),
        (DnsRecord(host="corp.example", type="MX", value="10 mx.other.example"), True),
        (Address(ip="192.0.2.1"), True),
        (Address(ip="8.8.8.8"), False),
        (Port(address="192.0.2.1", protocol="tcp", number=22), True),
        (Port(address="192.0.2.16", protocol="tcp", number=22), False),
        (Netblock(cidr="192.0.2.0/29"), True),
        (Netblock(cidr="192.0.2.0/27"), False),
        (Netblock(cidr="192.0.2.8/31"), False),
        (WebApplication(url="https://www.corp.example:8443/"), True),
        (WebApplication(url="https://www.other.example/"), False),
        (WebApplication(url="http://192.0.2.1/"), True),
        (WebApplication(url="http://[2001:db8::1]/"), False),
        (Certificate(sha256="0" * 64), True),
        (Technology(cpe=CPE), True),
        (Seed(value="corp.example"), True),
        (Seed(value="192.0.2.0/28"), True),
        (Seed(value="203.0.113.0/24"), False),
        (Attribute(owner="#address#8.8.8.8", label="x", value="y"), False),
        (Attribute(owner="#domain#corp.example", label="x", value="y"), True),
        (Risk(target="#port#192.0.2.16#tcp#22", weakness="CVE-2023-12345"), False),
        (Risk(target="#webapplication#http://www.corp.example/", weakness="CVE-2023-12345"), True),
    ],
)
def test_an_entity_is_where_its_name_or_address_is(entity, admitted) -> None:
    assert SCOPE.admits(entity) is admitted


@pytest.mark.parametrize(
    ("excluded", "refused", "kept"),
    [
        ("#domain#old.corp.example", "#domain#x.old.corp.example", "#domain#new.corp.example"),
        ("#address#192.0.2.1", "#port#192.0.2.1#tcp#22", "#port#192.0.2.2#tcp#22"),
        ("#netblock#192.0.2.0/30", "#address#192.0.2.3", "#address#192.0.2.4"),
        ("#port#192.0.2.1#tcp#22", "#port#192.0.2.1#tcp#22", "#port#192.0.2.1#tcp#23"),
        (
            "#webapplication#http://a.corp.example/",
            "#webapplication#http://a.corp.example/",
            "#domain#a.corp.example",
        ),
    ],
)
def test_what_a_person_excluded_is_refused_with_all_below(excluded, refused, kept) -> None:
    scope = Scope.of([CORP, BLOCK], [excluded])

    assert (scope.key(refused).admitted, scope.key(kept).admitted) == (False, True)


@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        ("www.corp.example", "www.corp.example belongs to the seed corp.example"),
        ("x.secret.corp.example", "x.secret.corp.example is denied by secret.corp.example"),
        ("other.example", "other.example does not descend from any seed"),
        ("192.0.2.1", "192.0.2.1 belongs to the seed 192.0.2.0/28"),
        ("192.0.2.9", "192.0.2.9 is denied by 192.0.2.8/30"),
        ("198.51.100.7", "198.51.100.7 belongs to the seed 198.51.100.7/32"),
        ("8.8.8.8", "8.8.8.8 is in no seed, and no name in scope resolves to it"),
        ("192.0.2.0/24", "192.0.2.0/24 lies inside no seed netblock"),
        ("#port#192.0.2.1#tcp#22", "192.0.2.1 belongs to the seed 192.0.2.0/28"),
        (Domain(host="corp.example"), "corp.example belongs to the seed corp.example"),
    ],
)
def test_every_verdict_has_its_reason(target, sentence) -> None:
    assert SCOPE.why(target) == sentence


def test_the_nearest_seed_says_how_deep_to_look() -> None:
    scope = Scope.of(
        [
            Seed(value="corp.example", depth=Depth.DEEP),
            Seed(value="shop.corp.example", depth=Depth.LIGHT),
            Seed(value="192.0.0.0/16", depth=Depth.NORMAL),
            Seed(value="192.0.2.0/24", depth=Depth.PASSIVE),
        ]
    )

    assert scope.name("www.corp.example").depth is Depth.DEEP
    assert scope.name("a.shop.corp.example").depth is Depth.LIGHT
    assert scope.address("192.0.1.1").depth is Depth.NORMAL
    assert scope.address("192.0.2.1", ["corp.example"]).depth is Depth.PASSIVE
    assert scope.address("8.8.8.8", ["corp.example", "shop.corp.example"]).depth is Depth.LIGHT


def test_an_empty_scope_admits_nothing() -> None:
    assert not Scope().admits_name("corp.example")
    assert not Scope().admits_address("8.8.8.8", ["corp.example"])


@pytest.mark.parametrize(
    ("key", "host"),
    [
        ("#domain#a.example", "a.example"),
        ("#port#2001:db8::1#tcp#22", "2001:db8::1"),
        ("#webapplication#https://[2001:db8::1]:8443/", "2001:db8::1"),
        ("#risk#port#192.0.2.7#tcp#443#CVE-2023-12345", "192.0.2.7"),
        ("#technology#x", ""),
        ("nonsense", ""),
    ],
)
def test_a_key_is_at_a_host_or_at_none(key, host) -> None:
    assert host_of(key) == host


@settings(deadline=None)
@given(st.text(max_size=80), st.text(max_size=80))
def test_any_text_gets_a_verdict(text, name) -> None:
    assert SCOPE.why(text, [name])
    assert SCOPE.admits_name(text) in (True, False)


NETWORKS = st.tuples(st.ip_addresses(v=4), st.integers(8, 32)).map(lambda p: ip_network(p, strict=False))


@settings(deadline=None)
@given(st.lists(NETWORKS, max_size=20), st.lists(NETWORKS, max_size=5), st.ip_addresses(v=4))
def test_blocks_agree_with_looking_at_each_one(own, denied, address) -> None:
    scope = Scope.of(
        [Seed(value=str(network)) for network in own]
        + [Seed(value="corp.example", deny=tuple(map(str, denied)))]
    )

    expected = any(address in network for network in own) and not any(address in net for net in denied)
    assert scope.admits_address(str(address)) is expected


LABELS = st.lists(st.sampled_from(["a", "b", "c"]), min_size=2, max_size=5).map(".".join)


@settings(deadline=None)
@given(st.lists(LABELS, max_size=5), st.lists(LABELS, max_size=3), LABELS)
def test_names_agree_with_looking_at_each_seed(own, denied, name) -> None:
    scope = Scope.of([Seed(value=value, deny=tuple(denied)) for value in own])

    def below(seed: str) -> bool:
        return name == seed or name.endswith(f".{seed}")

    assert scope.admits_name(name) is (any(map(below, own)) and not any(map(below, denied)))


@settings(deadline=None)
@given(st.ip_addresses(v=6), st.integers(32, 128))
def test_a_block_admits_its_first_and_last_address_and_not_its_neighbours(address, prefix) -> None:
    network = ip_network((address, prefix), strict=False)
    first, last = ip_address(network.network_address), ip_address(network.broadcast_address)
    # A mapped address is an IPv4 address, which no IPv6 block admits.
    assume(first.ipv4_mapped is None and last.ipv4_mapped is None and int(last) + 1 < 2**128)
    scope = Scope.of([Seed(value=str(network))])

    assert scope.admits_address(str(first))
    assert scope.admits_address(str(last))
    assert not scope.admits_address(str(last + 1))


def test_thousands_of_seeds_cost_no_more_than_one() -> None:
    blocks = [Seed(value=f"10.{n // 256}.{n % 256}.0/24") for n in range(5_000)]
    scope = Scope.of([*blocks, *(Seed(value=f"d{n}.example") for n in range(5_000))])

    assert scope.blocks.lengths == ((4, 24),)
    assert scope.admits_address("10.19.135.200")
    assert not scope.admits_address("10.19.136.1")
    assert scope.admits_name("www.d4999.example")


@pytest.mark.parametrize(
    ("name", "denied"),
    [
        ("mx.partner.example", True),
        ("partner.example", True),
        ("notpartner.example", False),
        ("example.net", False),
        ("no name", True),
    ],
)
def test_a_name_is_denied_with_everything_below_it(name, denied):
    scope = Scope.of([Seed(value="corp.example", deny=("partner.example",))])

    assert scope.denies_name(name) is denied
