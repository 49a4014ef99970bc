import pytest

from chariot.modules.identity.throttle import SlowDownError, Throttle, wait_after
from identity_fakes import Clock


def test_who_fails_often_waits_twice_as_long_each_time():
    clock = Clock()
    throttle = Throttle(clock=clock.seconds)
    waits = []
    for _ in range(5):
        throttle.failed("ada")
        with pytest.raises(SlowDownError) as told:
            throttle.check(("ada", 0))
        waits.append(round(told.value.retry_after_s))

    assert waits == [1, 2, 4, 8, 16]


def test_the_wait_ends_and_success_forgets():
    clock = Clock()
    throttle = Throttle(clock=clock.seconds)
    throttle.failed("ada", "ada")
    clock.pass_(seconds=2)
    throttle.check(("ada", 0))
    throttle.failed("ada")
    throttle.succeeded("ada")

    throttle.check(("ada", 0))


def test_some_failures_are_free():
    throttle = Throttle(clock=Clock().seconds)
    throttle.failed(*["ada"] * 5)

    throttle.check(("ada", 5))
    assert wait_after(5, 5) == 0.0


def test_many_names_do_not_fill_the_memory():
    throttle = Throttle(clock=Clock().seconds, kept=100)
    throttle.failed(*(str(number) for number in range(1_000)))

    assert len(throttle._failures) == 100


def test_yesterday_s_failures_are_forgotten():
    clock = Clock()
    throttle = Throttle(clock=clock.seconds)
    throttle.failed(*["ada"] * 50)
    clock.pass_(days=2)
    throttle.failed("ada")

    throttle.check(("ada", 1))


def test_the_log_hears_of_a_name_once_a_second():
    clock = Clock()
    throttle = Throttle(clock=clock.seconds, kept=2)

    assert [throttle.tells("ada"), throttle.tells("ada"), throttle.tells("bob")] == [True, False, True]
    clock.pass_(seconds=1)
    assert [throttle.tells(name) for name in ("ada", "eve", "tom")] == [True] * 3
    assert len(throttle._told) == 2
