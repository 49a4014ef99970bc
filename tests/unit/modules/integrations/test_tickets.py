"""Risks and a tracker that behaves as Jira's references say, over real sockets."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from chariot.errors import UnavailableError
from chariot.model.keys import Key
from chariot.model.kinds.integration import Ticket
from chariot.model.observations import Edit
from chariot.model.states import RiskState, Status, TicketState
from chariot.modules.integrations.tickets import TicketOptions, TicketSync, own_label
from support.integrations import ACME, World
from support.jira_server import USER, JiraServer
from support.served import served


class Tracked:
    """One Jira and one world."""

    def __init__(self, world: World, jira: JiraServer, address: str) -> None:
        self.world = world
        self.jira = jira
        self.address = address
        self.api = "3"

    async def sync(self, **options: object) -> TicketSync:
        chosen = {"project": "SEC", "api": self.api}
        async with self.world.systems.tracker(self.address, USER, chosen) as tracker:
            made = TicketSync(
                self.world.surface,
                self.world.risks,
                tracker,
                ACME,
                "jira",
                TicketOptions(**options),  # type: ignore[arg-type]  # a test names them
                now=lambda: self.world.now,
            )
            await made.run()
        return made


@pytest.fixture
async def tracked(world: World) -> AsyncIterator[Tracked]:
    jira = JiraServer()
    async with served(jira.handle, jira.faults) as address:
        yield Tracked(world, jira, address)


@pytest.mark.parametrize("api", ["2", "3"])
async def test_each_risk_becomes_one_issue_however_often_it_runs(tracked: Tracked, api: str) -> None:
    tracked.api = api
    await tracked.world.see("CVE-2024-0001", "CVE-2024-0002", "CVE-2024-0003")

    first = await tracked.sync()
    second = await tracked.sync()

    assert first.counts == {"created": 3}
    assert not second.counts
    assert sorted(tracked.jira.issues) == ["SEC-1", "SEC-2", "SEC-3"]


async def test_only_what_the_filter_chooses_becomes_an_issue(tracked: Tracked) -> None:
    await tracked.world.see("CVE-2024-0001", score=90)
    await tracked.world.see("CVE-2024-0002", score=10)

    await tracked.sync(filter="score>=70")

    assert len(tracked.jira.issues) == 1


async def test_a_first_contact_does_not_flood_the_tracker(tracked: Tracked) -> None:
    await tracked.world.see(*(f"CVE-2024-000{number}" for number in range(5)))

    first = await tracked.sync(at_most=2)
    second = await tracked.sync(at_most=2)

    assert (first.counts["created"], first.counts["left"]) == (2, 3)
    assert (second.counts["created"], len(tracked.jira.issues)) == (2, 4)


async def test_an_issue_that_was_made_while_its_answer_was_lost_is_found_by_its_label(
    tracked: Tracked,
) -> None:
    (key,) = await tracked.world.see("CVE-2024-0001")
    tracked.jira.faults.dropped = "/issue"
    with pytest.raises(UnavailableError):
        await tracked.sync()
    tracked.jira.faults.dropped = ""

    found = await tracked.sync()

    assert (list(tracked.jira.issues), found.counts["found"]) == (["SEC-1"], 1)
    assert (await tracked.world.tickets())[key].issue == "SEC-1"


async def test_a_crash_between_making_and_keeping_makes_no_second_issue(tracked: Tracked) -> None:
    (key,) = await tracked.world.see("CVE-2024-0001")
    await tracked.sync()
    # As if the process had died right after the tracker made the issue, and its search were late.
    await _announce_only(tracked, key)
    tracked.jira.unsearchable = {"SEC-1"}

    waiting = await tracked.sync()
    tracked.jira.unsearchable = set()
    found = await tracked.sync()

    assert (waiting.counts["waiting"], found.counts["found"]) == (1, 1)
    assert list(tracked.jira.issues) == ["SEC-1"]
    assert (await tracked.world.tickets())[key].state is TicketState.OPEN


async def test_what_was_never_made_is_made_after_a_while(tracked: Tracked) -> None:
    (key,) = await tracked.world.see("CVE-2024-0001")
    await _announce_only(tracked, key)

    waiting = await tracked.sync()
    tracked.world.now += timedelta(minutes=11)
    made = await tracked.sync()

    assert (waiting.counts["waiting"], made.counts["created"]) == (1, 1)
    assert own_label(ACME, "jira", key) in tracked.jira.issues["SEC-1"]["fields"]["labels"]


async def _announce_only(tracked: Tracked, key: Key) -> None:
    ticket = Ticket(integration="jira", risk=key)
    fields = {"state": "creating", "asked_at": tracked.world.now.isoformat(), "issue": "", "url": ""}
    await tracked.world.surface.edit(ACME, [Edit(actor="test", entity=ticket, fields=fields)])


async def test_a_risk_that_was_remediated_closes_its_issue_with_the_reason(tracked: Tracked) -> None:
    (key,) = await tracked.world.see("CVE-2024-0001")
    await tracked.sync()
    await tracked.world.decide(key, RiskState.REMEDIATED)

    done = await tracked.sync()

    assert tracked.jira.is_closed("SEC-1")
    assert done.counts == {"closed": 1}
    assert "The risk is remediated" in tracked.jira.comments["SEC-1"][0]


async def test_what_left_the_surface_closes_its_issue(tracked: Tracked) -> None:
    (key,) = await tracked.world.see("CVE-2024-0001")
    await tracked.sync()
    await tracked.world.surface.edit(ACME, [Edit(actor="ann", key=key, status=Status.GONE)])

    await tracked.sync()

    assert tracked.jira.is_closed("SEC-1")


@pytest.mark.parametrize(
    ("resolution", "state"),
    [
        ("Done", RiskState.REMEDIATED),
        ("Fixed", RiskState.REMEDIATED),
        ("Won't Do", RiskState.ACCEPTED),
        ("Won\N{RIGHT SINGLE QUOTATION MARK}t Fix", RiskState.ACCEPTED),
        ("Duplicate", RiskState.REJECTED),
        ("False Positive", RiskState.REJECTED),
        ("Erledigt\x1b[31m", RiskState.REMEDIATED),
    ],
)
async def test_an_issue_that_was_closed_moves_its_risk_with_the_reason(
    tracked: Tracked, resolution: str, state: RiskState
) -> None:
    (key,) = await tracked.world.see("CVE-2024-0001")
    await tracked.sync()
    tracked.jira.resolve("SEC-1", resolution)

    await tracked.sync()
    again = await tracked.sync()

    versions = await tracked.world.store.versions(ACME, key, limit=1)
    change = versions.items[0].change
    assert (await tracked.world.risk(key)).state is state
    assert change.actor == "integration:jira"
    assert (change.why or "").startswith("SEC-1 was closed as")
    assert not again.counts


async def test_a_risk_that_is_seen_again_opens_its_issue_again(tracked: Tracked) -> None:
    (key,) = await tracked.world.see("CVE-2024-0001")
    await tracked.sync()
    tracked.jira.resolve("SEC-1", "Fixed")
    await tracked.sync()
    await tracked.world.see("CVE-2024-0001")
    assert (await tracked.world.risk(key)).state is RiskState.OPEN

    await tracked.sync()

    assert not tracked.jira.is_closed("SEC-1")


async def test_an_issue_that_was_opened_again_opens_its_risk(tracked: Tracked) -> None:
    (key,) = await tracked.world.see("CVE-2024-0001")
    await tracked.sync()
    tracked.jira.resolve("SEC-1", "Fixed")
    await tracked.sync()
    tracked.jira.resolve("SEC-1", None)

    await tracked.sync()

    assert (await tracked.world.risk(key)).state is RiskState.OPEN


async def test_a_changed_risk_changes_what_its_issue_says(tracked: Tracked) -> None:
    (key,) = await tracked.world.see("CVE-2024-0001")
    await tracked.sync()
    await tracked.world.surface.edit(ACME, [Edit(actor="assess", key=key, fields={"score": 97})])

    done = await tracked.sync()

    assert done.counts == {"updated": 1}
    assert "Score: 97" in str(tracked.jira.issues["SEC-1"]["fields"]["description"])


async def test_an_issue_that_was_deleted_is_not_made_again(tracked: Tracked) -> None:
    (key,) = await tracked.world.see("CVE-2024-0001")
    await tracked.sync()
    tracked.jira.issues.clear()

    await tracked.sync()
    await tracked.sync()

    assert (tracked.jira.issues, (await tracked.world.tickets())[key].state) == ({}, TicketState.GONE)


async def test_a_workflow_without_the_step_keeps_no_other_issue_from_it(tracked: Tracked) -> None:
    keys = await tracked.world.see("CVE-2024-0001", "CVE-2024-0002")
    await tracked.sync()
    for key in keys:
        await tracked.world.decide(key, RiskState.REMEDIATED)
    tracked.jira.steps = {"Reopen": "new"}

    stuck = await tracked.sync()
    tracked.jira.steps = {"Close": "done"}
    freed = await tracked.sync()

    assert (stuck.failures.count, freed.counts["closed"]) == (2, 2)
    assert "no step that closes" in stuck.failures.texts[0]


async def test_text_of_a_target_is_text_in_the_issue(tracked: Tracked) -> None:
    tracked.api = "2"
    await tracked.world.see("CVE-2024-0001", remediation="{noformat} [~admin] !http://evil/x.png!\n{html}x")

    await tracked.sync()

    description = tracked.jira.issues["SEC-1"]["fields"]["description"]
    assert "\\{noformat\\} \\[\\~admin\\] \\!http" in description


async def test_the_tracker_may_limit_the_rate(tracked: Tracked) -> None:
    await tracked.world.see("CVE-2024-0001")
    tracked.jira.faults.add(429, Retry_After="3")

    await tracked.sync()

    assert tracked.world.slept == [3.0]
    assert len(tracked.jira.issues) == 1


async def test_a_tracker_that_is_away_ends_the_run_and_the_next_goes_on(tracked: Tracked) -> None:
    await tracked.world.see("CVE-2024-0001")
    for _ in range(4):
        tracked.jira.faults.add(503)
    with pytest.raises(UnavailableError):
        await tracked.sync()

    await tracked.sync()

    assert len(tracked.jira.issues) == 1
