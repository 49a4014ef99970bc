"""What `Tallies` promises: the counts of what a list would show on all its pages."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
import pytest
from surface_world import ACME, DAY, GLOBEX, HTTPS, SHOP, MadeClock, Surface

from chariot.errors import InvalidError
from chariot.model.kinds.network import WebApplication
from chariot.model.kinds.weakness import Risk
from chariot.model.observations import Edit
from chariot.model.states import Decision, Severity, Status
from chariot.modules.surface.filters import parse_filter
from chariot.modules.surface.ports import Group, Groups, Tally
from chariot.modules.surface.query import Compare, Query

RISKS = Query(kinds=("risk",))
SEVERITIES = (Severity.LOW, Severity.HIGH, None)
DECISIONS = (Decision.ACT, None)
CONDITIONS = (Compare("state", "=", ("open",)), Compare("decision", "=", (None,)))


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

    @pytest.mark.parametrize("text", ["", "score>=30", "severity=low", "decision=act OR score<20"])
    @pytest.mark.parametrize("field", ["weakness", "target"])
    async def test_groups_are_those_of_the_list(self, surface: Surface, field: str, text: str) -> None:
        await surface.see(HTTPS, SHOP, *(_shared(number) for number in range(11)))
        await surface.decide(Edit(actor="ann", key=_shared(2).key, status=Status.EXCLUDED))
        query = Query(kinds=("risk",), sort="-score", where=parse_filter(text, ("risk",)))

        found = await surface.store.group(ACME, query, field, CONDITIONS)

        assert found == _gathered(
            [one.entity for one in (await surface.store.find(ACME, query)).items], field
        )

    async def test_groups_behind_the_limit_are_counted(self, surface: Surface) -> None:
        await surface.see(HTTPS, *(risk(number) for number in range(5)))

        found = await surface.store.group(
            ACME, Query(kinds=("risk",), sort="-score", limit=2), "weakness", CONDITIONS
        )

        assert [one.value for one in found.first] == [risk(4).weakness, risk(3).weakness]
        assert (found.groups, found.entities) == (5, 5)

    async def test_groups_of_the_past_are_those_of_then(self, surface: Surface, clock: MadeClock) -> None:
        await surface.see(HTTPS, risk(1))
        then = clock.move(DAY)
        clock.move(DAY)
        await surface.see(risk(4))
        await surface.decide(Edit(actor="ann", key=risk(1).key, fields={"state": "open"}))
        query = Query(kinds=("risk",), sort="-score", as_of=then)

        found = await surface.store.group(ACME, query, "weakness", CONDITIONS)

        assert found == Groups((Group(risk(1).weakness, 1, (0, 1)),), 1, 1)

    async def test_long_values_that_begin_alike_are_groups_of_their_own(self, surface: Surface) -> None:
        pages = [
            WebApplication(url=f"https://shop.example.com/{'long/' * 200}{end}/") for end in ("one", "two")
        ]
        await surface.see(*pages, *(Risk(target=page.key, weakness="CVE-2024-1", score=50) for page in pages))

        found = await surface.store.group(ACME, Query(kinds=("risk",), sort="-score"), "target")

        assert [one.value for one in found.first] == [page.key for page in pages]

    async def test_groups_are_of_one_organisation(self, surface: Surface) -> None:
        await surface.see(HTTPS, risk(1), by=GLOBEX)

        assert await surface.store.group(ACME, Query(kinds=("risk",), sort="-score"), "weakness") == Groups()

    @pytest.mark.parametrize(
        ("kinds", "field", "sort"),
        [
            ((SHOP.kind, "risk"), "weakness", "key"),
            (("risk",), "severity", "-score"),
            (("risk",), "planet", "-score"),
            (("risk",), "weakness", "key"),
        ],
    )
    async def test_only_an_indexed_text_of_one_kind_is_gathered_by(
        self, surface: Surface, kinds: tuple[str, ...], field: str, sort: str
    ) -> None:
        with pytest.raises(InvalidError):
            await surface.store.group(ACME, Query(kinds=kinds, sort=sort), field)


def _shared(number: int) -> Risk:
    """Return a risk that has its weakness, and its target, in common with others."""
    return msgspec.structs.replace(
        risk(number), weakness=f"CVE-2024-{number % 5}", target=(HTTPS, SHOP)[number // 5 % 2].key
    )


def _gathered(risks: Sequence[object], field: str) -> Groups:
    """Return what `Tallies.group` has to say of *risks*, the highest scores first."""
    members: dict[str, list[Risk]] = {}
    for one in risks:
        assert isinstance(one, Risk)
        members.setdefault(getattr(one, field), []).append(one)
    groups = [
        Group(
            value,
            len(those),
            (sum(one.state.value == "open" for one in those), sum(one.decision is None for one in those)),
        )
        for value, those in sorted(
            members.items(), key=lambda item: (-(item[1][0].score or 0), -len(item[1]), item[0])
        )
    ]
    return Groups(tuple(groups), len(groups), len(risks))
