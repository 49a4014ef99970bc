import pytest

from chariot.capabilities.dns_words import _WORDS, DnsWords, WordParameters, _read
from chariot.capabilities.support.wildcards import FIRST_SAMPLES
from chariot.capability import CannotRunError, DnsAnswer
from chariot.model.kinds.network import Domain
from chariot.model.kinds.work import Attribute
from chariot.testing.network import FakeNetwork

ZONE = {("example.com", "SOA"): ["ns1.example.com root.example.com 1 2 3 4 5"]}


async def found(network, **parameters):
    capability = DnsWords(network, WordParameters(**parameters))
    return [item async for item in capability.run(Domain(host="example.com"))]


def hosts(items):
    return sorted(item.host for item in items if isinstance(item, Domain))


async def test_names_of_the_list_that_exist_are_found():
    network = FakeNetwork(
        dns={**ZONE, ("www.example.com", "A"): ["192.0.2.7"], ("vpn.example.com", "AAAA"): ["2001:db8::1"]}
    )

    assert hosts(await found(network)) == ["vpn.example.com", "www.example.com"]


async def test_words_are_tried_again_below_a_name_that_only_holds_names():
    network = FakeNetwork(
        dns={**ZONE, ("dev.example.com", "A"): [], ("www.dev.example.com", "A"): ["192.0.2.7"]}
    )

    assert hosts(await found(network)) == ["www.dev.example.com"]


async def test_what_a_wildcard_makes_up_is_not_found_and_the_wildcard_is():
    class Wild(FakeNetwork):
        async def resolve(self, name, record):
            own = await super().resolve(name, record)
            return own if record != "A" or own.values else DnsAnswer("NOERROR", ("192.0.2.99",))

    items = await found(Wild(dns={**ZONE, ("www.example.com", "A"): ["192.0.2.7"]}))

    assert hosts(items) == ["www.example.com"]
    assert [item.value for item in items if isinstance(item, Attribute)] == ["*.example.com"]


async def test_a_wildcard_below_a_name_that_only_holds_names_is_told_of_the_zone():
    class Wild(FakeNetwork):
        async def resolve(self, name, record):
            if record == "A" and name.endswith(".apps.example.com"):
                return DnsAnswer("NOERROR", ("192.0.2.99",))
            return await super().resolve(name, record)

    items = await found(Wild(dns={**ZONE, ("apps.example.com", "A"): []}))

    assert hosts(items) == []
    assert [(item.owner, item.value) for item in items if isinstance(item, Attribute)] == [
        ("#domain#example.com", "*.apps.example.com")
    ]


async def test_a_name_that_is_no_zone_is_left_alone():
    network = FakeNetwork(dns={("www.example.com", "A"): ["192.0.2.7"]})

    assert await found(network) == []
    assert network.sent == [("resolve", "example.com", "SOA")]


async def test_a_list_of_one_s_own_is_read(tmp_path):
    words = tmp_path / "words.txt"
    words.write_text("# ours\nSecretProject other\n", encoding="utf-8")
    network = FakeNetwork(dns={**ZONE, ("secretproject.example.com", "A"): ["192.0.2.7"]})

    assert hosts(await found(network, words_file=str(words))) == ["secretproject.example.com"]


async def test_a_list_that_is_missing_is_told(tmp_path):
    with pytest.raises(CannotRunError, match=r"gone\.txt"):
        await found(FakeNetwork(dns=ZONE), words_file=str(tmp_path / "gone.txt"))


def test_our_list_holds_each_word_once_and_only_labels():
    words = _read(_WORDS)

    assert len(words) > 700
    assert {"www", "vpn", "jenkins"} <= set(words)


@pytest.mark.parametrize(("host", "expected"), [("example.com", 3 + FIRST_SAMPLES), ("www.example.com", 1)])
def test_the_plan_counts_with_the_words_at_a_registered_domain_alone(tmp_path, host, expected):
    words = tmp_path / "words.txt"
    words.write_text("www vpn")

    cost = DnsWords(FakeNetwork(), WordParameters(words_file=str(words))).cost(Domain(host=host))

    assert cost == expected


def test_a_plan_with_a_word_list_that_is_not_there_is_one_question(tmp_path):
    capability = DnsWords(FakeNetwork(), WordParameters(words_file=str(tmp_path / "none.txt")))

    assert capability.cost(Domain(host="example.com")) == 1
