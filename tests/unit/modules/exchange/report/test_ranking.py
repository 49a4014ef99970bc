from chariot.modules.exchange.report.ranking import ranked_risks
from chariot.modules.surface.service import SurfaceService

from .conftest import ACME, APP, CVE


async def test_the_highest_open_score_comes_first_and_what_has_none_last(surface: SurfaceService) -> None:
    ranked = await ranked_risks(surface.store, ACME, 10)

    assert [risk.weakness for risk in ranked.items] == [CVE, "CVE-2020-0001", "CVE-2020-0003"]
    assert ranked.left_out == 0


async def test_a_rejected_risk_is_not_ranked(surface: SurfaceService) -> None:
    ranked = await ranked_risks(surface.store, ACME, 10)

    assert "CVE-2020-0002" not in {risk.weakness for risk in ranked.items}


async def test_reasons_stand_with_the_heaviest_first(surface: SurfaceService) -> None:
    first = (await ranked_risks(surface.store, ACME, 1)).items[0]

    assert [factor.points for factor in first.factors] == [30.0, 25.0, -5.0]


async def test_a_risk_carries_what_is_known_of_its_weakness_and_target(surface: SurfaceService) -> None:
    first = (await ranked_risks(surface.store, ACME, 1)).items[0]

    assert (first.known_exploited, first.epss, first.cvss) == (True, 0.94, 9.8)
    assert (first.target, first.target_key) == ("http://app.example.com/", APP.key)


async def test_a_bounded_list_says_that_there_are_more(surface: SurfaceService) -> None:
    assert (await ranked_risks(surface.store, ACME, 2)).left_out is None
