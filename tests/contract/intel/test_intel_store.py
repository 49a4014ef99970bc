"""What every intelligence store promises."""

from datetime import UTC, date, datetime, timedelta

import pytest

from chariot.errors import ConflictError, InvalidError
from chariot.modules.intel.lines import line_of
from chariot.modules.intel.memory import MemoryIntelStore
from chariot.modules.intel.ports import IntelStore
from chariot.modules.intel.records import (
    Advisory,
    AffectedPackage,
    Candidate,
    CpeMatch,
    Cve,
    Cvss,
    EpssScore,
    Exploit,
    FeedHeader,
    FeedInfo,
    KevEntry,
    Node,
    PackageKey,
    PackageRange,
    PackMark,
    ProductKey,
    Ssvc,
)

NOON = datetime(2026, 1, 1, 12, 0, 0, 123456, tzinfo=UTC)
DAY = date(2026, 1, 1)
NVD = FeedHeader("nvd", "nvd.json", "1", replaces=False)
KEV = FeedHeader("kev", "kev.json", "1", replaces=True)
EPSS = FeedHeader("epss", "epss.csv", "1", replaces=True)
SERVER = ProductKey("a", "acme", "server")
AGENT = ProductKey("a", "acme", "agent")


async def candidates(store: IntelStore, products) -> dict[ProductKey, tuple[Candidate, ...]]:
    found = await store.prepared(products)
    return {key: tuple(Candidate(cve, part.nodes) for cve, part in parts) for key, parts in found.items()}


def listed(product: ProductKey, version: str = "1.0") -> CpeMatch:
    return CpeMatch(f"cpe:2.3:{':'.join(product)}:{version}:*:*:*:*:*:*:*")


def cve(
    number: int = 1000,
    *products: ProductKey,
    modified: datetime = NOON,
    summary: str = "A flaw.",
    rejected: bool = False,
) -> Cve:
    return Cve(
        f"CVE-2024-{number:04}",
        NOON,
        modified,
        summary,
        cvss=(Cvss("3.1", "CVSS:3.1/AV:N", 9.8, "nvd"),),
        cwes=("CWE-79",),
        references=("https://example.com",),
        configurations=(Node("OR", tuple(listed(product) for product in products or (SERVER,))),),
        rejected=rejected,
    )


async def test_a_new_store_holds_nothing(store):
    assert await store.feeds() == ()
    assert await candidates(store, [SERVER]) == {}
    assert await store.cves(["CVE-2024-1000"]) == {}
    assert await store.kev(["CVE-2024-1000"]) == {}
    assert await store.epss(["CVE-2024-1000"]) == {}
    changes = await store.changed_products(0)
    assert (changes.revision, changes.products) == (0, ())


async def test_a_line_is_what_was_prepared_and_follows_each_load(store):
    await store.load(NVD, [[cve(1000, SERVER, AGENT), cve(1001, SERVER)]])
    later = NOON + timedelta(days=1)
    await store.load(
        FeedHeader("nvd", "more.json", "1", replaces=False), [[cve(1000, AGENT, modified=later)]]
    )

    lines = await store.lines([SERVER, AGENT, ProductKey("a", "acme", "unknown")])

    prepared = await store.prepared([SERVER, AGENT])
    assert lines == {product: line_of(product, rows) for product, rows in prepared.items()}
    assert lines[SERVER].sayings().cves == ("CVE-2024-1001",)


async def test_of_what_is_prepared_single_cves_are_told(store):
    await store.load(NVD, [[cve(1000, SERVER, AGENT), cve(1001, SERVER), cve(1002, SERVER)]])
    unknown = ProductKey("a", "acme", "unknown")

    found = await store.prepared_of(
        [
            (SERVER, "CVE-2024-1002"),
            (AGENT, "CVE-2024-1000"),
            (SERVER, "CVE-2024-1000"),
            (AGENT, "CVE-2024-1001"),
            (unknown, "CVE-2024-1000"),
        ]
    )

    prepared = await store.prepared([SERVER, AGENT])
    assert found == {SERVER: (prepared[SERVER][0], prepared[SERVER][2]), AGENT: prepared[AGENT]}


