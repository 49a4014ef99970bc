"""What vendors said is affected, against what matching answers: the table in `cases/advisories.toml`."""

import asyncio
import json
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from chariot.modules.intel.aliases import Aliases
from chariot.modules.intel.answers import State
from chariot.modules.intel.cpe import quote
from chariot.modules.intel.memory import MemoryIntelStore
from chariot.modules.intel.service import Intelligence

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
TABLE = Path(__file__).parent / "cases" / "advisories.toml"
ADVISORIES = tomllib.loads(TABLE.read_text("utf-8"))["advisory"]
CASES = [
    (advisory["cve"], advisory["product"], version, affected)
    for advisory in ADVISORIES
    for affected, key in ((True, "affected"), (False, "not_affected"))
    for version in advisory[key]
]


def name(product, version="*"):
    return f"cpe:2.3:{product}:{quote(version) if version != '*' else '*'}:*:*:*:*:*:*:*"


def criteria(advisory):
    product = advisory["product"]
    for version in advisory.get("versions", ()):
        yield {"vulnerable": True, "criteria": name(product, version)}
    for low, high in advisory.get("ranges", ()):
        bounds = {"versionEndExcluding": high} | ({"versionStartIncluding": low} if low else {})
        yield {"vulnerable": True, "criteria": name(product)} | bounds


@pytest.fixture(scope="module")
def feed(tmp_path_factory):
    records = [
        {
            "cve": {
                "id": advisory["cve"],
                "published": "2024-01-01T00:00:00.000",
                "lastModified": "2024-01-01T00:00:00.000",
                "descriptions": [],
                "configurations": [{"nodes": [{"operator": "OR", "cpeMatch": list(criteria(advisory))}]}],
            }
        }
        for advisory in ADVISORIES
    ]
    path = tmp_path_factory.mktemp("cases") / "nvd.json"
    path.write_text(json.dumps({"vulnerabilities": records}))
    return path


def test_the_table_is_large_and_every_row_has_its_source():
    assert len(CASES) >= 200
    assert all(advisory["source"].startswith(("https://", "http://")) for advisory in ADVISORIES)


@pytest.fixture(scope="module")
def intelligence(feed):
    service = Intelligence(MemoryIntelStore(lambda: NOON), Aliases.built_in())
    asyncio.run(service.load_file(feed))
    return service


@pytest.mark.parametrize(("cve", "product", "version", "affected"), CASES)
async def test_the_answer_is_the_vendors(cve, product, version, affected, intelligence):
    technology = name(product, version)

    answers = {match.cve: match.state for match in (await intelligence.match([technology]))[technology]}

    assert (answers.get(cve) is State.AFFECTED) == affected
