import asyncio

import pytest

from chariot.capability import Kept
from chariot.errors import BusyError, InvalidError
from chariot.model.keys import Key
from chariot.model.kinds.network import Address, Domain, Netblock, Port
from chariot.model.kinds.work import Seed
from chariot.model.relationships import Relationship, RelationshipType
from chariot.model.states import Depth
from chariot.modules.discovery import runner as running
from chariot.modules.discovery.budgets import Budget, Budgets
from chariot.modules.discovery.horizon import Horizon
from chariot.modules.discovery.journal import Usage
from chariot.modules.work.messages import Message

from .world import ORGANISATION

CORP = Seed(value="corp.example")
LOOPBACK = Seed(value="127.9.0.0/24")
DOMAIN = "#domain#corp.example"


def port(number: int) -> Port:
    return Port(address="127.9.0.5", protocol="tcp", number=number)


async def linked(world, key: str) -> set[tuple[str, str]]:
    page = await world.store.edges(ORGANISATION, Key(key), direction="out")
    return {(edge.type.value, edge.target) for edge in page.items}


async def test_what_is_found_is_written_with_how_it_was_found(world) -> None:
    await world.decide(CORP)
    await world.run("seed", CORP.key)
    await world.run("dns", DOMAIN)

    assert await linked(world, CORP.key) == {("DISCOVERED", DOMAIN)}
    assert await linked(world, DOMAIN) == {
        ("DISCOVERED", "#address#8.8.8.8"),
        ("RESOLVES_TO", "#address#8.8.8.8"),
    }
    assert await world.job("dns", DOMAIN) == {
        "kind": "job",
        "capability": "dns",
        "target": DOMAIN,
        "outcome": "done",
        "found": 1,
    }


class Shelf:
    """Remembers what it is given to keep."""

    def __init__(self) -> None:
        self.files: list[tuple[str, bytes, str]] = []

    async def replace(self, organisation, path, data, *, media_type, actor) -> None:
        self.files.append((path, data, actor))


async def test_files_that_a_run_makes_are_kept(world, monkeypatch) -> None:
    monkeypatch.setattr(type(world.registry.matcher("dns")), "kept", (Kept("a.png", "image/png", b"png"),))
    shelf = Shelf()
    await world.decide(CORP)
    await world.see(Domain(host="corp.example"))

    await world.run("dns", DOMAIN, files=shelf)

    assert shelf.files == [("a.png", b"png", "dns")]


async def test_what_is_out_of_scope_is_not_kept(world) -> None:
    """The partner's name is not ours, and a name of ours does not make an inward address ours."""
    await world.decide(CORP)
    await world.see(Domain(host="corp.example"))
    await world.run("dns", DOMAIN)

    keys = await world.keys()
    assert "#address#8.8.8.8" in keys
    assert not keys & {"#domain#partner.example", "#address#127.0.0.1"}


async def test_an_address_by_name_is_looked_at_with_its_name(world) -> None:
    await world.decide(CORP)
    await world.see(Domain(host="corp.example"))
    await world.run("dns", DOMAIN)
    await world.run("tcp", "#address#8.8.8.8")

    assert list(world.networks.egresses[-1].names_of("8.8.8.8")) == ["corp.example"]
    assert ("HAS_PORT", "#port#8.8.8.8#tcp#22") in await linked(world, "#address#8.8.8.8")


async def test_a_repeated_run_writes_no_version(world) -> None:
    await world.decide(CORP)
    await world.see(Domain(host="corp.example"))
    await world.run("dns", DOMAIN)
    sequence = await world.store.last_sequence()

    await world.run("dns", DOMAIN)

    assert await world.store.last_sequence() == sequence


@pytest.mark.parametrize(
    ("number", "outcome", "reason"),
    [
        (1, "unknown", "it crashed: ZeroDivisionError: a  [31mfault "),
        (2, "unknown", "the key was refused"),
        (3, "unknown", "it did not finish within 0.2 s"),
        (4, "done", "nobody is there"),
        (5, "done", "not ours"),
        (9, "done", None),
    ],
)
async def test_every_ending_is_said_aloud_and_what_was_found_before_is_kept(
    world, number, outcome, reason
) -> None:
    await world.decide(LOOPBACK)
    await world.see(port(number))

    await world.run("odd", port(number).key)

    job = await world.job("odd", port(number).key)
    assert (job["outcome"], job.get("reason"), job["found"]) == (outcome, reason, 1)
    assert port(1_000).key in await world.keys()


async def test_a_scanner_can_make_no_seed_and_no_setting(world) -> None:
    await world.decide(LOOPBACK)
    await world.see(port(6))

    await world.run("odd", port(6).key)

    assert not await world.keys() & {"#seed#0.0.0.0/8", "#setting#x"}
    assert (await world.job("odd", port(6).key))["found"] == 1