async def test_a_product_that_no_cve_names_any_more_has_no_line(store):
    await store.load(NVD, [[cve(1000, SERVER)]])
    later = FeedHeader("nvd", "more.json", "1", replaces=False)
    await store.load(later, [[cve(1000, SERVER, modified=NOON + timedelta(days=1), rejected=True)]])

    assert await store.lines([SERVER]) == {}


async def test_what_was_loaded_reads_back(store):
    entry = KevEntry("CVE-2024-1000", DAY, DAY + timedelta(21), ransomware=True)
    score = EpssScore("CVE-2024-1000", 0.123, 0.987, DAY)
    await store.load(NVD, [[cve()]])
    await store.load(KEV, [[entry, KevEntry("CVE-2024-1001", DAY)]])
    await store.load(EPSS, [[score]])

    ids = ["CVE-2024-1000", "CVE-2024-1001", "CVE-2024-9999"]
    assert await store.cves(ids) == {"CVE-2024-1000": cve()}
    assert await store.kev(ids) == {"CVE-2024-1000": entry, "CVE-2024-1001": KevEntry("CVE-2024-1001", DAY)}
    assert await store.epss(ids) == {"CVE-2024-1000": score}


async def test_candidates_come_by_product_in_order_of_cve(store):
    await store.load(NVD, [[cve(10_000), cve(2000, SERVER, AGENT)], [cve(1000, AGENT)]])

    found = await candidates(store, [SERVER, AGENT, ProductKey("a", "x", "y")])

    assert {product: [c.cve for c in own] for product, own in found.items()} == {
        SERVER: ["CVE-2024-2000", "CVE-2024-10000"],
        AGENT: ["CVE-2024-1000", "CVE-2024-2000"],
    }
    assert found[AGENT][1] == Candidate("CVE-2024-2000", (Node("OR", (listed(AGENT),)),))


async def test_a_product_of_another_part_is_another(store):
    await store.load(NVD, [[cve()]])

    assert await candidates(store, [ProductKey("o", "acme", "server")]) == {}


async def test_a_load_says_what_it_did(store):
    info = await store.load(NVD, [[cve(1000)], [], [cve(1001)]])

    assert info == FeedInfo("nvd", "nvd.json", "1", NOON, records=2, changed=2)
    assert await store.feeds() == (info,)


@pytest.mark.parametrize(
    ("header", "record"),
    [
        (NVD, cve()),
        (KEV, KevEntry("CVE-2024-1000", DAY)),
        (EPSS, EpssScore("CVE-2024-1000", 0.5, 0.5, DAY)),
    ],
)
async def test_loading_again_writes_nothing(store, header, record):
    await store.load(header, [[record]])
    revision = (await store.changed_products(0)).revision

    info = await store.load(header, [[record]])

    assert (info.records, info.changed) == (1, 0)
    assert (await store.changed_products(0)).revision == revision


async def test_a_newer_record_replaces_the_older(store):
    await store.load(NVD, [[cve(1000, SERVER)]])

    await store.load(NVD, [[cve(1000, AGENT, modified=NOON + timedelta(days=1), summary="Another.")]])

    assert (await store.cves(["CVE-2024-1000"]))["CVE-2024-1000"].summary == "Another."
    assert list(await candidates(store, [SERVER, AGENT])) == [AGENT]


async def test_an_older_record_stays_out_and_is_counted(store):
    await store.load(NVD, [[cve()]])
    older = cve(summary="Old.", modified=NOON - timedelta(microseconds=1))

    info = await store.load(FeedHeader("nvd", "old.json", "", replaces=False), [[older, cve(1001)]])

    assert (info.records, info.changed, info.stale) == (2, 1, 1)
    assert (await store.cves(["CVE-2024-1000"]))["CVE-2024-1000"].summary == "A flaw."


async def test_a_file_of_nothing_but_older_records_is_refused(store):
    await store.load(NVD, [[cve()]])

    with pytest.raises(ConflictError, match="all 1 records"):
        await store.load(FeedHeader("nvd", "old", "", replaces=False), [[cve(modified=NOON - timedelta(1))]])
    assert len(await store.feeds()) == 1


