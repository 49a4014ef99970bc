"""What every intelligence store promises of advisories on packages."""

from datetime import UTC, datetime, timedelta

from chariot.modules.intel.records import Advisory, AffectedPackage, FeedHeader, PackageKey, PackageRange

NOON = datetime(2026, 1, 1, 12, 0, 0, 123456, tzinfo=UTC)
OSV = FeedHeader("osv", "all.zip", "", replaces=False)
LIB = PackageKey("npm", "lib")


def advisory(number: int = 1, *ecosystems: str, at: datetime = NOON, withdrawn: bool = False) -> Advisory:
    events = (("introduced", "0"), ("fixed", "1.2.3"))
    packages = tuple(
        AffectedPackage(ecosystem, "lib", (PackageRange("ECOSYSTEM", events),))
        for ecosystem in ecosystems or ("npm",)
    )
    return Advisory(f"GHSA-{number}", at, ("CVE-2024-1000",), "A flaw.", packages, withdrawn=withdrawn)


async def test_advisories_are_found_by_package_with_and_without_the_release(store):
    await store.load(OSV, [[advisory(1), advisory(2, "Debian:12", "Debian:11")]])

    found = await store.advisories([LIB, PackageKey("Debian", "lib"), PackageKey("Debian:12", "lib")])

    assert [part.id for part in found[LIB]] == ["GHSA-1"]
    assert len(found["Debian", "lib"]) == 2
    assert [part.packages[0].ecosystem for part in found["Debian:12", "lib"]] == ["Debian:12"]
    assert await store.advisories([PackageKey("PyPI", "lib")]) == {}


async def test_a_release_stands_for_what_it_is_divided_into(store):
    await store.load(
        OSV,
        [[advisory(1, "Ubuntu:22.04:LTS"), advisory(2, "Ubuntu:22.041"), advisory(3, "Ubuntu:24.04:LTS")]],
    )

    release = PackageKey("Ubuntu:22.04", "lib")
    found = await store.advisories([release])

    assert [part.id for part in found[release]] == ["GHSA-1"]


async def test_an_advisory_that_is_withdrawn_is_about_nothing_and_names_the_package(store):
    await store.load(OSV, [[advisory()]])
    first = await store.changed_products(0)

    await store.load(OSV, [[advisory(withdrawn=True, at=NOON + timedelta(1))]])

    assert await store.advisories([LIB]) == {}
    assert (await store.changed_products(first.revision)).packages == (LIB,)


async def test_an_advisory_is_known_by_its_own_id(store):
    await store.load(OSV, [[advisory(1), advisory(2)]])

    assert await store.advisory_records(["GHSA-2", "GHSA-9"]) == {"GHSA-2": advisory(2)}


async def test_a_cve_leads_to_the_advisories_about_it_that_stand(store):
    await store.load(OSV, [[advisory(2), advisory(1), advisory(3, withdrawn=True)]])

    found = await store.advisories_about(["CVE-2024-1000", "CVE-2024-1001"])

    assert found == {"CVE-2024-1000": (advisory(1), advisory(2))}


async def test_an_advisory_that_is_withdrawn_later_is_about_its_cve_no_more(store):
    await store.load(OSV, [[advisory(1)]])
    await store.load(OSV, [[advisory(1, withdrawn=True, at=NOON + timedelta(1))]])

    assert await store.advisories_about(["CVE-2024-1000"]) == {}
