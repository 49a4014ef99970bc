from datetime import timedelta

import pytest

from chariot.errors import InvalidError
from chariot.model.keys import Organisation
from chariot.model.kinds.work import File
from chariot.model.states import Depth
from chariot.modules.integrations.by_clock import ScanRun, refuse_scan
from chariot.modules.integrations.types import ScanChoices
from chariot.modules.surface.query import Query
from support.integrations import ACME, World


class Orders:
    """Remembers what was ordered."""

    def __init__(self) -> None:
        self.of: list[tuple[object, ...]] = []

    async def start(
        self,
        organisation: Organisation,
        seeds: tuple[str, ...],
        *,
        requested_by: str,
        depth: Depth | None,
        due_only: bool,
    ) -> str:
        self.of.append((organisation, seeds, requested_by, depth, due_only))
        return "s1"


async def files(world: World) -> list[str]:
    page = await world.store.find(ACME, Query(kinds=("file",)))
    return [one.entity.path for one in page.items if isinstance(one.entity, File)]


async def test_a_report_is_kept_as_a_file_that_says_what_was_found(world: World) -> None:
    await world.see("CVE-2021-41773")
    await world.add("weekly", type="report", options={"format": "csv", "kinds": "risks"}, every_minutes=60)

    result = await world.integrations.run(ACME, "weekly")

    (path,) = await files(world)
    _, stream = await world.files.read(ACME, path)
    content = b"".join([piece async for piece in stream])
    assert result.outcome == "done"
    assert path in result.message
    assert path.startswith("reports/weekly/")
    assert b"CVE-2021-41773" in content


async def test_only_the_newest_reports_of_one_label_stay(world: World) -> None:
    await world.add("weekly", type="report", options={"format": "jsonl", "keep": "2"})
    await world.add("other", type="report", options={"format": "jsonl"})
    await world.integrations.run(ACME, "other")
    for _ in range(4):
        world.now += timedelta(days=1)
        await world.integrations.run(ACME, "weekly")

    kept = await files(world)

    assert sorted(path.split("/")[1] for path in kept) == ["other", "weekly", "weekly"]
    assert f"{world.now:%Y-%m-%d}" in max(kept)


async def test_a_format_that_is_not_there_fails_the_run_and_says_so(world: World) -> None:
    await world.add("weekly", type="report", options={"format": "scroll"})

    result = await world.integrations.run(ACME, "weekly")

    assert (result.outcome, "scroll" in result.message, await files(world)) == ("failed", True, [])


async def test_a_scan_is_ordered_with_what_was_chosen() -> None:
    orders = Orders()
    chosen = ScanChoices(seeds="example.com, 192.0.2.0/28", depth=Depth.LIGHT, due_only=False)

    counts, message = await ScanRun(orders.start).run(ACME, "nightly", chosen)

    assert orders.of == [
        (ACME, ("example.com", "192.0.2.0/28"), "integration:nightly", Depth.LIGHT, False),
    ]
    assert (counts["scans"], message) == (1, "scan s1 of example.com, 192.0.2.0/28")


async def test_where_nothing_scans_an_order_is_refused() -> None:
    with pytest.raises(InvalidError, match="nothing scans"):
        await refuse_scan(ACME, ())
