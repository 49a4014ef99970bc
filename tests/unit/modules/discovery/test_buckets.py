import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chariot.errors import ConfigurationError
from chariot.modules.caching.memory import MemoryRateLimits
from chariot.modules.discovery.buckets import Buckets, TokenBucket, network_of


class Time:
    """A clock that sleeping moves."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_a_burst_passes_at_once_and_the_rest_at_the_rate() -> None:
    time = Time()
    bucket = TokenBucket(10, 3, clock=time.clock)

    assert [round(bucket.reserve(), 3) for _ in range(5)] == [0, 0, 0, 0.1, 0.2]


def test_a_bucket_fills_again() -> None:
    time = Time()
    bucket = TokenBucket(10, 2, clock=time.clock)
    bucket.reserve()
    assert not bucket.is_full
    time.now += 0.1

    assert bucket.is_full
    assert bucket.reserve() == 0


@pytest.mark.parametrize(("rate", "burst"), [(0, 1), (-1, 1), (1, 0)])
def test_a_bucket_that_never_gives_is_refused(rate, burst) -> None:
    with pytest.raises(ConfigurationError, match="a pace is above 0"):
        TokenBucket(rate, burst)


@settings(deadline=None)
@given(st.lists(st.floats(0, 2), max_size=200), st.floats(0.5, 50), st.integers(1, 10))
def test_no_more_passes_than_rate_and_burst_allow(pauses, rate, burst) -> None:
    time = Time()
    bucket = TokenBucket(rate, burst, clock=time.clock)
    passed = []
    for pause in pauses:
        time.now += pause + bucket.reserve()
        passed.append(time.now)

    elapsed = [at - 1_000.0 for at in passed]
    assert all(count <= burst + rate * at + 1e-3 for count, at in enumerate(elapsed, 1))


async def test_one_target_is_slower_than_all_together() -> None:
    time = Time()
    buckets = Buckets(100, 10, clock=time.clock, sleep=time.sleep)
    for _ in range(21):
        await buckets.take("192.0.2.1")

    assert time.now == pytest.approx(1_002.0)


async def test_many_targets_share_the_common_pace() -> None:
    time = Time()
    buckets = Buckets(100, 50, clock=time.clock, sleep=time.sleep)
    for number in range(210):
        await buckets.take(f"192.0.2.{number}")

    assert time.now == pytest.approx(1_002.0, abs=0.02)


async def test_targets_at_rest_are_forgotten() -> None:
    time = Time()
    buckets = Buckets(1_000_000, 1_000_000, clock=time.clock, sleep=time.sleep)
    for number in range(1_000):
        time.now += 1
        await buckets.take(str(number))

    assert len(buckets) == 1


async def test_a_network_and_a_contract_have_paces_of_their_own() -> None:
    time = Time()
    buckets = Buckets(1_000, 100, rate_per_network_per_s=10, clock=time.clock, sleep=time.sleep)
    for number in range(11):
        await buckets.take(f"192.0.2.{number}")
    assert time.now - 1_000 == pytest.approx(1.0, abs=0.2)

    started = time.now
    for number in range(11):
        await buckets.take(f"198.51.{number}.1", contract="c1", rate_per_s=5)
    assert time.now - started == pytest.approx(2.0, abs=0.3)


async def test_processes_that_share_a_limit_keep_it_together() -> None:
    time = Time()
    shared = MemoryRateLimits(clock=time.clock)
    ones = [Buckets(100, 1_000, shared=shared, clock=time.clock, sleep=time.sleep) for _ in range(2)]
    for _ in range(100):
        for one in ones:
            await one.take()

    assert time.now - 1_000 == pytest.approx(2.0, abs=0.3)


@pytest.mark.parametrize(
    ("address", "network"),
    [("192.0.2.7", "192.0.2.0/24"), ("2001:db8:1:2::7", "2001:db8:1::/48")],
)
def test_a_network_is_a_24_or_a_48(address, network) -> None:
    assert network_of(address) == network
