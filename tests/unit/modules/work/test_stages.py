import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.errors import ConfigurationError
from chariot.modules.work.stages import StageSettings


@given(st.integers(1, 10_000), st.integers(0, 2**32))
def test_the_pause_is_never_longer_than_the_back_off(attempt: int, seed: int) -> None:
    settings = StageSettings(queue="plan", concurrency=1, timeout_s=1, backoff_s=1, backoff_cap_s=60)

    delay_s = settings.delay_s(attempt, random.Random(seed))

    assert 0 <= delay_s <= min(60, 2.0 ** min(attempt - 1, 10))


def test_two_failures_do_not_come_back_together() -> None:
    settings = StageSettings(queue="plan", concurrency=1, timeout_s=1)
    chance = random.Random(1)

    assert len({settings.delay_s(3, chance) for _ in range(100)}) == 100


@pytest.mark.parametrize(
    "wrong", [{"concurrency": 0}, {"timeout_s": 0}, {"lease_s": -1}, {"max_tries": 0}, {"backoff_cap_s": 0.5}]
)
def test_limits_that_make_no_sense_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ConfigurationError, match="plan"):
        StageSettings(**({"queue": "plan", "concurrency": 1, "timeout_s": 1} | wrong))