@pytest.mark.parametrize("source", ["kev.json", "renamed.json"])
async def test_an_older_whole_feed_is_refused(store, source):
    await store.load(FeedHeader("kev", "kev.json", "2", replaces=True), [[KevEntry("CVE-2024-1000", DAY)]])

    with pytest.raises(ConflictError, match="older"):
        await store.load(FeedHeader("kev", source, "1", replaces=True), [[KevEntry("CVE-2024-1001", DAY)]])
    assert list(await store.kev(["CVE-2024-1000", "CVE-2024-1001"])) == ["CVE-2024-1000"]


async def test_files_of_one_feed_stand_side_by_side(store):
    await store.load(FeedHeader("nvd", "2018", "2", replaces=False), [[cve(1000)]])

    await store.load(FeedHeader("nvd", "2012", "1", replaces=False), [[cve(1001)]])

    assert [info.source for info in await store.feeds()] == ["2012", "2018"]
    assert len(await store.cves(["CVE-2024-1000", "CVE-2024-1001"])) == 2


async def test_a_whole_feed_drops_what_it_no_longer_holds(store):
    await store.load(KEV, [[KevEntry("CVE-2024-1000", DAY), KevEntry("CVE-2024-1001", DAY)]])
    await store.load(EPSS, [[EpssScore("CVE-2024-1000", 0.5, 0.5, DAY)]])

    info = await store.load(
        FeedHeader("kev", "later.json", "2", replaces=True), [[KevEntry("CVE-2024-1001", DAY)]]
    )

    assert list(await store.kev(["CVE-2024-1000", "CVE-2024-1001"])) == ["CVE-2024-1001"]
    assert list(await store.epss(["CVE-2024-1000"])) == ["CVE-2024-1000"]
    assert (info.changed, [f.source for f in await store.feeds()]) == (1, ["epss.csv", "later.json"])


async def test_a_file_that_breaks_leaves_no_trace(store):
    def broken():
        yield [cve(1000), cve(1001)]
        yield [KevEntry("CVE-2024-1000", DAY)]
        raise InvalidError("cut short", place="line 3")

    await store.load(NVD, [[cve(1000, summary="Before.")]])

    with pytest.raises(InvalidError, match="cut short"):
        await store.load(FeedHeader("nvd", "broken", "", replaces=False), broken())

    assert (await store.cves(["CVE-2024-1000", "CVE-2024-1001"])).keys() == {"CVE-2024-1000"}
    assert (await store.cves(["CVE-2024-1000"]))["CVE-2024-1000"].summary == "Before."
    assert (await store.changed_products(0)).revision == 1
    assert await store.kev(["CVE-2024-1000"]) == {}
    assert (await store.load(NVD, [[cve(1001)]])).changed == 1


async def test_a_withdrawn_cve_is_known_but_no_candidate(store):
    await store.load(NVD, [[cve()]])

    await store.load(NVD, [[cve(rejected=True, modified=NOON + timedelta(1))]])

    assert await candidates(store, [SERVER]) == {}
    assert (await store.cves(["CVE-2024-1000"]))["CVE-2024-1000"].rejected


async def test_a_cve_that_stands_twice_in_a_file_counts_once_at_its_newest(store):
    later = cve(summary="Later.", modified=NOON + timedelta(1))

    await store.load(NVD, [[cve(), later, cve()]])

    assert (await store.cves(["CVE-2024-1000"]))["CVE-2024-1000"].summary == "Later."


async def test_only_products_that_changed_are_named(store):
    await store.load(NVD, [[cve(1000, SERVER), cve(1001, AGENT)]])
    first = await store.changed_products(0)

    await store.load(
        NVD, [[cve(1000, SERVER), cve(1001, AGENT, summary="New.", modified=NOON + timedelta(1))]]
    )

    second = await store.changed_products(first.revision)
    assert (first.products, second.products) == ((AGENT, SERVER), (AGENT,))
    assert (await store.changed_products(second.revision)).products == ()


async def test_a_product_that_a_cve_leaves_changed_too(store):
    await store.load(NVD, [[cve(1000, SERVER)]])

    await store.load(NVD, [[cve(1000, AGENT, modified=NOON + timedelta(1))]])

    assert (await store.changed_products(1)).products == (AGENT, SERVER)


