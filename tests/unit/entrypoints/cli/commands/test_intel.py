from pathlib import Path

from ..conftest import Run  # noqa: TID252 - a test package has no other name


def test_an_empty_store_says_how_to_fill_it(run: Run) -> None:
    assert "chariot intel load" in run("intel", "status").err


def test_a_feed_is_loaded_and_told(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "epss.csv"
    file.write_text(
        "#model_version:v2026.01.01,score_date:2026-02-28T00:00:00Z\ncve,epss,percentile\nCVE-2021-41773,0.94,0.99\n"
    )

    (loaded,) = run("intel", "load", str(file), "--json").json

    assert (loaded["feed"], loaded["records"]) == ("epss", 1)


def test_a_missing_feed_file_is_not_found(run: Run, tmp_path: Path) -> None:
    assert run("intel", "load", str(tmp_path / "nowhere.json")).code == 3
