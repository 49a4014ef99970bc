"""What a network does beyond its scope: follow a record, and ask third parties."""

import dns.message
import pytest

from chariot.adapters.network.names import Resolver, leads_to
from chariot.adapters.network.network import FOLLOW_LIMIT, ScanNetwork
from chariot.capability import CannotRunError, NoAnswerError, Touch
from chariot.errors import OutOfScopeError
from chariot.model.kinds.work import Seed
from chariot.modules.discovery.buckets import Buckets

from .loopback import egress

CORP = Seed(value="corp.example")


@pytest.fixture
def network(name_server, make_network):
    name_server.records = {
        ("corp.example", "MX"): ["10 mx.partner.example."],
        ("mx.partner.example", "A"): ["192.0.2.9"],
        ("corp.example", "TXT"): ['"v=spf1 include:one.example -all"'],
        ("one.example", "TXT"): ['"v=spf1 include:two.example -all"'],
        ("two.example", "TXT"): ['"v=spf1 -all"'],
    }
    return make_network(egress(CORP))


async def test_a_name_that_a_record_of_ours_names_is_asked_for(network):
    answer = await network.follow("corp.example", "MX", "mx.partner.example", "A")

    assert answer.values == ("192.0.2.9",)


async def test_it_leads_on_step_by_step(network):
    await network.follow("corp.example", "TXT", "one.example", "TXT")

    answer = await network.follow("one.example", "TXT", "two.example", "TXT")

    assert answer.values == ('"v=spf1 -all"',)


async def test_a_name_that_no_record_names_is_not_asked_for(network, name_server):
    with pytest.raises(OutOfScopeError, match=r"no MX of corp\.example leads to"):
        await network.follow("corp.example", "MX", "partner.example", "A")

    assert name_server.asked == ["corp.example MX"]


async def test_a_chain_begins_in_scope(network, name_server):
    with pytest.raises(OutOfScopeError):
        await network.follow("one.example", "TXT", "two.example", "TXT")

    assert name_server.asked == []


async def test_a_denied_name_is_not_asked_for(name_server, make_network):
    name_server.records = {("corp.example", "MX"): ["10 mx.partner.example."]}
    network = make_network(egress(Seed(value="corp.example", deny=("partner.example",))))

    with pytest.raises(OutOfScopeError, match="denied"):
        await network.follow("corp.example", "MX", "mx.partner.example", "A")

    assert name_server.asked == ["corp.example MX"]


async def test_a_passive_capability_looks_nothing_up(name_server, make_network):
    network = make_network(egress(CORP, touch=Touch.PASSIVE))

    with pytest.raises(OutOfScopeError):
        await network.follow("corp.example", "MX", "mx.partner.example", "A")

    assert name_server.asked == []


async def test_a_chain_without_end_is_cut(name_server, make_network):
    chain = {("corp.example", "TXT"): ['"n0.example"']}
    chain |= {(f"n{n}.example", "TXT"): [f'"n{n + 1}.example"'] for n in range(FOLLOW_LIMIT)}
    name_server.records = chain
    network = make_network(egress(CORP))

    async def go_on():
        await network.follow("corp.example", "TXT", "n0.example", "TXT")
        for number in range(FOLLOW_LIMIT):
            await network.follow(f"n{number}.example", "TXT", f"n{number + 1}.example", "TXT")

    with pytest.raises(NoAnswerError, match="too long"):
        await go_on()

    assert len(name_server.asked) < 60


async def test_a_whole_answer_comes_with_what_asks_for_signatures(network, name_server):
    message = dns.message.from_wire(await network.dns_message("corp.example", "MX"))

    assert message.answer[0].to_text().endswith("mx.partner.example.")


async def test_a_whole_answer_is_for_names_in_scope(network):
    with pytest.raises(OutOfScopeError):
        await network.dns_message("partner.example", "MX")


class Desk:
    def __init__(self):
        self.asked = []

    async def ask(self, source, path):
        self.asked.append((source, path))
        return b"known"


async def test_a_source_is_asked_and_stands_in_the_journal(journal):
    desk = Desk()
    way_out = egress(CORP, touch=Touch.PASSIVE)
    network = ScanNetwork(way_out, Resolver("127.0.0.1", 1), Buckets(100, 100), journal, sources=desk)

    assert await network.consult("crtsh", "/?q=corp.example") == b"known"
    assert desk.asked == [("crtsh", "/?q=corp.example")]
    assert [(sent.what, sent.host, sent.detail) for sent in journal.last] == [
        ("source", "crtsh", "/?q=corp.example")
    ]


async def test_without_sources_the_answer_is_unknown(network):
    with pytest.raises(CannotRunError, match="not enabled"):
        await network.consult("crtsh", "/")


async def test_the_kill_switch_holds_for_sources_too(journal):
    way_out = egress(CORP, touch=Touch.PASSIVE)
    network = ScanNetwork(way_out, Resolver("127.0.0.1", 1), Buckets(100, 100), journal, sources=Desk())
    way_out.guard.stop("a mistake")

    with pytest.raises(CannotRunError, match="a mistake"):
        await network.consult("crtsh", "/")


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("10 mx.partner.example", "mx.partner.example", True),
        ("10 mx.partner.example", "partner.example", False),
        ("include:one.example -all", "one.example", True),
        ("include:one.example.net", "one.example", False),
        ("ONE.example.", "one.example", True),
        ("", "one.example", False),
    ],
)
def test_a_record_leads_to_whole_names_alone(text, name, expected):
    assert leads_to(text, name) is expected
