"""What all leases promise. Subclass `LeasesContract`, name the subclass `Test...`, provide `leases` and `clock`."""

import asyncio
from typing import Protocol

from chariot.modules.work.leases import Leases

TTL_S = 600.0


class Clock(Protocol):
    """Time as the engine sees it: a made one for files, a moved one for servers."""

    def now_s(self) -> float: ...

    async def sleep(self, seconds: float) -> None: ...


class MadeClock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.at_s = 1_000.0

    def now_s(self) -> float:
        return self.at_s

    async def sleep(self, seconds: float) -> None:
        self.at_s += seconds


class LeasesContract:
    async def test_one_gets_it_and_all_others_do_not(self, leases: Leases) -> None:
        first = await leases.acquire("relay", "a", TTL_S)
        others = [await leases.acquire("relay", owner, TTL_S) for owner in ("b", "a")]

        assert first is not None
        assert (first.name, first.owner, first.ttl_s) == ("relay", "a", TTL_S)
        assert others == [None, None]

    async def test_of_many_that_ask_together_one_gets_it(self, leases: Leases) -> None:
        got = await asyncio.gather(*(leases.acquire("relay", f"owner-{n}", TTL_S) for n in range(20)))

        assert len([lease for lease in got if lease is not None]) == 1

    async def test_names_do_not_disturb_each_other(self, leases: Leases) -> None:
        assert await leases.acquire("relay", "a", TTL_S) is not None
        assert await leases.acquire("scheduler", "b", TTL_S) is not None

    async def test_another_takes_over_when_the_time_is_over(self, leases: Leases, clock: Clock) -> None:
        await leases.acquire("relay", "a", TTL_S)
        await clock.sleep(TTL_S / 3)
        early = await leases.acquire("relay", "b", TTL_S)
        await clock.sleep(TTL_S)

        assert early is None
        assert await leases.acquire("relay", "b", TTL_S) is not None

    async def test_each_holder_has_a_higher_token_than_the_one_before(
        self, leases: Leases, clock: Clock
    ) -> None:
        first = await leases.acquire("relay", "a", TTL_S)
        assert first is not None
        await clock.sleep(2 * TTL_S)
        second = await leases.acquire("relay", "b", TTL_S)
        assert second is not None
        await leases.release(second)
        third = await leases.acquire("relay", "a", TTL_S)
        assert third is not None

        assert first.token < second.token < third.token

    async def test_renewing_keeps_it(self, leases: Leases, clock: Clock) -> None:
        lease = await leases.acquire("relay", "a", TTL_S)
        for _ in range(3):
            await clock.sleep(TTL_S / 2)
            assert lease is not None
            lease = await leases.renew(lease)

        assert lease is not None
        assert await leases.acquire("relay", "b", TTL_S) is None

    async def test_a_lease_that_ended_is_not_renewed_even_when_nobody_took_it(
        self, leases: Leases, clock: Clock
    ) -> None:
        lease = await leases.acquire("relay", "a", TTL_S)
        await clock.sleep(2 * TTL_S)

        assert lease is not None
        assert await leases.renew(lease) is None

    async def test_an_earlier_lease_of_the_same_owner_is_worth_nothing(
        self, leases: Leases, clock: Clock
    ) -> None:
        old = await leases.acquire("relay", "a", TTL_S)
        assert old is not None
        await clock.sleep(2 * TTL_S)
        present = await leases.acquire("relay", "a", TTL_S)
        await leases.release(old)

        assert await leases.renew(old) is None
        assert present is not None
        assert await leases.renew(present) is not None

    async def test_what_was_released_is_free_at_once(self, leases: Leases) -> None:
        lease = await leases.acquire("relay", "a", TTL_S)
        assert lease is not None
        await leases.release(lease)
        await leases.release(lease)

        assert await leases.acquire("relay", "b", TTL_S) is not None

    async def test_its_holder_stops_before_the_engine_gives_it_away(
        self, leases: Leases, clock: Clock
    ) -> None:
        before = clock.now_s()
        lease = await leases.acquire("relay", "a", TTL_S)
        after = clock.now_s()

        assert lease is not None
        assert before + TTL_S <= lease.until <= after + TTL_S
