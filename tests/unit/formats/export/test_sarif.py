"""The rules are those of SARIF 2.1.0: required members, enumerations, what may stand together."""

import io
import re
from typing import Any

import pytest

from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.errors import InvalidError
from chariot.format import Parsed
from chariot.formats.export.sarif import Sarif, message
from chariot.formats.sarif import Sarif as SarifReader
from support.exports import APP, NOW, exported, exported_json

LEVELS = {"none", "note", "warning", "error"}
KINDS = {"pass", "open", "informational", "notApplicable", "review", "fail"}
URI = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")


async def run_of(store: SqliteEntityStore, **asked: Any) -> dict[str, Any]:
    log = await exported_json(Sarif(), store, **asked)
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    assert run["tool"]["driver"]["name"] == "Chariot"
    return dict(run)


async def test_every_result_keeps_the_rules_of_the_format(store: SqliteEntityStore) -> None:
    run = await run_of(store)

    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert len(set(rules)) == len(rules) == 4
    assert {result["ruleId"] for result in run["results"]} == set(rules)
    assert all(result["level"] in LEVELS and result["kind"] in KINDS for result in run["results"])
    assert all(result["level"] == "none" for result in run["results"] if result["kind"] != "fail")
    assert all(result["message"]["text"] for result in run["results"])
    assert all(0 <= result.get("rank", 0) <= 100 for result in run["results"])


async def test_every_place_is_a_uri(store: SqliteEntityStore) -> None:
    run = await run_of(store)

    places = [
        one["physicalLocation"]["artifactLocation"]["uri"] for r in run["results"] for one in r["locations"]
    ]
    assert all(URI.fullmatch(place) for place in places)
    assert {"tcp://192.0.2.7:443", APP.url, "src/a%20b.py", "192.0.2.7"} == set(places)


async def test_decisions_are_suppressions_and_passes(store: SqliteEntityStore) -> None:
    run = await run_of(store)

    by_state = {result["properties"]["state"]: result for result in run["results"]}
    assert by_state["rejected"]["suppressions"][0]["justification"] == "rejected: a test key"
    assert by_state["accepted"]["suppressions"][0]["status"] == "accepted"
    assert by_state["remediated"]["kind"] == "pass"
    assert "suppressions" not in by_state["open"]


async def test_hostile_text_makes_no_link_and_no_placeholder(store: SqliteEntityStore) -> None:
    run = await run_of(store, filter="score>=90")

    (result,) = run["results"]
    text = result["message"]["text"]
    assert "[click](" not in text.replace("\\[", "")
    assert "{0}" not in text.replace("{{0}}", "")
    assert "\u202e" not in text


@pytest.mark.parametrize(
    ("text", "expected"), [("{0}", "{{0}}"), ("[a](b)", "\\[a\\](b)"), ("plain", "plain")]
)
def test_what_means_something_in_a_message_is_escaped(text: str, expected: str) -> None:
    assert message(text) == expected


async def test_a_finding_keeps_its_fingerprint(store: SqliteEntityStore) -> None:
    first, second = [await run_of(store) for _ in range(2)]

    assert first == second


async def test_an_empty_surface_gives_a_run_without_results(empty: SqliteEntityStore) -> None:
    run = await run_of(empty)

    assert (run["results"], run["tool"]["driver"]["rules"]) == ([], [])


async def test_the_past_can_be_asked_for(store: SqliteEntityStore) -> None:
    assert (await run_of(store, as_of=NOW.replace(year=2020)))["results"] == []


async def test_it_holds_risks_only(store: SqliteEntityStore) -> None:
    with pytest.raises(InvalidError, match="does not hold domain"):
        await run_of(store, kinds=("domain",))


async def test_our_own_reader_finds_what_fails(store: SqliteEntityStore) -> None:
    data = await exported(Sarif(), store)

    items = [one for one in SarifReader().parse(io.BytesIO(data)) if isinstance(one, Parsed)]

    assert SarifReader().sniff(data[:8_192]) > 90
    assert sum(one.findings for one in items) == 4
