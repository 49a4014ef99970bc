from pathlib import Path

from ..conftest import Run  # noqa: TID252 - a test package has no other name


def test_each_file_is_counted(run: Run, tmp_path: Path) -> None:
    found = run("import", str(tmp_path / "a.xml"), str(tmp_path / "b.xml"), "--json").json

    assert [Path(one["file"]).name for one in found] == ["a.xml", "b.xml"]
    assert found[0]["findings"] == 3


def test_a_broken_file_is_named_and_keeps_no_other_out(run: Run, tmp_path: Path) -> None:
    ran = run("import", str(tmp_path / "broken.xml"), str(tmp_path / "b.xml"))

    assert ran.code == 2
    assert "line 3: the document ends early" in ran.err
    assert "b.xml (nmap): 3 findings, 2 assets: 2 new; import 5cec414c46" in ran.out


def test_a_broken_file_looks_like_any_other_in_json(run: Run, tmp_path: Path) -> None:
    broken, sound = run("import", str(tmp_path / "broken.xml"), str(tmp_path / "b.xml"), "--json").json

    assert broken.keys() == sound.keys()
    assert (broken["refused"], broken["written"]) == (1, False)
    assert "line 3" in broken["errors"][0]["reason"]


def test_the_same_file_again_says_so(run: Run, tmp_path: Path) -> None:
    assert "came in before as 90ab061c30" in run("import", str(tmp_path / "again.xml")).out


def test_an_import_is_taken_back_by_its_id(run: Run) -> None:
    ran = run("import", "undo", "5cec414c46")

    assert ran.code == 0
    assert "2 left, 1 stayed because others confirmed or decided since" in ran.out


def test_a_preview_of_an_undo_says_that_nothing_was_written(run: Run) -> None:
    found = run("import", "undo", "5cec414c46", "--dry-run", "--json").json

    assert (found[0]["left"], found[0]["written"]) == (2, False)


def test_an_unknown_import_is_not_found(run: Run) -> None:
    ran = run("import", "undo", "none")

    assert ran.code == 3
    assert "no import has the id 'none'" in ran.err


def test_an_undo_of_nothing_is_wrong_usage(run: Run) -> None:
    assert run("import", "undo").code == 2


def test_formats_are_listed_with_a_command_each(run: Run) -> None:
    found = {one["format"]: one for one in run("import", "--list", "--json").json}

    assert found["nmap"]["command"] == "chariot import FILE --format nmap"
    assert "nmap" in found["nmap"]["written_by"]


def test_a_map_that_is_not_there_is_named(run: Run, tmp_path: Path) -> None:
    ran = run("import", str(tmp_path / "a.csv"), "--map", str(tmp_path / "none.toml"))

    assert ran.code == 2
    assert "none.toml" in ran.err


def test_a_dry_run_says_that_nothing_was_written(run: Run, tmp_path: Path) -> None:
    assert "nothing written" in run("import", str(tmp_path / "a.xml"), "--dry-run").out


def test_an_import_of_nothing_is_wrong_usage(run: Run) -> None:
    assert run("import").code == 2


def test_a_report_is_one_file(scanned: Run, tmp_path: Path) -> None:
    file = tmp_path / "report.html"

    ran = scanned("report", "--html", str(file))

    assert ran.code == 0
    assert "CVE-2021-41773" in file.read_text()
    assert "<script>" not in file.read_text()


def test_a_report_into_a_missing_folder_is_refused(scanned: Run, tmp_path: Path) -> None:
    ran = scanned("report", "--html", str(tmp_path / "missing" / "report.html"))

    assert ran.code == 2
    assert "folder" in ran.err
