import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.capabilities.http import Http
from chariot.capabilities.support.parameters import PortParameters
from chariot.capability import CannotRunError, DnsAnswer, NoAnswerError, UnreadableError
from chariot.errors import OutOfScopeError
from chariot.model.kinds.network import Address, Domain, Port, WebApplication
from chariot.model.kinds.weakness import Technology
from chariot.model.relationships import Relationship
from chariot.testing.network import FakeNetwork, aliased, response

TARGET = Domain(host="www.example.com")
ADDRESS = Address(ip="192.0.2.7")
PAGE = response(headers={"Server": "nginx/1.18.0"}, body=b"<title>hello</title>")
COMPLAINT = response(status=400, body=b"The plain HTTP request was sent to HTTPS port")


def world(responses, dns=None, ports=(80, 443, 8443), **options):
    return FakeNetwork(
        dns=dns or {("www.example.com", "A"): ["192.0.2.7"]},
        banners=options.pop("banners", {("192.0.2.7", port): b"" for port in ports}),
        responses=responses,
        **options,
    )


async def ask(network, target=TARGET, ports=(80, 443, 8443)):
    return [found async for found in Http(network, PortParameters(ports=ports)).run(target)]


def only(kind, found):
    return [item for item in found if isinstance(item, kind)]


async def test_a_page_becomes_a_web_application_of_its_name():
    found = await ask(world({"http://www.example.com:80/": PAGE}))

    (application,) = only(WebApplication, found)
    assert (application.url, application.title, application.server) == (
        "http://www.example.com/",
        "hello",
        "nginx/1.18.0",
    )
    assert {(item.type.value, item.source, item.target) for item in only(Relationship, found)} >= {
        ("NAMES", TARGET.key, application.key),
        ("SERVES", "#port#192.0.2.7#tcp#80", application.key),
        ("HAS_PORT", "#address#192.0.2.7", "#port#192.0.2.7#tcp#80"),
    }
    assert only(Port, found)[0].service == "http"
    assert [item.cpe for item in only(Technology, found)] == ["cpe:2.3:a:f5:nginx:1.18.0:*:*:*:*:*:*:*"]


@pytest.mark.parametrize("plain", [{}, {"http://www.example.com:8443/": COMPLAINT}])
async def test_a_tls_port_is_found_by_https(plain):
    found = await ask(world({**plain, "https://www.example.com:8443/": PAGE}))

    assert [item.url for item in only(WebApplication, found)] == ["https://www.example.com:8443/"]


async def test_a_tls_port_that_only_complains_is_no_web_application():
    assert only(WebApplication, await ask(world({"http://www.example.com:443/": COMPLAINT}))) == []


async def test_a_service_that_speaks_first_is_sent_no_request():
    network = world({"http://www.example.com:80/": PAGE}, banners={("192.0.2.7", 80): b"220 ftp"})

    assert await ask(network) == []
    assert not [entry for entry in network.sent if entry[0] == "get"]


async def test_a_redirect_is_recorded_and_not_followed():
    network = world(
        {
            "http://www.example.com:80/": response(
                status=302, headers={"Location": "https://sso.example.com/in?x=1"}
            )
        }
    )

    found = await ask(network)

    assert only(WebApplication, found)[0].redirect == "https://sso.example.com/in"
    assert [item.host for item in only(Domain, found)] == ["sso.example.com"]
    assert not [entry for entry in network.sent if "sso.example.com" in entry]


async def test_an_alias_that_leaves_the_scope_is_left_alone():
    network = world(
        {"http://www.example.com:80/": PAGE},
        dns={("www.example.com", "A"): aliased("cdn.example"), ("cdn.example", "A"): ["192.0.2.7"]},
        out_of_scope={"192.0.2.7"},
    )

    with pytest.raises(OutOfScopeError):
        await ask(network)


async def test_an_address_without_a_name_is_asked_by_its_address():
    network = world({"http://192.0.2.7:80/": PAGE})

    assert [item.url for item in only(WebApplication, await ask(network, ADDRESS))] == ["http://192.0.2.7/"]


