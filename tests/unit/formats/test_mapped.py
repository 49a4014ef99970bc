import re
from pathlib import Path

import pytest
from format_contract import edges, entities, findings, read, refusals, survives
from hypothesis import given
from hypothesis import strategies as st

from chariot.errors import InvalidError
from chariot.format import Parsed
from chariot.formats.mapped import Mapped
from chariot.model.states import RiskState, Severity

DOCUMENT = Path(__file__).parents[3] / "docs" / "import-mapping.md"
CSV = b"""Hostname;IP Address;Port;Issue;Issue ID;CVE;CVE list;Priority;Fix;State;Last seen
shop.example.com;192.0.2.7;443;Old library;4711;;CVE-2025-10040;P1;Update;Open;2026-03-01T10:00:00Z
shop.example.com;192.0.2.7;443;Weak cipher;4712;;;low;Change;Closed;2026-03-01T10:00:00Z
192.0.2.8;;22;;;;;;;;
;;;Nowhere;1;;;;;;
"""


def documented() -> Mapped:
    """Return the map that the documentation shows."""
    (written,) = re.findall(r"```toml\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    return Mapped.from_toml(written.encode())


def test_the_documented_map_reads_a_csv_file() -> None:
    items = read(documented(), CSV)

    risk = entities(items, "risk")["#risk#port#192.0.2.7#tcp#443#CVE-2025-10040"]

    assert (risk.severity, risk.remediation) == (Severity.CRITICAL, "Update")
    assert ("#domain#shop.example.com", "#address#192.0.2.7") in edges(items, "RESOLVES_TO")
    assert findings(items) == 2


def test_a_state_that_the_map_knows_is_a_decision() -> None:
    decided = [one for item in read(documented(), CSV) if isinstance(item, Parsed) for one in item.decided]

    assert [(one.risk, one.state) for one in decided] == [
        ("#risk#port#192.0.2.7#tcp#443#acme:4712", RiskState.REMEDIATED)
    ]


STATES = b"""tool = 'acme'
[columns]
host = 'host'
title = 'what'
status = 'state'
[status]
done = 'remediated'
twice = 'duplicate'
"""


def test_another_label_is_an_attribute() -> None:
    items = read(Mapped.from_toml(STATES), b"host,what,state\na.test,Eval,twice\n")

    assert list(entities(items, "attribute")) == ["#attribute#domain#a.test#duplicate#acme:Eval"]
    assert not entities(items, "risk")


def test_what_is_open_at_one_place_is_not_settled() -> None:
    items = read(Mapped.from_toml(STATES), b"host,what,state\na.test,Eval,done\na.test,Eval,new\n")

    assert not [one for item in items if isinstance(item, Parsed) for one in item.decided]
    assert len(entities(items, "risk")) == 1


def test_a_row_without_a_weakness_brings_its_assets() -> None:
    assert "#port#192.0.2.8#tcp#22" in entities(read(documented(), CSV), "port")


def test_a_row_without_an_asset_is_refused_with_its_line() -> None:
    assert [one.place for one in refusals(read(documented(), CSV))] == ["line 5"]


def test_every_column_is_documented() -> None:
    written = DOCUMENT.read_text()

    assert [name for name in Mapped.FIELDS if f"`{name}`" not in written] == []


def test_json_records_are_found_by_their_path() -> None:
    mapped = Mapped.from_toml(
        b"tool = 'acme'\nformat = 'json'\nrecords = 'report.issues.*'\nevidence = ['owner.team']\n"
        b"[columns]\nurl = 'where.0.url'\ntitle = 'name'\ncvss = 'score'\n"
    )
    data = (
        b'{"report": {"issues": [{"name": "Open door", "score": 9.1, "owner": {"team": "web"},'
        b' "where": [{"url": "https://shop.example.com/a"}]}]}}'
    )

    (risk,) = entities(read(mapped, data), "risk").values()

    assert risk.key == "#risk#webapplication#https://shop.example.com/#acme:Open door"
    assert risk.severity is Severity.CRITICAL
    assert risk.evidence[0].values["owner.team"] == "web"


def test_files_and_resources_can_be_targets() -> None:
    mapped = Mapped.from_toml(
        b"tool = 'acme'\n[columns]\npath = 'file'\nrepository = 'repo'\nresource = 'arn'\ntitle = 'what'\n"
    )

    items = read(mapped, b"file,repo,arn,what\nsrc/a.py,git.example.com/a,,Eval\n,,arn:aws:s3:::shop,Open\n")

    assert set(entities(items, "risk")) == {
        "#risk#file#git.example.com/a/src/a.py#acme:Eval",
        "#risk#file#arn:aws:s3:::shop#acme:Open",
    }


@pytest.mark.parametrize(
    "written",
    [
        b"tool = ",
        b"tool = 'acme'",
        b"tool = 'acme'\n[columns]\nhots = 'x'",
        b"tool = 'A b'\n[columns]\nhost = 'x'",
        b"tool = 'acme'\nformat = 'xml'\n[columns]\nhost = 'x'",
        b"tool = 'acme'\n[columns]\nhost = 'x'\n[severity]\nP1 = 'worst'",
        b"\xff\xfe",
        b"x" * 300_000,
    ],
)
def test_a_map_that_cannot_be_used_is_refused(written: bytes) -> None:
    with pytest.raises(InvalidError, match="map"):
        Mapped.from_toml(written)


@given(st.binary(max_size=300))
def test_any_bytes_give_records_or_one_error(data: bytes) -> None:
    survives(documented(), data)


@given(st.binary(max_size=200))
def test_any_map_is_a_map_or_one_error(data: bytes) -> None:
    place = "a map"
    try:
        Mapped.from_toml(data)
    except InvalidError as error:
        place = error.place
    assert place
