import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chariot.entrypoints.cli.main import main

from ..conftest import Run  # noqa: TID252 - a test package has no other name


def test_an_empty_surface_scores_nothing(run: Run) -> None:
    scores = run("lab", "score", "--json").json

    assert scores["domain"]["found"] == 0
    assert scores["domain"]["recall"] == 0.0
    assert set(scores["risk"]) == {"expected", "found", "missed", "extra", "precision", "recall"}


def test_the_score_names_what_was_missed(run: Run) -> None:
    assert "missed domain: #domain#" in run("lab", "score").out


def test_an_offset_that_is_no_number_is_refused(run: Run, tmp_path) -> None:
    file = tmp_path / "lab.toml"
    file.write_text("[lab]\nport_offset = 'many'\n")

    assert run("lab", "score", "--config", str(file)).code == 5


NMAP = """<?xml version="1.0"?>
<nmaprun scanner="nmap" start="1767268800" version="7.93">
<host><status state="up"/><address addr="127.80.0.3" addrtype="ipv4"/><ports>
<port protocol="tcp" portid="12525"><state state="open"/><service name="smtp"/></port>
<port protocol="tcp" portid="10143"><state state="open"/><service name="unknown"/></port>
<port protocol="tcp" portid="9"><state state="open"/><service name="discard"/></port>
</ports></host>
<runstats><finished time="1767268900"/></runstats>
</nmaprun>
"""


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    file = tmp_path / "lab.toml"
    file.write_text("[lab]\nsize = 20\n")
    return file


@pytest.fixture
def score(profile: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """Score with the whole program, on data of its own."""

    def scored(*arguments: str) -> Any:
        home = ("--home", str(tmp_path / "home"))
        assert main([*home, "lab", "score", "--json", "--config", str(profile), *arguments]) == 0
        return json.loads(capsys.readouterr().out)

    return scored


def test_another_tool_s_results_are_scored_against_the_truth_of_the_lab_s_size(
    score: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "nmap.xml").write_text(NMAP)

    scores = score("--import", str(tmp_path / "nmap.xml"))

    assert (scores["address"]["found"], scores["address"]["extra"]) == (1, [])
    assert (scores["port"]["found"], scores["port"]["extra"]) == (3, ["#port#127.80.0.3#tcp#9"])
    # What the tool itself calls unknown is no claim.
    assert (scores["service"]["found"], scores["service"]["extra"]) == (2, ["#port#127.80.0.3#tcp#9 discard"])


def test_what_was_imported_for_a_score_is_not_kept(score: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "nmap.xml").write_text(NMAP)
    score("--import", str(tmp_path / "nmap.xml"))

    assert score()["port"]["found"] == 0


def test_the_score_says_what_the_neighbours_heard(run: Run, profile: Path) -> None:
    (profile.parent / "neighbours.json").write_text('{"count": 3, "contacts": []}')

    out = run("lab", "score", "--config", str(profile)).out

    assert "neighbours out of scope were contacted 3 times" in out


def test_a_size_out_of_bounds_is_refused(run: Run, profile: Path) -> None:
    profile.write_text("[lab]\nsize = 10001\n")

    ended = run("lab", "score", "--config", str(profile))

    assert ended.code != 0
    assert "1 to 10,000 hosts" in ended.err
