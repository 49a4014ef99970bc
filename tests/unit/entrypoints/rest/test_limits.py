import pytest

from chariot.entrypoints.rest.limits import Buckets, Gate, TokenBuckets
from chariot.entrypoints.rest.services import RestLimits
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


@pytest.mark.parametrize(
    ("limits", "scarce"),
    [
        (RestLimits(burst=1), "caller"),
        (RestLimits(address_burst=1), "address"),
        (RestLimits(organisation_burst=1), "organisation"),
    ],
)
def test_the_bucket_with_least_in_it_is_the_one_that_is_told(limits, scarce):
    buckets = Buckets(limits, clock=Clock())

    first, second = (buckets.take("ann", "192.0.2.7", "acme") for _ in range(2))

    assert (first[0].name, first[1]) == (scarce, 0)
    assert (second[0].name, second[1] < 0) == (scarce, True)
    assert second[0].header(second[1])[1].startswith(f'"{scarce}";r=0;t='.encode())


def test_who_has_no_address_and_no_organisation_has_one_bucket():
    buckets = Buckets(RestLimits(address_burst=1, organisation_burst=1), clock=Clock())

    assert [buckets.take("ann", "", "")[1] for _ in range(3)] == [1_999, 1_998, 1_997]
