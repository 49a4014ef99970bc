"""The service, on the reference store."""

import gzip
import json
from datetime import UTC, date, datetime

import pytest

from chariot.errors import ConflictError, InvalidError, NotFoundError
from chariot.formats.support.technologies import technology
from chariot.modules.intel import service
from chariot.modules.intel.aliases import Aliases
from chariot.modules.intel.answers import State
from chariot.modules.intel.memory import MemoryIntelStore
from chariot.modules.intel.records import Advisory, CpeMatch, Cve, Cvss, FeedHeader, Node, ProductKey
from chariot.modules.intel.service import Intelligence
from chariot.modules.products.products import built_in

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
SERVER = "cpe:2.3:a:acme:server:1.0:*:*:*:*:*:*:*"


@pytest.fixture
def intelligence():
    return Intelligence(MemoryIntelStore(lambda: NOON), Aliases.built_in())


def write_kev(path, version, *cves):
    entries = [
        {"cveID": cve, "dateAdded": "2024-03-01", "knownRansomwareCampaignUse": "Known"} for cve in cves
    ]
    path.write_text(
        json.dumps({"catalogVersion": version, "count": len(entries), "vulnerabilities": entries})
    )
    return path


def write_nvd(path, *records):
    path.write_bytes(gzip.compress(json.dumps({"vulnerabilities": records}).encode()))
    return path


async def states(intelligence, technology=SERVER):
    return {match.cve: match.state for match in (await intelligence.match([technology]))[technology]}


async def test_a_loaded_feed_answers(intelligence, tmp_path, record):
    info = await intelligence.load_file(write_nvd(tmp_path / "nvd.json.gz", record()))

    assert (info.feed, info.source, info.records, info.changed, info.loaded_at) == (
        "nvd",
        "nvd.json",
        1,
        1,
        NOON,
    )
    assert await states(intelligence) == {"CVE-2024-1000": State.AFFECTED}


async def test_a_new_feed_changes_answers_already_given(intelligence, tmp_path, record):
    await intelligence.load_file(write_nvd(tmp_path / "one.json", record()))
    await states(intelligence)

    await intelligence.load_file(write_nvd(tmp_path / "two.json", record("CVE-2024-1001")))

    assert set(await states(intelligence)) == {"CVE-2024-1000", "CVE-2024-1001"}


async def test_a_product_that_was_unknown_becomes_known(intelligence, tmp_path, record):
    assert await states(intelligence) == {}

    await intelligence.load_file(write_nvd(tmp_path / "one.json", record()))

    assert set(await states(intelligence)) == {"CVE-2024-1000"}


async def test_a_refused_feed_leaves_the_previous_data_in_use(intelligence, tmp_path):
    await intelligence.load_file(write_kev(tmp_path / "kev.json", "2024.03.02", "CVE-2024-1000"))

    with pytest.raises(ConflictError):
        await intelligence.load_file(write_kev(tmp_path / "old.json", "2024.03.01", "CVE-2024-1001"))
    (tmp_path / "cut.json").write_text((tmp_path / "kev.json").read_text()[:-9])
    with pytest.raises(InvalidError):
        await intelligence.load_file(tmp_path / "cut.json")

    (feed,) = (await intelligence.status()).feeds
    assert feed.version == "2024.03.02"
    assert (await intelligence.lookup(["CVE-2024-1000"]))["CVE-2024-1000"].kev.ransomware


async def test_a_missing_file_is_said(intelligence, tmp_path):
    with pytest.raises(NotFoundError):
        await intelligence.load_file(tmp_path / "nowhere.json")


async def test_what_is_known_of_a_cve_comes_together(intelligence, tmp_path, record):
    await intelligence.load_file(write_nvd(tmp_path / "nvd.json", record()))
    await intelligence.load_file(write_kev(tmp_path / "kev.json", "1", "CVE-2024-1000"))
    (tmp_path / "epss.csv").write_text("#score_date:2026-08-16\ncve,epss,percentile\nCVE-2024-1000,0.5,0.9\n")
    await intelligence.load_file(tmp_path / "epss.csv")

    known = await intelligence.lookup(["CVE-2024-1000", "CVE-2024-9999"])

    knowledge = known["CVE-2024-1000"]
    assert (knowledge.record.score.score, knowledge.kev.added_on) == (9.8, date(2024, 3, 1))
    assert (knowledge.epss.probability, knowledge.epss.day) == (0.5, date(2026, 8, 16))
    assert known["CVE-2024-9999"].record is None


