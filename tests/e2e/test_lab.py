"""A scan of the lab finds everything that is there, nothing else, and its neighbours hear nothing."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest

from chariot.application import Application
from chariot.bootstrap import open_application
from chariot.entrypoints.cli.commands.lab import found_keys
from chariot.lab.neighbour import Contact
from chariot.lab.score import KindScore, score
from chariot.lab.server import Lab, LabSettings
from chariot.lab.synthetic import world_of
from chariot.lab.truth import expected, first_fixes
from chariot.model.records import Change, Record
from chariot.modules.discovery.fingerprints.matching import built_in
from chariot.modules.graph.answers import FixPlan
from chariot.settings import Limits, Settings, load_settings

LONGEST_S = 900.0
SIZE = 20
"""Hosts of the made-up internet: one of each kind."""


class Looked(msgspec.Struct, frozen=True):
    """What two scans of a lab, one after the other, leave behind."""

    scores: Mapping[str, KindScore]
    contacts: tuple[Contact, ...]
    plan: FixPlan
    ranked: tuple[Record, ...]
    later: tuple[Change, ...]
    """What the second scan changed."""
    port_offset: int


ORDERS = frozenset({"seed", "scan"})
"""Kinds that say what was ordered, and so change with each order."""


def settings_for(lab: Lab, home: Path) -> Settings:
    profile = lab.profile
    return msgspec.structs.replace(
        load_settings(environ={}),
        home=str(home),
        seeds=profile.seeds,
        resolver=profile.resolver,
        ports=profile.ports,
        ca_file=str(profile.ca_file),
        # The lab is this machine: the pace that spares other people's would only make the test long.
        # Few at once, because a busy machine must still answer each of them in time.
        limits=Limits(packets_per_s=3_000, packets_per_target_per_s=1_000, asset_workers=4),
    )


async def scan(application: Application) -> None:
    await application.scans.start(application.organisation, application.settings.seeds, requested_by="test")
    working = asyncio.create_task(application.pipeline.run())
    async with asyncio.timeout(LONGEST_S):
        await application.pipeline.idle()
    await application.pipeline.stop()
    await working


async def look_twice(folder: Path, *, port_offset: int, size: int) -> Looked:
    truth = expected(port_offset=port_offset, world=world_of(size))
    # Compiling the rules holds this process up for seconds, and the lab that must answer in time is in it as well.
    built_in()
    async with Lab(LabSettings(port_offset=port_offset, directory=folder, size=size)) as lab:
        settings = settings_for(lab, folder / "home")
        async with open_application(settings) as application:
            await scan(application)
            scores = score(truth, await found_keys(application, tuple(truth)))
            plan = await (await application.graph()).fix_plan(application.organisation, steps=20)
            ranked = await application.risk.ranked(application.organisation)
            before = await application.store.last_sequence()
        async with open_application(settings) as application:
            await scan(application)
            later = await application.store.changes(before, 1_000)
        return Looked(scores, lab.neighbour.contacts, plan, tuple(ranked.items), tuple(later), port_offset)


@pytest.fixture(scope="module")
def perimeter(tmp_path_factory: pytest.TempPathFactory, worker_offset: int) -> Looked:
    """The small lab, scanned once for all tests here."""
    return asyncio.run(look_twice(tmp_path_factory.mktemp("perimeter"), port_offset=worker_offset, size=0))


@pytest.fixture(scope="module")
def made_up(tmp_path_factory: pytest.TempPathFactory, worker_offset: int) -> Looked:
    """A made-up internet with a host of each kind, scanned once for all tests here."""
    return asyncio.run(look_twice(tmp_path_factory.mktemp("made-up"), port_offset=worker_offset, size=SIZE))


@pytest.fixture(params=["perimeter", "made_up"])
def looked(request: pytest.FixtureRequest) -> Looked:
    """Each of both."""
    result: Looked = request.getfixturevalue(request.param)
    return result


def test_all_that_is_there_is_found_and_nothing_else(looked: Looked) -> None:
    assert {kind: (one.missed, one.extra) for kind, one in looked.scores.items()} == {
        kind: ([], []) for kind in looked.scores
    }


def test_neighbours_out_of_scope_hear_nothing(looked: Looked) -> None:
    assert looked.contacts == ()


def test_a_second_scan_of_the_same_world_changes_nothing(looked: Looked) -> None:
    assert [(change.key, change.fields) for change in looked.later if change.kind not in ORDERS] == []


def test_every_risk_has_a_score_that_its_factors_add_up_to(looked: Looked) -> None:
    assert looked.ranked
    assert all(
        record.entity.score == sum(factor.points for factor in record.entity.factors)
        for record in looked.ranked
    )


def test_the_fix_plan_begins_with_the_true_first_fix_and_ends_every_path(perimeter: Looked) -> None:
    plan = perimeter.plan

    assert {plan.steps[0].fix.at, plan.steps[1].fix.at} == first_fixes(port_offset=perimeter.port_offset)
    assert plan.steps[-1].open_targets == 0
    assert (plan.possible, len(plan.smallest)) == (True, len(plan.steps))
