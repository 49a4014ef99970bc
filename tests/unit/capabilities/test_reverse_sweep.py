import pytest

from chariot.capabilities.reverse_sweep import ReverseSweep, ReverseSweepParameters
from chariot.capability import CannotRunError, DnsAnswer
from chariot.model.kinds.network import Netblock
from chariot.model.relationships import Relationship
from chariot.testing.network import FakeNetwork

BLOCK = Netblock(cidr="192.0.2.0/29")
DNS = {
    ("192.0.2.3", "PTR"): ["old.example.com", "lies.example.com", "not a name"],
    ("old.example.com", "A"): ["192.0.2.3"],
    ("lies.example.com", "A"): ["192.0.2.9"],
}


async def look(dns, target=BLOCK, parameters=None, **options):
    capability = ReverseSweep(FakeNetwork(dns=dns, **options), parameters)
    return [item async for item in capability.run(target)]


async def test_names_that_resolve_back_are_found_where_nothing_answers():
    found = await look(DNS)

    assert [item.key for item in found if not isinstance(item, Relationship)] == [
        "#address#192.0.2.3",
        "#domain#old.example.com",
    ]


async def test_a_denied_address_is_left_alone():
    assert await look(DNS, out_of_scope={"192.0.2.3"}) == []


async def test_a_name_out_of_scope_is_not_asked_back():
    assert await look(DNS, out_of_scope={"old.example.com"}) == []


async def test_addresses_that_got_no_answer_are_counted():
    with pytest.raises(CannotRunError, match=r"1 of 8 addresses got no answer, such as 192\.0\.2\.5"):
        await look({("192.0.2.5", "PTR"): DnsAnswer("SERVFAIL")})


@pytest.mark.parametrize("cidr", ["2001:db8::/48", "10.0.0.0/8"])
async def test_a_block_that_would_take_hours_is_refused(cidr):
    with pytest.raises(CannotRunError, match="seed smaller blocks"):
        await look({}, Netblock(cidr=cidr))


async def test_the_limit_can_be_set():
    with pytest.raises(CannotRunError, match="more than the 4 allowed"):
        await look({}, parameters=ReverseSweepParameters(max_addresses=4))


@pytest.mark.parametrize(("most", "expected"), [(8, 8), (7, 0)])
def test_the_plan_counts_with_every_address_of_a_block_that_is_not_refused(most: int, expected: int) -> None:
    capability = ReverseSweep(FakeNetwork(), ReverseSweepParameters(max_addresses=most))

    assert capability.cost(Netblock(cidr="192.0.2.0/29")) == expected
