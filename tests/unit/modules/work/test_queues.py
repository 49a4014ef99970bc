import pytest

from chariot.modules.work.queues import ASSET, RISK, SCAN, STAGES


@pytest.mark.parametrize(("queue", "workers"), [(ASSET, 30), (RISK, 5), (SCAN, 3)])
def test_capability_classes_have_their_own_concurrency(queue: str, workers: int) -> None:
    assert STAGES[queue].concurrency == workers


@pytest.mark.parametrize("queue", sorted(STAGES))
def test_every_stage_keeps_the_lease_and_the_tries_of_the_design(queue: str) -> None:
    assert (STAGES[queue].queue, STAGES[queue].lease_s, STAGES[queue].max_tries) == (queue, 30, 5)
