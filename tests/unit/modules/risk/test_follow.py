from structlog.testing import capture_logs

from chariot.model.keys import Organisation
from chariot.modules.intel.records import ProductKey
from chariot.modules.risk.follow import IntelFollower
from chariot.modules.surface.service import SurfaceService

from .conftest import ACME, LEAK, OVERFLOW, WIDGET, Away, before, cve, fixed_in

AWAY = Organisation("a-dedicated")
GADGET = "cpe:2.3:a:acme:gadget:{}:*:*:*:*:*:*:*"


async def test_a_new_record_finds_what_was_seen_before(world):
    port = await world.see("1.0")
    await world.run()
    await world.load(cve(OVERFLOW, before("2.0")))

    await world.follower.follow()
    await world.run()

    assert await world.risk(OVERFLOW, port) is not None


async def test_only_what_a_feed_changed_is_touched(world):
    await world.load(cve(OVERFLOW, before("2.0")), cve(LEAK, before("2.0", "gadget")))
    await world.see("1.0")
    await world.see("1.0", number=80, cpe=GADGET)
    await world.follower.follow()
    await world.run()

    await world.known_exploited(LEAK)
    await world.follower.follow()
    handled = await world.run()

    assert handled
    assert not any(OVERFLOW in order or order.endswith("#443") or "widget" in order for order in handled)


async def test_following_twice_does_nothing_the_second_time(world):
    await world.load(cve(OVERFLOW, before("2.0")))
    await world.see("1.0")
    revision = await world.follower.follow()
    await world.run()

    again = await world.follower.follow()

    assert again == revision
    assert await world.run() == []


async def test_a_product_is_looked_up_by_its_whole_name(world):
    await world.see("1.0")
    await world.see("1.0", number=80, cpe="cpe:2.3:a:acme:widget_pro:{}:*:*:*:*:*:*:*")
    await world.run()

    await world.follower.rematch(ACME, [ProductKey("a", "acme", "widget")], (), 1)
    handled = await world.run()

    assert handled == [f"correlate #technology#{WIDGET.format('1.0')}"]


async def test_a_cve_on_nobodys_surface_is_not_written(world):
    await world.load(cve(OVERFLOW, before("2.0")))
    last = await world.store.last_sequence()

    await world.follower.reassess_changed([OVERFLOW])

    assert await world.store.last_sequence() == last


async def test_a_correction_of_the_range_closes_the_risk(world):
    await world.load(cve(OVERFLOW, before("2.0")))
    port = await world.see("1.5")
    await world.run()

    world.later(days=1)
    await world.load(cve(OVERFLOW, before("1.5")))
    await world.follower.follow()
    await world.run()

    assert (await world.risk(OVERFLOW, port)).state.value == "remediated"
    assert await world.follower.recheck(ACME) == 1
    assert (await world.risk(OVERFLOW, port)).state.value == "remediated"


async def test_a_new_advisory_reaches_the_packages_it_names_without_a_scan(world):
    image = await world.list_packages("pkg:npm/lib@1.0.0")
    other = await world.list_packages("pkg:npm/other@1.0.0", image="other")
    await world.run()
    await world.load(fixed_in("1.2.3", OVERFLOW), feed="osv")

    await world.follower.follow()
    handled = await world.run()

    assert await world.risk(OVERFLOW, image) is not None
    assert f"correlate {other}" not in handled


async def test_an_advisory_of_a_release_reaches_packages_that_are_known_without_one(world):
    image = await world.list_packages("pkg:deb/debian/lib@1.0-1")
    await world.run()
    await world.load(fixed_in("1.2-1", OVERFLOW, ecosystem="Debian:12"), feed="osv")

    await world.follower.follow()
    await world.run()

    assert await world.risk(OVERFLOW, image) is not None


async def test_an_organisation_that_is_away_holds_up_no_other_and_misses_nothing(world):
    await world.load(cve("CVE-2024-0001", before("2.0", "other")))
    here = await world.see("1.0")
    there = await world.see("1.0", organisation=AWAY)
    image = await world.list_packages("pkg:npm/lib@1.0.0", organisation=AWAY)
    await world.follower.follow()
    await world.run()
    store = Away(world.store, AWAY)
    follower = IntelFollower(
        SurfaceService(store, now=world.now), world.intel, world.correlator, world.bus, world.checkpoints
    )

    await world.load(cve(OVERFLOW, before("2.0")))
    await world.load(fixed_in("1.2.3", "CVE-2024-3000"), feed="osv")
    with capture_logs() as logs:
        first = await follower.follow()
        await world.load(cve(LEAK, before("2.0")))
        second = await follower.follow()
        await follower.follow()
    await world.run()

    assert first < second
    assert [line["organisation"] for line in logs if line["event"] == "news_put_off"] == [AWAY]
    assert await world.risk(OVERFLOW, here) is not None
    assert await world.risk(LEAK, here) is not None
    assert await world.risk(OVERFLOW, there, AWAY) is None

    store.is_away = False
    assert await follower.follow() == second
    await world.run()

    assert await world.risk(OVERFLOW, there, AWAY) is not None
    assert await world.risk(LEAK, there, AWAY) is not None
    assert await world.risk("CVE-2024-3000", image, AWAY) is not None
    await follower.follow()
    assert await world.run() == []