async def test_a_version_6_address_is_put_in_brackets():
    network = world({"http://[2001:db8::7]:80/": PAGE}, banners={("2001:db8::7", 80): b""})

    found = await ask(network, Address(ip="2001:db8::7"))

    assert [item.url for item in only(WebApplication, found)] == ["http://[2001:db8::7]/"]


async def test_an_address_with_a_name_of_ours_is_left_to_the_name():
    dns = {("192.0.2.7", "PTR"): ["www.example.com"], ("www.example.com", "A"): ["192.0.2.7"]}

    assert await ask(world({"http://192.0.2.7:80/": PAGE}, dns=dns), ADDRESS) == []


async def test_a_provider_s_generic_name_does_not_hide_an_address():
    dns = {("192.0.2.7", "PTR"): ["vm7.cloud.example"], ("vm7.cloud.example", "A"): ["192.0.2.7"]}
    network = world({"http://192.0.2.7:80/": PAGE}, dns=dns, out_of_scope={"cloud.example"})

    assert len(only(WebApplication, await ask(network, ADDRESS))) == 1


@pytest.mark.parametrize(
    "dns",
    [
        {("192.0.2.7", "PTR"): DnsAnswer("TIMEOUT")},
        {("192.0.2.7", "PTR"): ["www.example.com"], ("www.example.com", "A"): ["192.0.2.7"]},
    ],
)
async def test_an_address_whose_names_nobody_tells_is_unknown_and_not_a_page(dns):
    network = SilentAboutNames(
        dns=dns,
        banners={("192.0.2.7", 80): b""},
        responses={"http://192.0.2.7:80/": PAGE},
    )

    with pytest.raises(CannotRunError, match="does not answer"):
        await ask(network, ADDRESS)
    assert not [entry for entry in network.sent if entry[0] == "get"]


class SilentAboutNames(FakeNetwork):
    """Has a resolver that does not answer for names."""

    async def addresses(self, host):
        if host == "192.0.2.7":
            return await super().addresses(host)
        raise NoAnswerError(f"the resolver does not answer for {host}")


async def test_a_certificate_without_an_end_leaves_the_other_ports_their_pages():
    network = Unreadable(
        dns={("www.example.com", "A"): ["192.0.2.7"]},
        banners={("192.0.2.7", port): b"" for port in (80, 8443)},
        responses={"http://www.example.com:80/": PAGE},
    )
    found = []

    async def look():
        async for item in Http(network, PortParameters(ports=(80, 8443))).run(TARGET):
            found.append(item)  # noqa: PERF401 - what came before the error counts

    with pytest.raises(CannotRunError, match="port 8443: its certificates are larger"):
        await look()
    assert [item.url for item in only(WebApplication, found)] == ["http://www.example.com/"]


class Unreadable(FakeNetwork):
    """Has a TLS service that shows more than is read."""

    async def get(self, url, *, timeout_s, limit_bytes=262_144):
        if url.startswith("https:"):
            raise UnreadableError("its certificates are larger than what is read")
        return await super().get(url, timeout_s=timeout_s, limit_bytes=limit_bytes)


async def test_each_host_begins_at_another_port_and_asks_all():
    names = [f"n{number}.example.com" for number in range(8)]
    ports = tuple(range(1, 101))
    begun = set()

    for name in names:
        network = FakeNetwork(dns={(name, "A"): ["192.0.2.7"]})
        await ask(network, Domain(host=name), ports)
        asked = [int(entry[2]) for entry in network.sent if entry[0] == "connect"]
        begun.add(asked[0])
        assert sorted(asked) == list(ports)

    assert len(begun) > 1


def test_the_cost_is_that_of_all_ports():
    assert Http(FakeNetwork(), PortParameters(ports=tuple(range(1, 1_001)))).cost(TARGET) == 1_010


@given(
    st.integers(100, 999),
    st.lists(st.tuples(st.sampled_from(["Location", "Server", "Set-Cookie", "X"]), st.text(max_size=60))),
    st.binary(max_size=300),
)
async def test_any_answer_is_read(status, headers, body):
    network = world({"http://www.example.com:80/": response(status=status, headers=headers, body=body)})

    found = await ask(network, ports=(80,))

    assert len(only(WebApplication, found)) == (0 if status in (400, 497) and b"HTTP" in body else 1)
