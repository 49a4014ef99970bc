"""A technology that is a package is matched with the advisories about that package, too."""

from datetime import UTC, datetime

import pytest

from chariot.modules.intel.aliases import Aliases
from chariot.modules.intel.answers import State
from chariot.modules.intel.memory import MemoryIntelStore
from chariot.modules.intel.packaged import Packaged
from chariot.modules.intel.records import (
    Advisory,
    AffectedPackage,
    CpeMatch,
    Cve,
    FeedHeader,
    Node,
    PackageKey,
    PackageRange,
    ProductKey,
)
from chariot.modules.intel.service import Intelligence

AT = datetime(2026, 1, 1, tzinfo=UTC)
DJANGO = PackageKey("PyPI", "django")
OSV = FeedHeader("osv", "all.zip", "1", replaces=False)
NVD = FeedHeader("nvd", "nvd.json", "1", replaces=False)
YES, NO, OPEN = State.AFFECTED, State.NOT_AFFECTED, State.CANNOT_TELL


def django(version="*", update="*", other="*"):
    return f"cpe:2.3:a:djangoproject:django:{version}:{update}:*:*:*:*:*:{other}"


def advisory(fixed="4.2.5", *, number=1, cves=("CVE-2024-1000",), introduced="4.2"):
    events = (("introduced", introduced), ("fixed", fixed))
    package = AffectedPackage("PyPI", "django", (PackageRange("ECOSYSTEM", events),))
    return Advisory(f"GHSA-{number}", AT, cves, "A flaw.", (package,))


def record(*matches):
    return Cve("CVE-2024-1000", AT, AT, "A flaw.", configurations=(Node("OR", matches),))


@pytest.fixture
def store():
    return MemoryIntelStore(lambda: AT)


async def states(store, technology, **asked):
    intelligence = Intelligence(store, Aliases.built_in())
    found = await intelligence.match([technology], **asked)
    return {match.cve: match.state for match in found[technology]}


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("4.2.4", {"CVE-2024-1000": YES}),
        ("4.2.5", {}),
        ("4.1.9", {}),
        ("4.2", {"CVE-2024-1000": OPEN}),
        ("*", {"CVE-2024-1000": OPEN}),
    ],
)
async def test_an_advisory_tells_where_no_feed_knows_the_name(store, version, expected):
    await store.load(OSV, [[advisory()]])

    assert await states(store, django(version)) == expected


async def test_an_advisory_without_a_cve_goes_by_its_own_id(store):
    await store.load(OSV, [[advisory(cves=(), number=7)]])
    intelligence = Intelligence(store, Aliases.built_in())

    known = await intelligence.lookup(["GHSA-7", "GHSA-8"])

    assert await states(store, django("4.2.4")) == {"GHSA-7": YES}
    assert known["GHSA-7"].advisory == advisory(cves=(), number=7)
    assert known["GHSA-8"].advisory is None


async def test_what_either_source_finds_affected_is_affected(store):
    await store.load(NVD, [[record(CpeMatch(django(), end_excluding="4.2.3"))]])
    await store.load(OSV, [[advisory()]])

    found = [await states(store, django(version)) for version in ("4.2.1", "4.2.4", "4.1.9", "5.0.1")]

    assert found == [{"CVE-2024-1000": state} if state else {} for state in (YES, YES, YES, None)]


async def test_an_advisory_decides_what_a_name_leaves_open(store):
    await store.load(NVD, [[record(CpeMatch(django("4.2.5", "rc1")))]])
    before = await states(store, django("4.2.5"))
    await store.load(OSV, [[advisory()]])

    assert before == {"CVE-2024-1000": OPEN}
    assert await states(store, django("4.2.5")) == {}
    assert await states(store, django("4.2.5"), not_affected=True) == {"CVE-2024-1000": NO}


async def test_a_build_of_a_distribution_is_left_to_its_own_advisories(store):
    await store.load(OSV, [[advisory()]])

    assert await states(store, django("4.2.4", other=r"debian_3\+deb12u1")) == {}


async def test_a_new_advisory_leads_to_the_products_that_are_the_package(store):
    intelligence = Intelligence(store, Aliases.built_in())
    await store.load(OSV, [[advisory()]])

    _, products = await intelligence.changed_products(0)

    assert ProductKey("a", "djangoproject", "django") in products


async def test_the_criterion_names_the_version_that_mends_it(store):
    await store.load(OSV, [[advisory()]])
    intelligence = Intelligence(store, Aliases.built_in())

    ((match,),) = (await intelligence.match([django("4.2.4")])).values()

    assert match.criterion == "PyPI django (before 4.2.5)"
    assert match.reason == "GHSA-1: affected: from 4.2, before 4.2.5"


def test_a_product_is_the_packages_that_the_table_says():
    packaged = Packaged(Aliases.built_in())

    assert packaged.packages(ProductKey("a", "djangoproject", "django")) == (DJANGO,)
    assert ProductKey("a", "djangoproject", "django") in packaged.products(DJANGO)
    assert packaged.packages(ProductKey("a", "acme", "server")) == ()


def test_a_package_of_a_distribution_is_not_the_product():
    packaged = Packaged(Aliases.built_in())

    assert packaged.products(PackageKey("Debian", "nginx")) == ()