async def test_news_of_exploitation_names_the_products(store):
    await store.load(NVD, [[cve(1000, SERVER), cve(1001, AGENT)]])

    await store.load(KEV, [[KevEntry("CVE-2024-1001", DAY)]])

    assert (await store.changed_products(1)).products == (AGENT,)


async def test_a_new_score_names_the_cve_and_no_product(store):
    await store.load(NVD, [[cve()]])
    await store.load(
        EPSS, [[EpssScore("CVE-2024-1000", 0.1, 0.5, DAY), EpssScore("CVE-2024-1001", 0.1, 0.5, DAY)]]
    )

    await store.load(
        FeedHeader("epss", "epss.csv", "2", replaces=True),
        [[EpssScore("CVE-2024-1000", 0.2, 0.5, DAY), EpssScore("CVE-2024-1001", 0.1, 0.5, DAY)]],
    )

    assert (await store.changed_products(2)).products == ()
    assert await store.changed_cves(2, ["CVE-2024-1000", "CVE-2024-1001"]) == {"CVE-2024-1000"}
    assert await store.changed_cves(2, []) == frozenset()


async def test_many_ids_are_asked_at_once(store):
    ids = [f"CVE-2024-{number:04}" for number in range(1000, 6000)]
    await store.load(EPSS, [[EpssScore(i, 0.5, 0.5, DAY) for i in ids]])

    assert len(await store.epss(ids)) == 5000


CVE5 = FeedHeader("cve", "cves", "", replaces=False)
SSVC = FeedHeader("ssvc", "ssvc.csv", "", replaces=False)
NUCLEI = FeedHeader("exploits", "nuclei", "", replaces=True)
OSV = FeedHeader("osv", "all.zip", "", replaces=False)
HISTORY = FeedHeader("epss-history", "history.csv", "", replaces=False)
LIB = PackageKey("npm", "lib")


async def test_the_record_of_the_authority_counts_until_nvd_has_analysed(store):
    unanalysed = Cve("CVE-2024-1000", NOON, NOON, "")
    await store.load(NVD, [[unanalysed]])
    await store.load(CVE5, [[cve(1000, AGENT, summary="From the authority.")]])
    before = await candidates(store, [SERVER, AGENT])

    await store.load(NVD, [[cve(1000, SERVER, modified=NOON + timedelta(1), summary="")]])

    after = await candidates(store, [SERVER, AGENT])
    assert (list(before), list(after)) == ([AGENT], [SERVER])
    assert (await store.cves(["CVE-2024-1000"]))["CVE-2024-1000"].summary == "From the authority."


async def test_of_decisions_the_newer_stays(store):
    old = Ssvc("CVE-2024-1000", "none", automatable=False, total_impact=False, decided_at=NOON)
    new = Ssvc("CVE-2024-1000", "active", automatable=True, total_impact=True, decided_at=NOON + timedelta(1))
    await store.load(SSVC, [[new]])

    info = await store.load(SSVC, [[old, Ssvc("CVE-2024-1001", "poc", False, True, NOON)]])

    assert await store.ssvc(["CVE-2024-1000"]) == {"CVE-2024-1000": new}
    assert (info.changed, info.stale) == (1, 1)


async def test_a_list_of_exploits_replaces_only_its_own(store):
    await store.load(NUCLEI, [[Exploit("CVE-2024-1000", "nuclei", "a", "functional")]])
    other = Exploit("CVE-2024-1000", "exploit-db", "EDB-1", "poc")
    await store.load(FeedHeader("exploits", "exploit-db", "", replaces=True), [[other]])

    await store.load(NUCLEI, [[Exploit("CVE-2024-1001", "nuclei", "b", "functional")]])

    found = await store.exploits(["CVE-2024-1000", "CVE-2024-1001"])
    assert found["CVE-2024-1000"] == (other,)
    assert [exploit.reference for exploit in found["CVE-2024-1001"]] == ["b"]
    assert await store.changed_cves(2, ["CVE-2024-1000", "CVE-2024-1001"]) == {
        "CVE-2024-1000",
        "CVE-2024-1001",
    }


