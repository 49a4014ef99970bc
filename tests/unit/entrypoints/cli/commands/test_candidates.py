import asyncio

import pytest

from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.model.kinds.candidate import Candidate, Clue
from chariot.model.observations import Observations
from chariot.modules.surface.service import SurfaceService

from ..conftest import ACME, HOSTILE, NOW, Run  # noqa: TID252 - a test package has no other name

CANDIDATE = Candidate(
    about="#domain#example.net",
    confidence=66,
    clues=(
        Clue("same-name", "example.net", "example", "#domain#www.example.com", 55),
        Clue("redirect", HOSTILE, "", "#domain#www.example.com", 25),
    ),
)


@pytest.fixture
def waiting(run: Run, tmp_path) -> Run:
    """Run commands against a surface with one candidate."""

    async def write() -> None:
        store = SqliteEntityStore(SqliteDatabase(tmp_path / "home" / "chariot.db"))
        batch = Observations(capability="ownership", seen_at=NOW, entities=(CANDIDATE,))
        await SurfaceService(store).observe(ACME, batch)
        await store.close()

    (tmp_path / "home").mkdir()
    asyncio.run(write())
    return run


def test_candidates_are_listed_with_their_confidence(waiting: Run) -> None:
    ran = waiting("candidates", "list")

    assert ran.code == 0
    assert "example.net" in ran.out
    assert "redirect, same-name" in ran.out


def test_candidates_are_listed_as_json(waiting: Run) -> None:
    (item,) = waiting("candidates", "list", "--json").json["items"]

    assert item["entity"]["confidence"] == 66


def test_the_reasons_are_told_and_hostile_text_stays_text(waiting: Run) -> None:
    ran = waiting("candidates", "why", "example.net")

    assert "same-name: example.net, as example (at #domain#www.example.com)" in ran.out
    assert "\x1b" not in ran.out


def test_an_approved_candidate_becomes_a_seed(waiting: Run) -> None:
    ran = waiting("candidates", "approve", "example.net", "--reason", "bought")

    assert ran.out.strip() == "example.net is approved now"
    assert waiting("show", "seed#example.net", "--json").json["entity"]["note"] == "bought"
    assert "nothing waits" in waiting("candidates", "list").out


@pytest.mark.parametrize(
    ("arguments", "standing"),
    [
        (("reject", "example.net", "--reason", "a namesake"), "excluded"),
        (("depend", "candidate#domain#example.net", "--reason", "our mail"), "dependency"),
        (("monitor", "EXAMPLE.net"), "monitor-only"),
    ],
)
def test_decisions_are_kept(waiting: Run, arguments: tuple[str, ...], standing: str) -> None:
    waiting("candidates", *arguments)

    (item,) = waiting("candidates", "list", "--standing", standing, "--json").json["items"]
    assert item["entity"]["standing"] == standing


def test_a_decision_can_be_taken_back(waiting: Run) -> None:
    waiting("candidates", "reject", "example.net", "--reason", "a namesake")

    waiting("candidates", "reopen", "example.net")

    assert "example.net" in waiting("candidates", "list").out


def test_where_something_stands_is_told(waiting: Run) -> None:
    ran = waiting("candidates", "standing", "candidate#domain#example.net")

    assert ran.out.startswith("#candidate#domain#example.net is candidate: its clues give a confidence of 66")
    assert "last seen" in ran.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("approve", "nobody.example"), "no candidate"),
        (("approve", "not a name"), "not a DNS name"),
        (("reject", "example.net"), "--reason"),
        (("bounds",), "--in, --out or --words"),
    ],
)
def test_what_is_wrong_is_said(waiting: Run, arguments: tuple[str, ...], words: str) -> None:
    ran = waiting("candidates", *arguments)

    assert ran.code != 0
    assert words in ran.err
    assert "Traceback" not in ran.err


def test_bounds_are_kept(waiting: Run) -> None:
    ran = waiting("candidates", "bounds", "--in", "95", "--words", "roadrunner")

    assert ran.code == 0
    shown = waiting("show", "setting#ownership-in", "--json").json
    assert shown["entity"]["value"] == "95"
