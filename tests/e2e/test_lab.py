"""A scan of the lab finds everything that is there, nothing else, and its neighbours hear nothing."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from chariot.application import Application
from chariot.bootstrap import open_application
from chariot.lab.score import score
from chariot.lab.server import Lab, LabSettings
from chariot.lab.truth import expected, first_fixes
from chariot.modules.surface.query import Query
from chariot.settings import Settings, load_settings

LONGEST_S = 180.0


@pytest.fixture
async def lab(tmp_path: Path, worker_offset: int) -> AsyncIterator[Lab]:
    async with Lab(LabSettings(port_offset=worker_offset, directory=tmp_path)) as running:
        yield running


@pytest.fixture
def settings(lab: Lab, tmp_path: Path) -> Settings:
    profile = lab.profile
    return msgspec.structs.replace(
        load_settings(environ={}),
        home=str(tmp_path / "home"),
        seeds=profile.seeds,
        resolver=profile.resolver,
        ports=profile.ports,
    )


async def scan(application: Application) -> None:
    await application.scans.start(application.organisation, application.settings.seeds, requested_by="test")
    working = asyncio.create_task(application.pipeline.run())
    async with asyncio.timeout(LONGEST_S):
        await application.pipeline.idle()
    await application.pipeline.stop()
    await working


async def found(application: Application, kinds: tuple[str, ...]) -> dict[str, list[str]]:
    pages = {
        kind: await application.store.find(application.organisation, Query(kinds=(kind,), limit=1_000))
        for kind in kinds
    }
    return {kind: [record.key for record in page.items] for kind, page in pages.items()}


async def test_all_that_is_there_is_found_and_nothing_else(lab: Lab, settings: Settings) -> None:
    truth = expected(port_offset=lab.profile.port_offset)

    async with open_application(settings) as application:
        await scan(application)
        scores = score(truth, await found(application, tuple(truth)))

    assert {kind: (one.missed, one.extra) for kind, one in scores.items()} == {
        kind: ([], []) for kind in truth
    }


async def test_the_fix_plan_begins_with_the_true_first_fix_and_ends_every_path(
    lab: Lab, settings: Settings
) -> None:
    truth = first_fixes(port_offset=lab.profile.port_offset)

    async with open_application(settings) as application:
        await scan(application)
        plan = await (await application.graph()).fix_plan(application.organisation, steps=20)

    assert {plan.steps[0].fix.at, plan.steps[1].fix.at} == truth
    assert plan.steps[-1].open_targets == 0
    assert (plan.possible, len(plan.smallest)) == (True, len(plan.steps))


async def test_neighbours_out_of_scope_hear_nothing(lab: Lab, settings: Settings) -> None:
    async with open_application(settings) as application:
        await scan(application)

    assert lab.neighbour.contacts == ()


async def test_every_risk_has_a_score_that_its_factors_add_up_to(lab: Lab, settings: Settings) -> None:
    async with open_application(settings) as application:
        await scan(application)
        page = await application.risk.ranked(application.organisation)

    assert page.items
    assert all(
        record.entity.score == sum(factor.points for factor in record.entity.factors) for record in page.items
    )


async def test_a_second_scan_of_the_same_world_changes_nothing(lab: Lab, settings: Settings) -> None:
    async with open_application(settings) as application:
        await scan(application)
        before = await application.store.last_sequence()

    async with open_application(settings) as application:
        await scan(application)
        changes = await application.store.changes(before, 1_000)

    assert [change.key for change in changes if change.kind != "seed"] == []
