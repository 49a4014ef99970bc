"""The rules are those of CycloneDX 1.6: required members, enumerations, references that lead somewhere."""

import io
import re
import uuid
from typing import Any

from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.format import Parsed
from chariot.formats.cyclonedx import CycloneDx
from chariot.formats.export.cyclonedx import STATES, CycloneDxVex
from chariot.model.states import RiskState
from support.exports import CVE, HOSTILE_LINE, NOW, exported, exported_json

ANALYSIS = {
    "resolved",
    "resolved_with_pedigree",
    "exploitable",
    "in_triage",
    "false_positive",
    "not_affected",
}
RESPONSES = {"can_not_fix", "will_not_fix", "update", "rollback", "workaround_available"}
SEVERITIES = {"critical", "high", "medium", "low", "info", "none", "unknown"}
METHODS = {"CVSSv2", "CVSSv3", "CVSSv31", "CVSSv4", "OWASP", "SSVC", "other"}
TYPES = {"application", "device", "file", "platform", "cryptographic-asset"}
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


async def bom(store: SqliteEntityStore, **asked: Any) -> dict[str, Any]:
    return dict(await exported_json(CycloneDxVex(), store, **asked))


async def test_the_document_says_what_it_is(store: SqliteEntityStore) -> None:
    document = await bom(store)

    assert (document["bomFormat"], document["specVersion"], document["version"]) == ("CycloneDX", "1.6", 1)
    assert uuid.UUID(document["serialNumber"].removeprefix("urn:uuid:")).version == 5
    assert INSTANT.fullmatch(document["metadata"]["timestamp"])


async def test_every_reference_leads_to_one_component_or_service(store: SqliteEntityStore) -> None:
    document = await bom(store)

    parts = [*document["components"], *document["services"]]
    references = [part["bom-ref"] for part in parts]
    assert len(set(references)) == len(references)
    assert all(part["name"] for part in parts)
    assert all(part["type"] in TYPES for part in document["components"])
    assert {one["affects"][0]["ref"] for one in document["vulnerabilities"]} == set(references)


async def test_every_entry_keeps_the_enumerations(store: SqliteEntityStore) -> None:
    entries = (await bom(store))["vulnerabilities"]

    ratings = [rating for one in entries for rating in one["ratings"]]
    assert len({one["bom-ref"] for one in entries}) == len(entries) == 5
    assert {one["analysis"]["state"] for one in entries} <= ANALYSIS
    assert {word for one in entries for word in one["analysis"].get("response", ())} <= RESPONSES
    assert all(rating.get("severity", "none") in SEVERITIES for rating in ratings)
    assert all(rating["method"] in METHODS for rating in ratings)
    assert all(INSTANT.fullmatch(one["analysis"]["firstIssued"]) for one in entries)


async def test_what_was_decided_is_the_state_of_the_analysis(store: SqliteEntityStore) -> None:
    entries = {one["bom-ref"]: one for one in (await bom(store))["vulnerabilities"]}

    accepted = entries["#risk#port#192.0.2.7#tcp#443#CVE-2021-41773"]["analysis"]
    assert (accepted["state"], accepted["response"], accepted["detail"]) == (
        "exploitable",
        ["will_not_fix"],
        HOSTILE_LINE,
    )
    assert entries["#risk#domain#app.example.com#leaked-key"]["analysis"]["state"] == "false_positive"
    assert entries["#risk#port#192.0.2.7#tcp#443#weak-cipher%231"]["analysis"]["state"] == "resolved"
    assert entries["#risk#address#192.0.2.7#unrated"]["analysis"]["state"] == "in_triage"


def test_every_state_of_a_risk_has_a_state_of_analysis() -> None:
    assert set(STATES) == set(RiskState)


async def test_a_known_weakness_brings_its_rating(store: SqliteEntityStore) -> None:
    (entry,) = (await bom(store, filter="score>=90"))["vulnerabilities"]

    assert entry["id"] == CVE.id
    assert entry["cwes"] == [22]
    assert entry["ratings"][0] == {
        "source": {"name": "NVD"},
        "score": 9.8,
        "severity": "critical",
        "method": "CVSSv31",
        "vector": CVE.cvss_vector,
    }


async def test_hidden_characters_are_written_out(store: SqliteEntityStore) -> None:
    (entry,) = (await bom(store, filter="score>=90"))["vulnerabilities"]

    assert "\\u202e" in entry["description"]
    assert "\x1b" not in entry["detail"] + entry["recommendation"]


async def test_an_empty_surface_gives_empty_lists(empty: SqliteEntityStore) -> None:
    document = await bom(empty)

    assert (document["components"], document["services"], document["vulnerabilities"]) == ([], [], [])


async def test_the_past_can_be_asked_for(store: SqliteEntityStore) -> None:
    assert (await bom(store, as_of=NOW.replace(year=2020)))["vulnerabilities"] == []


async def test_our_own_reader_finds_every_entry(store: SqliteEntityStore) -> None:
    data = await exported(CycloneDxVex(), store)

    items = [one for one in CycloneDx().parse(io.BytesIO(data)) if isinstance(one, Parsed)]

    assert CycloneDx().sniff(data[:8_192]) > 90
    assert sum(one.findings for one in items) == 5
