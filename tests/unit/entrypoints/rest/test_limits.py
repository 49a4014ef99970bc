import pytest

from chariot.entrypoints.rest.limits import Gate, TokenBuckets
from chariot.errors import BusyError


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_a_bucket_allows_its_burst_and_then_says_how_long_to_wait():
    buckets = TokenBuckets(2.0, 3, clock=Clock())

    answers = [buckets.take("ann") for _ in range(4)]

    assert [left >= 0 for left in answers] == [True, True, True, False]
    assert buckets.wait_s(answers[-1]) == 0.5


def test_a_bucket_fills_with_time_and_never_above_its_burst():
    clock = Clock()
    buckets = TokenBuckets(2.0, 3, clock=clock)
    for _ in range(3):
        buckets.take("ann")
    clock.now_s += 60

    assert buckets.take("ann") == 2


def test_one_caller_s_bucket_is_no_other_s():
    buckets = TokenBuckets(1.0, 1, clock=Clock())
    buckets.take("ann")

    assert buckets.take("bob") == 0


def test_the_longest_unused_bucket_is_forgotten_first():
    buckets = TokenBuckets(1.0, 1, clock=Clock(), kept=2)
    for who in ("ann", "bob", "eve"):
        buckets.take(who)

    assert buckets.take("eve") < 0
    assert buckets.take("ann") == 0


def test_the_policy_tells_how_many_in_which_time():
    assert TokenBuckets(500.0, 2_000, clock=Clock()).policy == '"caller";q=2000;w=4'


def test_a_gate_lets_in_no_more_than_it_holds_and_again_when_one_left():
    gate = Gate(1)
    with gate.passed(), pytest.raises(BusyError), gate.passed():
        pass

    with gate.passed():
        assert (gate.inside, gate.refused) == (1, 1)
    assert gate.inside == 0
