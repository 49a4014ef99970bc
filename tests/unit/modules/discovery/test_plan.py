import pytest

from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.journal import SqliteJournalStore
from chariot.model.kinds.network import Address, Domain, Port
from chariot.model.kinds.work import Seed
from chariot.modules.discovery.budgets import Budget
from chariot.modules.discovery.plan import Paces, Plan, ScanPlans

from .world import ORGANISATION, World


@pytest.fixture
async def plans(world: World, tmp_path):
    database = SqliteDatabase(tmp_path / "journal.db")
    yield ScanPlans(
        world.registry,
        world.surface,
        world.keeper,
        SqliteJournalStore(database),
        Paces(per_s=10, per_target_per_s=1),
        budget=Budget(packets=15),
        now=lambda: world.now,
    )
    await database.close()


def targets(plan: Plan) -> dict[str, int]:
    return {one.capability: one.targets for one in plan.work}


async def test_a_new_seed_leads_to_what_it_names(world, plans) -> None:
    plan = await plans.plan(ORGANISATION, ["corp.example", "127.9.0.0/24"])

    assert targets(plan) == {"seed": 2, "dns": 1, "needs-tool": 1}
    assert plan.work[1].missing == ("no-such-program",)
    assert await world.keys() == set()


async def test_what_is_known_is_looked_at_where_the_scope_allows(world, plans) -> None:
    await world.decide(Seed(value="corp.example"), Seed(value="127.9.0.0/24", deny=("127.9.0.9",)))
    await world.see(
        Domain(host="corp.example"),
        Domain(host="partner.example"),
        Address(ip="127.9.0.5"),
        Address(ip="127.9.0.9"),
        Port(address="127.9.0.5", protocol="tcp", number=8),
    )

    plan = await plans.plan(ORGANISATION)

    assert targets(plan) == {"seed": 2, "dns": 1, "tcp": 1}
    assert plan.refused == 2


async def test_a_denial_of_the_order_counts(plans) -> None:
    plan = await plans.plan(ORGANISATION, ["corp.example"], deny=["corp.example"])

    assert "dns" not in targets(plan)


async def test_time_is_that_of_all_together_or_of_the_busiest_target(world, plans) -> None:
    await world.decide(Seed(value="127.9.0.0/24"))
    await world.see(Address(ip="127.9.0.5"))

    plan = await plans.plan(ORGANISATION)

    # Ten packets each by what seeds and the address cost; one target alone gets one in a second.
    assert plan.packets == sum(one.packets for one in plan.work)
    assert plan.seconds == max(one.seconds for one in plan.work) == 10.0


async def test_what_stands_in_the_way_is_told(world, plans) -> None:
    world.keeper.guard_of(ORGANISATION).stop("too loud")

    plan = await plans.plan(ORGANISATION, ["corp.example", "127.9.0.0/24"])

    assert plan.notes == (
        "everything is stopped: too loud",
        "the day's budget has 15 packets left: the rest will be unknown",
    )


async def test_of_what_is_due_alone_the_rest_is_counted(world, plans) -> None:
    await world.decide(Seed(value="corp.example"))
    await world.see(Domain(host="corp.example"))
    everything = await plans.plan(ORGANISATION)

    due = await plans.plan(ORGANISATION, due_only=True)

    assert (targets(due), due.not_due) == (targets(everything), 0)
