import asyncio
import itertools
import random

import pytest

from chariot.capabilities.support.wildcards import Existence, Wildcards
from chariot.capability import DnsAnswer

NOTHING = DnsAnswer("NXDOMAIN")


def world(answer, **real):
    """A name service where names at random get what *answer* makes of their label."""

    async def ask(host, _record):
        label, _, _ = host.partition(".")
        return real.get(label) or answer(label)

    return ask


async def judged(ask, label="www"):
    answer = await ask(f"{label}.example.com", "A")
    return await Wildcards(ask).judge(f"{label}.example.com", answer)


async def test_without_a_wildcard_what_answers_is_real():
    ask = world(lambda _: NOTHING, www=DnsAnswer("NOERROR", ("192.0.2.7",)))

    assert await judged(ask) is Existence.REAL


async def test_what_says_the_same_as_names_at_random_is_made_up():
    assert await judged(world(lambda _: DnsAnswer("NOERROR", ("192.0.2.7",)))) is Existence.MADE_UP


async def test_another_address_than_the_wildcard_s_is_real():
    ask = world(lambda _: DnsAnswer("NOERROR", ("192.0.2.7",)), www=DnsAnswer("NOERROR", ("198.51.100.1",)))

    assert await judged(ask) is Existence.REAL


async def test_addresses_that_take_turns_are_all_the_wildcard_s():
    turns = itertools.cycle([f"192.0.2.{number}" for number in range(1, 7)])

    assert await judged(world(lambda _: DnsAnswer("NOERROR", (next(turns),)))) is Existence.MADE_UP


async def test_a_real_name_behind_taking_turns_is_found():
    turns = itertools.cycle([f"192.0.2.{number}" for number in range(1, 7)])
    ask = world(lambda _: DnsAnswer("NOERROR", (next(turns),)), www=DnsAnswer("NOERROR", ("198.51.100.9",)))

    assert await judged(ask) is Existence.REAL


async def test_a_pool_without_end_leaves_it_open():
    lots = random.Random(7)

    def anything(_):
        return DnsAnswer("NOERROR", (f"10.1.{lots.randrange(256)}.{lots.randrange(256)}",))

    assert await judged(world(anything)) is Existence.UNKNOWN


async def test_what_lies_outside_a_pool_without_end_is_real():
    lots = random.Random(7)

    def anything(_):
        return DnsAnswer("NOERROR", (f"10.1.{lots.randrange(256)}.{lots.randrange(256)}",))

    assert await judged(world(anything, www=DnsAnswer("NOERROR", ("192.0.2.7",)))) is Existence.REAL


async def test_an_alias_with_the_name_written_into_it_is_made_up():
    ask = world(lambda label: DnsAnswer("NOERROR", ("192.0.2.7",), (f"{label}.edge.example",)))

    assert await judged(ask) is Existence.MADE_UP


async def test_an_alias_of_its_own_is_real():
    ask = world(
        lambda _: DnsAnswer("NOERROR", ("192.0.2.7",), ("all.edge.example",)),
        www=DnsAnswer("NOERROR", ("192.0.2.7",), ("shop.other.example",)),
    )

    assert await judged(ask) is Existence.REAL


async def test_a_wildcard_of_other_records_makes_up_names_without_addresses():
    assert await judged(world(lambda _: DnsAnswer("NOERROR"))) is Existence.MADE_UP


async def test_of_a_silent_level_nothing_is_concluded():
    ask = world(lambda _: DnsAnswer("TIMEOUT"), www=DnsAnswer("NOERROR", ("192.0.2.7",)))

    assert await judged(ask) is Existence.UNKNOWN


async def test_each_level_is_learnt_once():
    asked = []

    async def ask(host, _record):
        asked.append(host)
        return NOTHING

    wildcards = Wildcards(ask)
    answer = DnsAnswer("NOERROR", ("192.0.2.7",))

    await wildcards.judge("a.example.com", answer)
    once = len(asked)
    await wildcards.judge("b.example.com", answer)
    await wildcards.judge("c.deep.example.com", answer)

    assert (len(asked), {host.partition(".")[2] for host in asked}) == (
        2 * once,
        {"example.com", "deep.example.com"},
    )


@pytest.mark.parametrize("status", ["SERVFAIL", "REFUSED", "TIMEOUT"])
async def test_what_the_resolver_does_not_tell_makes_no_wildcard(status):
    assert not (await Wildcards(world(lambda _: DnsAnswer(status))).level("example.com")).is_wildcard


async def test_names_that_are_judged_at_once_all_wait_until_the_wildcard_is_known():
    async def slowly(_host, _record):
        await asyncio.sleep(0)
        return DnsAnswer("NOERROR", ("192.0.2.7",))

    wildcards = Wildcards(slowly)
    answer = DnsAnswer("NOERROR", ("192.0.2.7",))

    seen = await asyncio.gather(
        *(wildcards.judge(f"{label}.example.com", answer) for label in ("www", "api", "vpn"))
    )

    assert set(seen) == {Existence.MADE_UP}
