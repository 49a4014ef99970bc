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
