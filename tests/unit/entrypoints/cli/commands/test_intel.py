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


def test_an_update_says_what_it_fetches(run: Run) -> None:
    done = run("intel", "update", "kev", "--url", "kev=https://mirror.example/kev.json")

    assert "fetching https://mirror.example/kev.json" in done.err
    assert "nothing newer" in done.err


def test_a_pack_is_written_checked_and_refused_when_changed(run: Run, tmp_path: Path) -> None:
    pack = tmp_path / "all.pack"

    assert "chariot intel trust" in run("intel", "pack", str(pack)).err
    assert run("intel", "verify", str(pack)).code == 0
    assert len(run("intel", "trust").out.strip()) == 64
    pack.write_bytes(pack.read_bytes()[:-1])
    assert run("intel", "verify", str(pack)).code != 0


def test_a_name_is_asked_about(run: Run) -> None:
    assert "nothing known" in run("intel", "match", "pkg:npm/lodash@4.17.20").err


def test_a_format_that_is_none_is_refused(run: Run, tmp_path: Path) -> None:
    assert run("intel", "load", str(tmp_path / "x"), "--as", "nothing").code == 2
