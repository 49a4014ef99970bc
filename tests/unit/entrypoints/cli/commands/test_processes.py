import asyncio

import pytest

from chariot.entrypoints.cli.commands.processes import _chosen, together
from chariot.errors import InvalidError, UnavailableError

from ..conftest import Run  # noqa: TID252 - a test package has no other name

KNOWN = ("assess", "plan")


@pytest.mark.parametrize(
    ("asked", "chosen"), [("", KNOWN), ("plan", ("plan",)), (" plan, assess ,plan", ("plan", "assess"))]
)
def test_queues_are_chosen_by_name(asked: str, chosen: tuple[str, ...]) -> None:
    assert _chosen(asked, KNOWN) == chosen


def test_a_queue_that_nobody_knows_is_refused() -> None:
    with pytest.raises(InvalidError, match="assess, plan"):
        _chosen("plan,other", KNOWN)


def test_a_queue_that_nobody_knows_ends_the_command(run: Run) -> None:
    ran = run("work", "--queues", "other")

    assert ran.code == 2
    assert "no queue is called 'other'" in ran.err


async def test_the_failure_of_one_ends_the_other_and_is_raised() -> None:
    ended = asyncio.Event()

    async def fails() -> None:
        raise UnavailableError("away")

    async def waits() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    with pytest.raises(UnavailableError):
        await together(fails(), waits())
    assert ended.is_set()


def test_a_new_store_is_migrated_and_then_in_order(run: Run) -> None:
    before = run("migrate", "--check")
    migrated = run("--json", "migrate")
    after = run("--json", "migrate", "--check")

    assert (before.code, migrated.code, after.code) == (5, 0, 0)
    assert "run `chariot migrate`" in before.out
    assert after.json["have"] == after.json["known"] == migrated.json["schema"]


def test_the_schema_goes_back_when_that_is_asked_for(run: Run) -> None:
    run("migrate")

    assert run("--json", "migrate", "--to", "1").json == {"schema": 1}
    assert run("migrate", "--check").code == 5


def test_a_schema_that_does_not_exist_is_one_sentence(run: Run) -> None:
    ran = run("migrate", "--to", "99")

    assert ran.code == 5
    assert ran.err.count("\n") == 1


def test_checking_and_moving_at_once_is_wrong_usage(run: Run) -> None:
    assert run("migrate", "--check", "--to", "1").code == 2
