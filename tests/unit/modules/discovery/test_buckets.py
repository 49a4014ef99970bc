import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chariot.errors import ConfigurationError
from chariot.modules.discovery.buckets import Buckets, TokenBucket


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
