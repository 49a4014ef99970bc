"""What `Tallies.tally` promises: the counts of what a list would show on all its pages."""

from collections import Counter
from datetime import datetime, timedelta

import pytest
from surface_world import ACME, DAY, GLOBEX, HTTPS, SHOP, MadeClock, Surface

from chariot.errors import InvalidError
from chariot.model.kinds.weakness import Risk
from chariot.model.observations import Edit
from chariot.model.states import Decision, Severity, Status
from chariot.modules.surface.filters import parse_filter
from chariot.modules.surface.ports import Tally
from chariot.modules.surface.query import Query

RISKS = Query(kinds=("risk",))
SEVERITIES = (Severity.LOW, Severity.HIGH, None)
DECISIONS = (Decision.ACT, None)


def risk(number: int) -> Risk:
    return Risk(
        target=HTTPS.key,
        weakness=f"CVE-2024-{1000 + number}",
        severity=SEVERITIES[number % 3],
        decision=DECISIONS[number % 2],
        score=number * 10,
    )


async def counted(
    surface: Surface, query: Query, *fields: str, moments: tuple[datetime, ...] = ()
) -> set[Tally]:
    return set(await surface.store.tally(ACME, query, fields, moments=moments))


class TallyContract:
    async def test_a_tally_counts_values_apart(self, surface: Surface) -> None:
        await surface.see(HTTPS, *(risk(number) for number in range(4)))

        assert await counted(surface, RISKS, "severity", "state") == {
            Tally(("low", "triage"), 0, 2),
            Tally(("high", "triage"), 0, 1),
            Tally((None, "triage"), 0, 1),
        }

    @pytest.mark.parametrize(
        "text",
        ["", "severity>=high", "state=open", "score>=30 severity=low", "weakness~1002 OR decision=act"],
    )
    async def test_a_tally_counts_what_the_list_shows(self, surface: Surface, text: str) -> None:
        await surface.see(HTTPS, *(risk(number) for number in range(9)))
        await surface.decide(
            Edit(actor="ann", key=risk(0).key, fields={"state": "open"}),
            Edit(actor="ann", key=risk(1).key, status=Status.EXCLUDED),
        )
        query = Query(kinds=("risk",), where=parse_filter(text, ("risk",)))

        listed = [record.entity for record in (await surface.store.find(ACME, query)).items]

        assert {
            (one.values, one.entities) for one in await counted(surface, query, "severity", "decision")
        } == set(
            Counter(
                (one.severity and one.severity.value, one.decision and one.decision.value)
                for one in listed
                if isinstance(one, Risk)
            ).items()
        )

    async def test_a_tally_tells_ages_apart(self, surface: Surface, clock: MadeClock) -> None:
        await surface.see(HTTPS, risk(1))
        clock.move(10 * DAY)
        await surface.see(risk(2), risk(3))
        now = clock.move(timedelta(hours=1))

        assert await counted(surface, RISKS, moments=(now - DAY, now - 5 * DAY)) == {
            Tally((), 0, 2),
            Tally((), 2, 1),
        }

    async def test_a_tally_of_the_past_counts_what_was_there(
        self, surface: Surface, clock: MadeClock
    ) -> None:
        await surface.see(HTTPS, risk(1))
        then = clock.move(DAY)
        clock.move(DAY)
        await surface.see(risk(4))
        await surface.decide(Edit(actor="ann", key=risk(1).key, fields={"state": "open"}))

        past = Query(kinds=("risk",), as_of=then)
        assert await counted(surface, past, "state") == {Tally(("triage",), 0, 1)}

    async def test_a_tally_without_fields_is_one_number(self, surface: Surface) -> None:
        await surface.see(HTTPS, risk(1), risk(2))

        assert await counted(surface, RISKS) == {Tally((), 0, 2)}

    async def test_a_tally_is_of_one_organisation(self, surface: Surface) -> None:
        await surface.see(HTTPS, risk(1), by=GLOBEX)

        assert await counted(surface, RISKS) == set()

    @pytest.mark.parametrize(
        ("kinds", "field"),
        [((SHOP.kind, "risk"), "severity"), (("risk",), "weakness"), (("risk",), "planet")],
    )
    async def test_what_may_have_any_value_is_not_counted_apart(
        self, surface: Surface, kinds: tuple[str, ...], field: str
    ) -> None:
        with pytest.raises(InvalidError):
            await surface.store.tally(ACME, Query(kinds=kinds), (field,))