def score(probability: float, day: int, cve_id: str = "CVE-2024-1000") -> EpssScore:
    return EpssScore(cve_id, probability, 0.5, date(2026, 1, day))


async def test_scores_of_the_past_are_known_by_day(store):
    await store.load(HISTORY, [[score(0.1, 1), score(0.1, 3), score(0.4, 5)]])
    await store.load(FeedHeader("epss", "epss.csv", "2026-01-07", replaces=True), [[score(0.6, 7)]])

    found = [await store.epss_on(date(2026, 1, day), ["CVE-2024-1000"]) for day in (1, 4, 5, 6, 9)]

    assert [one["CVE-2024-1000"].probability for one in found] == [0.1, 0.1, 0.4, 0.4, 0.6]
    assert await store.epss_on(date(2025, 12, 31), ["CVE-2024-1000"]) == {}


async def test_a_day_of_the_past_that_comes_late_changes_no_later_day(store):
    await store.load(HISTORY, [[score(0.1, 1)]])
    await store.load(HISTORY, [[score(0.1, 5)]])

    await store.load(HISTORY, [[score(0.9, 3)]])

    found = [await store.epss_on(date(2026, 1, day), ["CVE-2024-1000"]) for day in (2, 3, 4, 5)]
    assert [one["CVE-2024-1000"].probability for one in found] == [0.1, 0.9, 0.9, 0.1]


async def test_a_few_changed_cves_are_named_and_many_are_not(store):
    await store.load(NVD, [[cve(1000), cve(1001)]])

    assert await store.changed_since(0, limit=2) == {"CVE-2024-1000", "CVE-2024-1001"}
    assert await store.changed_since(0, limit=1) is None
    assert await store.changed_since(1, limit=1) == frozenset()


async def test_of_several_files_all_are_loaded_or_none(store):
    def broken():
        yield [KevEntry("CVE-2024-1000", DAY)]
        raise InvalidError("cut short")

    with pytest.raises(InvalidError):
        await store.load_together([(NVD, [[cve()]]), (KEV, broken())], PackMark("a", 1))

    assert (await store.feeds(), await store.marks()) == ((), ())


async def test_what_one_store_hands_on_makes_another_the_same(store):
    await store.load(NVD, [[cve(1000), cve(1001, AGENT)]])
    await store.load(CVE5, [[cve(1002, AGENT)]])
    await store.load(KEV, [[KevEntry("CVE-2024-1000", DAY)]])
    await store.load(FeedHeader("epss", "epss.csv", "2026-01-01", replaces=True), [[score(0.5, 1)]])
    await store.load(SSVC, [[Ssvc("CVE-2024-1000", "poc", True, True, NOON)]])
    await store.load(NUCLEI, [[Exploit("CVE-2024-1000", "nuclei", "a", "poc")]])
    package = AffectedPackage("npm", "lib", (PackageRange("ECOSYSTEM", (("introduced", "0"),)),))
    await store.load(OSV, [[Advisory("GHSA-1", NOON, ("CVE-2024-1000",), "A flaw.", (package,))]])
    other = MemoryIntelStore(lambda: NOON)
    sections = [(header, [list(batch) for batch in batches]) for header, batches in store.sections(0)]

    await other.load_together(sections, PackMark(await store.series(), 7))

    ids = ["CVE-2024-1000", "CVE-2024-1001", "CVE-2024-1002"]
    for ask in ("cves", "kev", "epss", "ssvc", "exploits"):
        assert await getattr(other, ask)(ids) == await getattr(store, ask)(ids)
    assert await other.advisories([LIB]) == await store.advisories([LIB])
    assert await candidates(other, [SERVER, AGENT]) == await candidates(store, [SERVER, AGENT])
    assert await other.marks() == (PackMark(await store.series(), 7),)


async def test_only_what_changed_is_handed_on_after_a_revision(store):
    await store.load(NVD, [[cve(1000), cve(1001)]])
    revision = (await store.changed_products(0)).revision
    await store.load(NVD, [[cve(1001, modified=NOON + timedelta(1), summary="New.")]])

    found = [r for _, batches in store.sections(revision) for batch in batches for r in batch]

    assert [record.id for record in found] == ["CVE-2024-1001"]
