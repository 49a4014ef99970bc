from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.modules.exchange.report.collect import Limits, collect_report
from chariot.modules.exchange.report.data import ReportData
from chariot.modules.surface.service import SurfaceService

from .conftest import ACME, NOW, TECHNOLOGY


async def report(store, limits: Limits | None = None) -> ReportData:
    return await collect_report(store, ACME, made_at=NOW, program="Chariot 0", limits=limits)


async def test_open_risks_are_counted_by_severity_decision_and_score(surface: SurfaceService) -> None:
    risks = (await report(surface.store)).risks

    assert (risks.total, risks.counted, risks.targets, risks.unscored) == (3, 3, 2, 1)
    assert risks.known_exploited == 1
    assert risks.by_severity == {"critical": 1, "low": 1, "unrated": 1}
    assert risks.by_decision == {"act": 1, "undecided": 2}
    assert risks.scores == (0, 1, 0, 0, 0, 0, 0, 0, 0, 1)


async def test_numbers_over_a_part_say_so(surface: SurfaceService) -> None:
    risks = (await report(surface.store, Limits(counted_risks=1))).risks

    assert risks.counted == 1
    assert risks.total > risks.counted


async def test_assets_with_the_highest_risks_come_first(surface: SurfaceService) -> None:
    assets = (await report(surface.store)).assets

    assert [(asset.kind, asset.risks, asset.highest) for asset in assets.items] == [
        ("webapplication", 1, 97),
        ("port", 2, 12),
        ("domain", 0, None),
    ]
    assert assets.items[0].technologies == (TECHNOLOGY.name,)


async def test_assets_that_are_left_out_are_counted(surface: SurfaceService) -> None:
    assets = (await report(surface.store, Limits(assets=1))).assets

    assert (len(assets.items), assets.left_out) == (1, 2)


async def test_only_certificates_that_end_soon_are_named(surface: SurfaceService) -> None:
    (certificate,) = (await report(surface.store)).certificates.items

    assert certificate.days_left == 3
    assert certificate.presented_by == ("http://app.example.com/",)


async def test_the_last_day_is_compared_without_our_own_work(surface: SurfaceService) -> None:
    found = await report(surface.store)

    assert found.change_counts["appeared"] == len(found.changes.items)
    assert "job" not in {change.kind for change in found.changes.items}


async def test_an_empty_surface_gives_an_empty_report(store: SqliteEntityStore) -> None:
    found = await report(store)

    assert (found.exposure, found.top.items, found.assets.items) == ({}, (), ())
