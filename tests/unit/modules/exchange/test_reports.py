import pytest

from chariot.modules.exchange.reports import REFUSALS_KEPT, ImportReport, UndoReport
from chariot.modules.surface.states import Refusal


def test_the_sentence_says_what_is_more_than_nothing() -> None:
    report = ImportReport(file="a", format="notes", created=12, reopened=3, closed=40, confirmed=1_020)
    report.refuse(Refusal("line 2", "it has no host"))
    report.refuse(Refusal("line 3", "it has no port"))

    assert report.sentence() == (
        "12 new, 3 reopened, 40 closed, 1,020 seen again, 2 refused because it has no host"
    )


def test_a_long_reason_is_cut() -> None:
    report = ImportReport(file="a", format="notes")
    report.refuse(Refusal("line 2", "x" * 10_000))

    assert len(report.sentence()) < 200


def test_an_empty_file_says_so() -> None:
    assert ImportReport(file="a", format="notes").sentence() == "nothing in it"


def test_all_refusals_are_counted_and_the_first_are_kept() -> None:
    report = ImportReport(file="a", format="notes")

    for number in range(REFUSALS_KEPT + 5):
        report.refuse(Refusal(f"line {number}", "no"))

    assert (report.refused, len(report.errors)) == (REFUSALS_KEPT + 5, REFUSALS_KEPT)


def test_counts_of_batches_add_up() -> None:
    report = ImportReport(file="a", format="notes", findings=7)

    report.add({"created": 2, "closed": 1, "unknown": 9})
    report.add({"created": 3})

    assert (report.counts()["created"], report.counts()["closed"], report.counts()["findings"]) == (5, 1, 7)


@pytest.mark.parametrize(
    ("report", "sentence"),
    [
        (UndoReport(id="a", file="a", format="a"), "nothing was left of it"),
        (
            UndoReport(id="a", file="a", format="a", left=1_200, set_back=3, kept=1),
            "1,200 left, 3 set back, 1 stayed because others confirmed or decided since",
        ),
        (UndoReport(id="a", file="a", format="a", left=2, written=False), "2 would leave"),
    ],
)
def test_an_undo_says_what_came_of_it(report: UndoReport, sentence: str) -> None:
    assert report.sentence() == sentence
