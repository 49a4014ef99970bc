import asyncio
from datetime import timedelta
from typing import Any

import pytest

from chariot.errors import ConflictError, InvalidError, NotFoundError
from chariot.model.keys import Organisation
from chariot.modules.integrations.service import IntegrateStage, is_due
from support.integrations import ACME, World
from support.jira_server import USER, JiraServer
from support.served import served

JIRA: dict[str, Any] = {"type": "jira", "options": {"project": "SEC"}, "secret": USER}


async def test_a_secret_is_sealed_and_stays_when_none_is_given(world: World) -> None:
    await world.add("jira", address="https://jira.example.com", **JIRA)

    await world.add("jira", address="https://jira.example.com", **(JIRA | {"secret": ""}), every_minutes=5)

    kept = await world.integration("jira")
    assert USER not in kept.secret
    assert (world.integrations.secret_of(ACME, kept), kept.every_minutes) == (USER, 5)


async def test_a_secret_does_not_follow_to_another_address(world: World) -> None:
    await world.add("jira", address="https://jira.example.com", **JIRA)

    with pytest.raises(InvalidError, match="say it again"):
        await world.add("jira", address="https://evil.example", **(JIRA | {"secret": ""}))


async def test_of_two_that_set_it_at_once_neither_sends_the_secret_of_the_other(world: World) -> None:
    await world.add("jira", address="https://jira.example.com", **JIRA)
    stays = world.add("jira", address="https://jira.example.com", **(JIRA | {"secret": ""}))
    moves = world.add("jira", address="https://new.example.com", **(JIRA | {"secret": "bob:another"}))

    await asyncio.gather(stays, moves, return_exceptions=True)

    kept = await world.integration("jira")
    assert (kept.address, world.integrations.secret_of(ACME, kept)) in {
        ("https://jira.example.com", USER),
        ("https://new.example.com", "bob:another"),
    }


async def test_what_ended_is_gone_with_its_secret(world: World) -> None:
    await world.add("jira", address="https://jira.example.com", **JIRA)

    await world.integrations.end(ACME, "jira", actor="ann")

    with pytest.raises(NotFoundError):
        await world.integration("jira")
    record = (await world.store.get(ACME, ["#integration#jira"]))["#integration#jira"]
    assert record.entity.secret == ""  # type: ignore[attr-defined]  # it is an integration
    with pytest.raises(InvalidError, match="secret"):
        await world.add("jira", address="https://jira.example.com", **(JIRA | {"secret": ""}))


async def test_another_organisation_has_no_such_integration(world: World) -> None:
    await world.add("jira", address="https://jira.example.com", **JIRA)

    with pytest.raises(NotFoundError):
        await world.integrations.run(Organisation("other"), "jira")


async def test_a_run_keeps_what_came_of_it(world: World) -> None:
    await world.see("CVE-2024-0001")
    jira = JiraServer()
    async with served(jira.handle, jira.faults) as address:
        await world.add("jira", address=address, **JIRA)
        result = await world.integrations.run(ACME, "jira")

    kept = await world.integration("jira")
    assert (result.outcome, result.counts) == ("done", {"created": 1})
    assert (kept.last_outcome, kept.last_message, kept.last_counts) == ("done", "1 created", {"created": 1})


async def test_a_run_that_fails_says_why_and_leaks_no_secret(world: World) -> None:
    jira = JiraServer()
    async with served(jira.handle, jira.faults) as address:
        await world.add("jira", address=address, **(JIRA | {"secret": "ann:wr0ng"}))
        result = await world.integrations.run(ACME, "jira")

    assert result.outcome == "failed"
    assert "refused the token" in result.message
    assert "wr0ng" not in result.message


async def test_the_clock_runs_what_is_due_and_nothing_twice(world: World) -> None:
    jira = JiraServer()
    async with served(jira.handle, jira.faults) as address:
        await world.add("jira", address=address, **JIRA, every_minutes=10)
        await world.integrations.publish_due(ACME)
        world.now += timedelta(minutes=1)
        # The first has not run yet, so the clock asks again.
        await world.integrations.publish_due(ACME)
        await world.work()
        ran = len(jira.requests)
        due = await world.integrations.publish_due(ACME)

    assert (ran, due) == (1, 0)
    assert not is_due(await world.integration("jira"), world.now)
    assert is_due(await world.integration("jira"), world.now + timedelta(minutes=10))


async def test_a_person_may_ask_for_a_run_at_any_time(world: World) -> None:
    jira = JiraServer()
    async with served(jira.handle, jira.faults) as address:
        await world.add("jira", address=address, **JIRA)
        await world.integrations.order(ACME, "jira")
        await world.work()

    assert (await world.integration("jira")).last_outcome == "done"


async def test_what_ended_before_its_message_came_is_left_alone(world: World) -> None:
    await world.add("jira", address="https://jira.example.com", **JIRA)
    await world.integrations.order(ACME, "jira")
    await world.integrations.end(ACME, "jira", actor="ann")
    (delivery,) = await world.bus.lease("integrate", limit=1, lease_s=30, owner="test")

    await IntegrateStage(world.integrations).handle(delivery.message)


async def test_a_hook_is_never_run(world: World) -> None:
    await world.add("ci", type="webhook-in", secret="k" * 32)

    with pytest.raises(ConflictError, match="others send"):
        await world.integrations.run(ACME, "ci")


async def test_trying_a_connection_changes_nothing(world: World) -> None:
    jira = JiraServer()
    async with served(jira.handle, jira.faults) as address:
        await world.add("jira", address=address, **JIRA)
        said = await world.integrations.test(ACME, "jira")

    assert (said, (await world.integration("jira")).last_outcome) == ("Jira knows us as Ann", "")
