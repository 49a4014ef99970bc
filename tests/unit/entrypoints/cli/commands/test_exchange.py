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
    assert "b.xml (nmap): 3 findings, 2 assets, 2 new" in ran.out


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