async def test_a_newly_exploited_cve_names_the_products_to_look_at_again(intelligence, tmp_path, record):
    await intelligence.load_file(write_nvd(tmp_path / "nvd.json", record()))
    revision, _ = await intelligence.changed_products(0)

    await intelligence.load_file(write_kev(tmp_path / "kev.json", "1", "CVE-2024-1000"))

    later, products = await intelligence.changed_products(revision)
    assert (later > revision, products) == (True, {("a", "acme", "server")})
    assert await intelligence.changed_cves(revision, ["CVE-2024-1000", "CVE-2024-1"]) == {"CVE-2024-1000"}


async def test_the_starter_pack_answers_and_gives_way(intelligence, tmp_path):
    await intelligence.ensure_starter()
    await intelligence.ensure_starter()
    before = await intelligence.lookup(["CVE-2021-41773"])

    await intelligence.load_file(write_kev(tmp_path / "kev.json", "2020.01.01", "CVE-2024-1000"))

    after = await intelligence.lookup(["CVE-2021-41773"])
    assert (before["CVE-2021-41773"].kev is None, after["CVE-2021-41773"].kev is None) == (False, True)


async def test_many_products_are_matched_in_bounded_slices(intelligence, tmp_path, record, monkeypatch):
    monkeypatch.setattr(service, "PRODUCTS_AT_ONCE", 2)
    monkeypatch.setattr(service, "MATCHERS_KEPT", 3)
    names = [f"cpe:2.3:a:acme:server{n}:1.0:*:*:*:*:*:*:*" for n in range(7)]
    records = [
        record(f"CVE-2024-100{n}", {"vulnerable": True, "criteria": name}) for n, name in enumerate(names)
    ]
    await intelligence.load_file(write_nvd(tmp_path / "nvd.json", *records))

    found = await intelligence.match(names)

    assert [[m.cve for m in found[name]] for name in names] == [[f"CVE-2024-100{n}"] for n in range(7)]


async def test_a_name_that_is_none_is_refused(intelligence):
    with pytest.raises(InvalidError):
        await intelligence.match(["nginx 1.0"])


@pytest.mark.parametrize(
    ("recorded", "detected"),
    [
        ("a:pulsesecure:pulse_connect_secure", "a:ivanti:connect_secure"),
        ("a:ivanti:connect_secure", "a:pulsesecure:pulse_connect_secure"),
        ("a:microsoft:iis", "a:microsoft:internet_information_services"),
        ("a:twistedmatrix:twisted", "a:twisted:twisted"),
        ("a:openbsd:opensmtpd", "a:opensmtpd:opensmtpd"),
    ],
)
async def test_a_record_under_the_name_of_a_former_owner_concerns_what_is_found_today(
    intelligence, tmp_path, record, recorded, detected
):
    listed = {"vulnerable": True, "criteria": f"cpe:2.3:{recorded}:9.1:*:*:*:*:*:*:*"}
    await intelligence.load_file(write_nvd(tmp_path / "nvd.json.gz", record("CVE-2024-1000", listed)))

    assert await states(intelligence, f"cpe:2.3:{detected}:9.1:*:*:*:*:*:*:*") == {
        "CVE-2024-1000": State.AFFECTED
    }


@pytest.mark.parametrize("called", ["Microsoft-IIS", "IIS", "Apache httpd", "BIND", "screenconnect"])
async def test_a_product_that_an_import_knows_by_name_alone_is_matched(
    intelligence, tmp_path, record, called
):
    product = built_in().named(called)
    listed = {"vulnerable": True, "criteria": f"cpe:2.3:{product.cpes[-1]}:9.1:*:*:*:*:*:*:*"}
    await intelligence.load_file(write_nvd(tmp_path / "nvd.json.gz", record("CVE-2024-1000", listed)))

    assert await states(intelligence, technology(called, "9.1").cpe) == {"CVE-2024-1000": State.AFFECTED}


