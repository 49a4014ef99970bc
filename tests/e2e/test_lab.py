"""A scan of the lab finds everything that is there, nothing else, and its neighbours hear nothing."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from chariot.application import Application
from chariot.bootstrap import open_application
from chariot.lab.neighbour import Contact
from chariot.lab.score import score
from chariot.lab.server import Lab, LabSettings
from chariot.lab.truth import expected, first_fixes
from chariot.model.kinds.weakness import Risk
from chariot.modules.graph.answers import FixPlan
from chariot.modules.surface.query import Query
from chariot.settings import Limits, Settings, load_settings

LONGEST_S = 180.0


class Scanned(msgspec.Struct, frozen=True):
    """What two scans of one lab, one after the other, left behind."""

    port_offset: int
    found: dict[str, list[str]]
    plan: FixPlan
    ranked: list[Risk]
    contacts: tuple[Contact, ...]
    changed_again: list[str]
    """Keys that the second scan changed."""


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory, worker_offset: int) -> Scanned:
    return asyncio.run(scanned_twice(tmp_path_factory.mktemp("lab"), worker_offset))


async def scanned_twice(folder: Path, port_offset: int) -> Scanned:
    async with Lab(LabSettings(port_offset=port_offset, directory=folder)) as lab:
        settings = settings_for(lab, folder)
        async with open_application(settings) as application:
            await scan(application)
            before = await application.store.last_sequence()
            every = await found(application, tuple(expected(port_offset=port_offset)))
            plan = await (await application.graph()).fix_plan(application.organisation, steps=20)
            page = await application.risk.ranked(application.organisation)
        async with open_application(settings) as application:
            await scan(application)
            changes = await application.store.changes(before, 1_000)
        return Scanned(
            lab.profile.port_offset,
            every,
            plan,
            [record.entity for record in page.items],
            lab.neighbour.contacts,
            [change.key for change in changes if change.kind != "seed"],
        )


def settings_for(lab: Lab, folder: Path) -> Settings:
    profile = lab.profile
    return msgspec.structs.replace(
        load_settings(environ={}),
        home=str(folder / "home"),
        seeds=profile.seeds,
        resolver=profile.resolver,
        ports=profile.ports,
        # The lab is this machine: the pace that spares other people's would only make the test long.
        limits=Limits(packets_per_s=20_000, packets_per_target_per_s=5_000),
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


def test_all_that_is_there_is_found_and_nothing_else(scanned: Scanned) -> None:
    truth = expected(port_offset=scanned.port_offset)

    scores = score(truth, scanned.found)

    assert {kind: (one.missed, one.extra) for kind, one in scores.items()} == {
        kind: ([], []) for kind in truth
    }


def test_the_fix_plan_begins_with_the_true_first_fix_and_ends_every_path(scanned: Scanned) -> None:
    plan = scanned.plan

    assert {plan.steps[0].fix.at, plan.steps[1].fix.at} == first_fixes(port_offset=scanned.port_offset)
    assert plan.steps[-1].open_targets == 0
    assert (plan.possible, len(plan.smallest)) == (True, len(plan.steps))


def test_neighbours_out_of_scope_hear_nothing(scanned: Scanned) -> None:
    assert scanned.contacts == ()


def test_every_risk_has_a_score_that_its_factors_add_up_to(scanned: Scanned) -> None:
    assert scanned.ranked
    assert all(risk.score == sum(factor.points for factor in risk.factors) for risk in scanned.ranked)


def test_a_second_scan_of_the_same_world_changes_nothing(scanned: Scanned) -> None:
    assert scanned.changed_again == []
