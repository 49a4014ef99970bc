from pathlib import Path

import pytest

from ..conftest import CVE, Run  # noqa: TID252 - a test package has no other name


def test_a_file_is_written_and_counted(scanned: Run, tmp_path: Path) -> None:
    file = tmp_path / "risks.csv"

    ran = scanned("export", "--format", "csv", "--kinds", "risks", "--filter", "score>=90", str(file))

    assert ran.code == 0
    assert "1 records" in ran.out
    assert file.read_bytes().count(b"\r\n") == 2


def test_the_whole_surface_is_the_default(scanned: Run, tmp_path: Path) -> None:
    report = scanned("export", str(tmp_path / "s.jsonl"), "--json").json

    assert report["format"] == "jsonl"
    assert report["records"] > 10
    assert report["relationships"] == 6


@pytest.mark.parametrize("arguments", [("--format", "word"), ("--kinds", "unicorns"), ("--filter", "x=1")])
def test_a_wrong_request_is_refused_and_leaves_no_file(
    scanned: Run, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    file = tmp_path / "out.jsonl"

    assert scanned("export", *arguments, str(file)).code == 2
    assert not file.exists()


def test_an_export_to_nowhere_is_wrong_usage(run: Run) -> None:
    assert run("export").code == 2


def test_the_formats_are_listed_without_data(run: Run) -> None:
    found = {one["format"]: one for one in run("export", "--list", "--json").json}

    assert found["sarif"]["media_type"] == "application/sarif+json"


def test_the_past_can_be_asked_for(scanned: Run, tmp_path: Path) -> None:
    file = tmp_path / "old.jsonl"

    scanned("export", "--as-of", "2020-01-01", str(file))

    assert len(file.read_text().splitlines()) == 2


def test_standard_output_holds_the_export_alone(scanned: Run) -> None:
    assert len(scanned("export", "--format", "ocsf", "-").lines) == 2


def test_what_was_exported_is_loaded_again(scanned: Run, tmp_path: Path) -> None:
    file = tmp_path / "s.jsonl"
    written = scanned("export", str(file), "--json").json

    loaded = scanned("--organisation", "copy", "load", str(file), "--json").json

    assert loaded["refused"] == 0
    assert loaded["relationships"] == written["relationships"]
    shown = scanned("--organisation", "copy", "list", "risks", "--json").json["items"]
    assert CVE in {one["entity"]["weakness"] for one in shown}


def test_a_file_that_is_no_export_is_refused(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "other.json"
    file.write_text("{}")

    ran = run("load", str(file))

    assert ran.code == 2
    assert "line 1" in ran.err