async def test_many_findings_come_in_batches_and_all_are_kept(world) -> None:
    await world.decide(LOOPBACK)
    await world.see(port(7))

    await world.run("odd", port(7).key)

    assert (await world.job("odd", port(7).key))["found"] == 2_501
    assert (await world.store.counts(ORGANISATION))["port"]["active"] == 2_502


async def test_endless_findings_are_cut_aloud(world, monkeypatch) -> None:
    monkeypatch.setattr(running, "FOUND_LIMIT", 1_000)
    await world.decide(LOOPBACK)
    await world.see(port(7))

    await world.run("odd", port(7).key)

    job = await world.job("odd", port(7).key)
    assert (job["outcome"], job["found"]) == ("unknown", 1_000)
    assert "more than 1,000 things" in job["reason"]


async def test_a_missing_program_is_unknown_and_not_clean(world) -> None:
    await world.decide(LOOPBACK)
    await world.see(Netblock(cidr="127.9.0.0/24"))
    key = "#netblock#127.9.0.0/24"

    await world.run("needs-tool", key, program=lambda name: None)

    job = await world.job("needs-tool", key)
    assert (job["outcome"], job["reason"]) == (
        "unknown",
        "it needs no-such-program, which is not installed",
    )


async def test_a_capability_that_is_gone_is_unknown(world) -> None:
    await world.decide(CORP)

    await world.run("removed", CORP.key)

    assert (await world.job("removed", CORP.key))["reason"] == "the capability removed is not installed"


@pytest.mark.parametrize("key", ["#address#9.9.9.9", "#domain#unknown.corp.example"])
async def test_nothing_runs_at_what_is_unknown_or_out_of_scope(world, key) -> None:
    await world.decide(CORP)
    await world.see(Address(ip="9.9.9.9"))

    await world.run("tcp", key)

    assert world.networks.egresses == []
    assert await world.job("tcp", key) is None


async def test_a_light_seed_is_not_probed(world) -> None:
    await world.decide(Seed(value="127.9.0.0/24", depth=Depth.LIGHT))
    await world.see(Address(ip="127.9.0.1"))

    await world.run("tcp", "#address#127.9.0.1")

    assert world.networks.sent == []


async def test_what_does_not_match_any_more_is_left_alone(world) -> None:
    await world.decide(LOOPBACK)
    await world.see(port(8))

    await world.run("odd", port(8).key)

    assert await world.job("odd", port(8).key) is None


async def test_the_kill_switch_interrupts_and_the_job_keeps_its_place(world) -> None:
    await world.decide(LOOPBACK)
    await world.see(port(3))
    guard = world.keeper.guard_of(ORGANISATION)
    running = asyncio.create_task(world.run("odd", port(3).key))
    # It is given its network right before it begins, and then waits for a minute.
    while not world.networks.egresses:  # noqa: ASYNC110 - a fake network tells nobody
        await asyncio.sleep(0)
    guard.stop("complaint")
    with pytest.raises(BusyError, match="complaint"):
        await running
    with pytest.raises(BusyError, match="complaint"):
        await world.run("odd", port(3).key)

    assert await world.job("odd", port(3).key) is None
    assert port(1_000).key in await world.keys()


async def test_a_relationship_that_leaves_the_scope_is_not_kept(world) -> None:
    tally = running.Tally()
    await world.decide(CORP)
    await world.see(Domain(host="corp.example"))
    await world.run("dns", DOMAIN)
    record = (await world.store.get(ORGANISATION, [Key(DOMAIN)]))[Key(DOMAIN)]
    edge = Relationship(RelationshipType.ALIAS_OF, Key(DOMAIN), Key("#domain#other.example"))
    lead = await Horizon(world.store).lead(ORGANISATION, record, "s1")

    assert running._admitted(record, [edge], world.networks.egresses[-1], tally, lead) == []


async def test_a_body_that_is_no_job_is_refused(world) -> None:
    message = Message(
        queue="capability-asset", id="1", organisation=ORGANISATION, order_key="k", body=b"nonsense"
    )
    with pytest.raises(InvalidError):
        await world.runner().handle(message)


async def test_a_budget_that_others_spent_is_known_before_the_first_thing_is_sent(world) -> None:
    await world.decide(CORP)
    await world.see(Domain(host="corp.example"))

    async def used(_, day) -> Usage:
        return Usage(day, 10)

    world.keeper.guard_of(ORGANISATION).now = world.tick
    budgets = Budgets(Budget(packets=10), world.keeper.guard_of, used, now=world.tick)
    await world.run("dns", "#domain#corp.example", budgets=budgets)

    job = await world.job("dns", "#domain#corp.example")
    assert job["outcome"] == "unknown"
    assert "budget" in job["reason"]
    assert world.networks.sent == []
