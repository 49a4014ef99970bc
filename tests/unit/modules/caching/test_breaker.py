import pytest

from chariot.errors import InvalidError, UnavailableError
from chariot.modules.caching.breaker import Breaker, Breakers, Circuit, Places


class Thing:
    """Something outside that is there or away."""

    def __init__(self) -> None:
        self.is_away = False
        self.calls = 0

    async def ask(self) -> str:
        self.calls += 1
        if self.is_away:
            raise UnavailableError("nothing listens there")
        return "answer"


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def thing() -> Thing:
    return Thing()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker("the thing", failures=3, pause_s=1.0, clock=clock)


async def fail(breaker: Breaker, thing: Thing, times: int) -> None:
    thing.is_away = True
    for _ in range(times):
        with pytest.raises(UnavailableError):
            await breaker.call(thing.ask)


async def test_calls_go_through_while_all_is_well(breaker: Breaker, thing: Thing) -> None:
    assert await breaker.call(thing.ask) == "answer"
    assert breaker.state().circuit is Circuit.CLOSED


async def test_a_single_failure_leaves_it_closed(breaker: Breaker, thing: Thing) -> None:
    await fail(breaker, thing, 1)

    state = breaker.state()
    assert (state.circuit, state.failures, state.error) == (Circuit.CLOSED, 1, "nothing listens there")


async def test_failures_in_a_row_open_it_and_nothing_is_called(breaker: Breaker, thing: Thing) -> None:
    await fail(breaker, thing, 5)

    assert breaker.state().circuit is Circuit.OPEN
    assert thing.calls == 3


async def test_the_refusal_says_why(breaker: Breaker, thing: Thing) -> None:
    await fail(breaker, thing, 3)

    with pytest.raises(UnavailableError, match="the thing is left alone for a moment: nothing listens there"):
        await breaker.call(thing.ask)


async def test_after_the_pause_one_good_call_closes_it(breaker: Breaker, thing: Thing, clock: Clock) -> None:
    await fail(breaker, thing, 3)
    clock.now += 1.0
    thing.is_away = False

    assert await breaker.call(thing.ask) == "answer"
    assert (breaker.state().circuit, breaker.state().error) == (Circuit.CLOSED, "")


async def test_each_failed_trial_doubles_the_pause(breaker: Breaker, thing: Thing, clock: Clock) -> None:
    await fail(breaker, thing, 3)
    clock.now += 1.0
    await fail(breaker, thing, 1)
    clock.now += 1.0
    await fail(breaker, thing, 1)

    assert thing.calls == 4
    clock.now += 1.0
    await fail(breaker, thing, 1)
    assert thing.calls == 5


async def test_the_pause_is_bounded(breaker: Breaker, thing: Thing, clock: Clock) -> None:
    for _ in range(20):
        clock.now += 30.0
        await fail(breaker, thing, 1)

    assert thing.calls == 20


async def test_a_failure_between_successes_opens_nothing(breaker: Breaker, thing: Thing) -> None:
    for _ in range(5):
        await fail(breaker, thing, 2)
        thing.is_away = False
        await breaker.call(thing.ask)

    assert breaker.state().circuit is Circuit.CLOSED


async def test_other_errors_are_no_outage(breaker: Breaker) -> None:
    async def wrong() -> None:
        raise ValueError("wrong")

    for _ in range(5):
        with pytest.raises(ValueError, match="wrong"):
            await breaker.call(wrong)

    assert breaker.state().circuit is Circuit.CLOSED


async def test_who_refuses_is_there(breaker: Breaker, thing: Thing) -> None:
    async def refuse() -> None:
        raise InvalidError("no", place="address")

    await fail(breaker, thing, 2)
    with pytest.raises(InvalidError):
        await breaker.call(refuse)

    assert breaker.state().failures == 0


async def leave_alone(places: Places, place: str, thing: Thing) -> None:
    thing.is_away = True
    for _ in range(5):
        with pytest.raises(UnavailableError):
            await places.call(place, thing.ask)
    thing.is_away = False


async def test_a_place_that_is_away_is_nobody_else_s_trouble(clock: Clock, thing: Thing) -> None:
    places = Places("webhooks", clock=clock)
    await leave_alone(places, "https://a.example", thing)

    with pytest.raises(UnavailableError, match="left alone"):
        await places.call("https://a.example", thing.ask)

    assert await places.call("https://b.example", thing.ask) == "answer"
    assert (places.open, places.state().circuit, places.state().failures) == (1, Circuit.OPEN, 1)


async def test_a_place_that_is_back_is_remembered_no_longer(clock: Clock, thing: Thing) -> None:
    places = Places("webhooks", clock=clock)
    await leave_alone(places, "https://a.example", thing)
    clock.now += 60

    assert await places.call("https://a.example", thing.ask) == "answer"

    state = places.state()
    assert (state.circuit, state.failures, state.error, state.outside) == (Circuit.CLOSED, 0, "", True)


async def test_no_more_places_are_remembered_than_may_be(clock: Clock, thing: Thing) -> None:
    places = Places("webhooks", kept=2, clock=clock)

    for name in "abc":
        await leave_alone(places, f"https://{name}.example", thing)

    assert (places.open, places.state().failures) == (2, 2)


def test_each_dependency_has_a_name_of_its_own() -> None:
    names = [one.state().name for one in Breakers().all()]

    assert len(set(names)) == len(names) == 5
