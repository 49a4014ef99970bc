"""What `History.series` and `Freshness` promise: counts at each moment, and a stamp that every commit moves."""

import pytest
from surface_world import ACME, DAY, GLOBEX, HTTPS, NOON, SHOP, MadeClock, Surface

from chariot.model.kinds.weakness import Risk
from chariot.model.observations import Edit
from chariot.model.states import Severity, Status
from chariot.modules.surface.ports import EntityStore, Span
from chariot.modules.surface.query import Query

WEEK = Span(NOON, DAY, 5)


def risk(number: int, severity: Severity | None) -> Risk:
    return Risk(target=HTTPS.key, weakness=f"CVE-2024-{1000 + number}", severity=severity)


class SeriesContract:
    async def test_a_series_counts_what_was_on_the_surface_at_each_moment(
        self, surface: Surface, clock: MadeClock
    ) -> None:
        await surface.see(SHOP)
        first = clock.move(DAY)
        clock.move(DAY / 2)
        await surface.decide(Edit(actor="ann", key=SHOP.key, status=Status.EXCLUDED))

        assert await surface.store.series(ACME, SHOP.kind, "", Span(first - 2 * DAY, DAY, 4)) == {
            None: [0, 1, 1, 0]
        }

    async def test_a_series_tells_values_apart_and_follows_them(
        self, surface: Surface, clock: MadeClock
    ) -> None:
        await surface.see(HTTPS, risk(1, Severity.LOW), risk(2, Severity.LOW), risk(3, None))
        clock.move(2 * DAY)
        await surface.see(risk(1, Severity.HIGH))
        end = clock.now() + DAY

        assert await surface.store.series(ACME, "risk", "severity", Span(end - 2 * DAY, DAY, 3)) == {
            "low": [2, 1, 1],
            "high": [0, 1, 1],
            None: [1, 1, 1],
        }

    async def test_the_last_moment_of_a_series_equals_a_list_as_of_it(
        self, surface: Surface, clock: MadeClock
    ) -> None:
        await surface.see(HTTPS, *(risk(number, Severity.HIGH) for number in range(7)))
        moment = clock.move(DAY)
        clock.move(DAY)
        await surface.see(*(risk(number, Severity.HIGH) for number in range(7, 9)))

        (counts,) = (
            await surface.store.series(ACME, "risk", "severity", Span(moment - DAY, DAY, 2))
        ).values()

        listed = await surface.keys(Query(kinds=("risk",), as_of=moment))
        assert counts[-1] == len(listed) == 7

    async def test_a_series_is_of_one_organisation(self, surface: Surface) -> None:
        await surface.see(SHOP, by=GLOBEX)

        assert await surface.store.series(ACME, SHOP.kind, "", WEEK) == {}

    @pytest.mark.parametrize("kind", ["risk", "planet"])
    async def test_a_series_of_nothing_is_empty(self, surface: Surface, kind: str) -> None:
        assert await surface.store.series(ACME, kind, "", WEEK) == {}

    async def test_a_commit_moves_the_stamp_before_its_caller_learns_of_it(
        self, surface: Surface, store: EntityStore
    ) -> None:
        before = store.stamp()
        await surface.see(SHOP)
        after = store.stamp()
        await surface.see(SHOP)

        assert len({before, after, store.stamp()}) == 3
        assert store.max_age_s > 0
