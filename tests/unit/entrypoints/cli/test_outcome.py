import io
from datetime import UTC, datetime

import pytest

from chariot.entrypoints.cli.outcome import Outcome, write_outcome, write_top
from chariot.entrypoints.cli.terminal import Output
from chariot.model.kinds.weakness import Factor
from chariot.modules.exchange.report.data import Coverage, Listed, RankedRisk, UnknownAnswers

from .conftest import HOSTILE

NOW = datetime(2026, 3, 1, tzinfo=UTC)
RISK = RankedRisk(
    key="#risk#domain#it's.example.com#CVE-2024-1",
    score=97,
    decision="act",
    severity="critical",
    state="open",
    target=HOSTILE,
    target_key="#domain#example.com",
    weakness="CVE-2024-1",
    title=HOSTILE,
    factors=(Factor("kev", HOSTILE, 30.0),),
    formula="1.0",
    confidence=90,
    remediation=HOSTILE,
    evidence=(),
    first_seen=NOW,
    last_seen=NOW,
)
UNKNOWN = tuple(
    UnknownAnswers(capability=f"c{n}", reason=HOSTILE, count=2, examples=("#domain#x.test",))
    for n in range(10)
)


def written(outcome: Outcome, *, finished: bool = True) -> str:
    out = io.StringIO()
    write_outcome(Output(stdout=out), outcome, finished=finished, command="chariot --home 'my data'")
    return out.getvalue()


@pytest.fixture
def outcome() -> Outcome:
    coverage = Coverage(jobs=100, unknown=20, reasons=Listed(UNKNOWN))
    return Outcome(entities={"risk": 1}, top=Listed((RISK,), None), coverage=coverage, dead=2)


def test_hostile_text_stays_on_its_line(outcome: Outcome) -> None:
    assert written(outcome).replace("\n", "").isprintable()


def test_what_is_cut_off_is_said(outcome: Outcome) -> None:
    text = written(outcome)

    assert "there are more: chariot --home 'my data' list risks" in text
    assert "there are more: chariot --home 'my data' list jobs --filter outcome=unknown" in text


def test_work_that_failed_for_good_is_said(outcome: Outcome) -> None:
    assert "2  pieces of work failed for good: chariot --home 'my data' queue dead" in written(outcome)


def test_the_next_commands_can_be_pasted_into_a_shell(outcome: Outcome) -> None:
    assert (
        "chariot --home 'my data' risk explain '#risk#domain#it'\"'\"'s.example.com#CVE-2024-1'"
        in written(outcome)
    )


@pytest.mark.parametrize(("finished", "count"), [(True, 0), (False, 1)])
def test_only_an_unfinished_scan_is_to_be_resumed(outcome: Outcome, finished: bool, count: int) -> None:
    assert written(outcome, finished=finished).count("scan --resume") == count


def test_nothing_found_is_said_in_words() -> None:
    out = io.StringIO()

    write_top(Output(stdout=out), Listed())

    assert "no open risk is known" in out.getvalue()