async def test_a_successor_that_counts_anew_is_another_product(intelligence, tmp_path, record):
    listed = {
        "vulnerable": True,
        "criteria": "cpe:2.3:a:netgate:pfsense_plus:*:*:*:*:*:*:*:*",
        "versionEndExcluding": "23.05",
    }
    await intelligence.load_file(write_nvd(tmp_path / "nvd.json.gz", record("CVE-2024-1000", listed)))

    assert await states(intelligence, "cpe:2.3:a:netgate:pfsense:2.7.2:*:*:*:*:*:*:*") == {}


async def test_of_the_advisories_about_a_cve_that_no_register_scores_the_most_severe_counts(intelligence):
    scores = (Cvss("3.1", "CVSS:3.1/AV:N", 7.5, "GHSA"), Cvss("3.1", "CVSS:3.1/AV:N", 9.8, "PYSEC"))
    about = [
        Advisory(f"{score.source}-1", NOON, ("CVE-2024-1000",), "A hole.", cvss=(score,)) for score in scores
    ]
    await intelligence.store.load(FeedHeader("osv", "all.zip", "", replaces=False), [about])

    known = await intelligence.lookup(["CVE-2024-1000", "CVE-2024-1001"])

    assert known["CVE-2024-1000"].advisory == about[1]
    assert known["CVE-2024-1001"].advisory is None


def together(part, platform, **bounds):
    """Return a CVE about *part* where it runs on *platform*."""
    own = Node("OR", (CpeMatch(f"cpe:2.3:{part}:*:*:*:*:*:*:*:*", **bounds),))
    on = Node("OR", (CpeMatch(f"cpe:2.3:{platform}:-:*:*:*:*:*:*:*", vulnerable=False),))
    return Cve("CVE-2024-1000", NOON, NOON, "A flaw.", configurations=(Node("AND", children=(own, on)),))


async def take_in(intelligence, cve):
    await intelligence.store.load(FeedHeader("nvd", "nvd.json", "1", replaces=False), [[cve]])


async def test_a_system_that_may_hold_what_is_vulnerable_is_not_passed_over_in_silence(intelligence):
    await take_in(intelligence, together("a:maker:sharing", "o:maker:system"))
    system = "cpe:2.3:o:maker:system:10:*:*:*:*:*:*:*"
    sharing = "cpe:2.3:a:maker:sharing:1.0:*:*:*:*:*:*:*"

    alone = (await intelligence.match([system]))[system]
    with_it = (await intelligence.match([system], beside=[sharing]))[system]

    assert [(one.state, one.probe.kind) for one in alone] == [(State.CANNOT_TELL, "platform")]
    assert [one.state for one in with_it] == [State.AFFECTED]


async def test_what_others_make_for_a_system_is_not_asked_of_it(intelligence):
    await take_in(intelligence, together("a:other:editor", "o:maker:system"))

    assert await states(intelligence, "cpe:2.3:o:maker:system:10:*:*:*:*:*:*:*") == {}


async def test_of_a_device_the_firmware_is_asked_about(intelligence):
    await take_in(intelligence, together("o:maker:router_firmware", "h:maker:router", end_excluding="2.0"))
    device = "cpe:2.3:h:maker:router:-:*:*:*:*:*:*:*"
    mended = "cpe:2.3:o:maker:router_firmware:2.1:*:*:*:*:*:*:*"

    alone = (await intelligence.match([device]))[device]
    with_firmware = (await intelligence.match([device], beside=[mended]))[device]

    assert [(one.state, one.probe.kind) for one in alone] == [(State.CANNOT_TELL, "version")]
    assert with_firmware == ()


async def test_a_change_of_firmware_concerns_its_device(intelligence):
    await take_in(intelligence, together("o:maker:router_firmware", "h:maker:router", end_excluding="2.0"))

    _, changed = await intelligence.changed_products(0)

    assert ProductKey("h", "maker", "router") in changed
