from pathlib import Path

import pytest

from ..conftest import Run  # noqa: TID252 - a test package has no other name

RULE = """
[[rule]]
id = "acme-banner"
product = "Acme"
cpe = "a:acme:acme"
where = "banner"
pattern = '^ACME <version>'
positive = [{ text = "ACME 1.2", version = "1.2" }]
negative = ["ACME"]
"""


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(RULE)
    return path


def test_known_products_are_listed_by_a_word(run: Run) -> None:
    found = run("fingerprints", "list", "grafana", "--json").json

    assert [(one["product"], one["cpe"]) for one in found] == [("Grafana", "a:grafana:grafana")]


def test_rules_of_ones_own_are_listed_when_the_settings_name_them(
    run: Run, pack: Path, tmp_path: Path
) -> None:
    settings = tmp_path / "chariot.toml"
    settings.write_text(f'fingerprints = ["{pack}"]\n')

    found = run("fingerprints", "list", "acme:acme", "--json", "--config", str(settings)).json

    assert [one["rules"] for one in found] == [["acme-banner"]]


def test_good_rules_are_called_good(run: Run, pack: Path) -> None:
    ran = run("fingerprints", "check", str(pack), "--json")

    assert (ran.code, ran.json) == (0, {"rules": 1, "faults": []})


def test_a_rule_that_breaks_its_example_is_told(run: Run, pack: Path) -> None:
    pack.write_text(RULE.replace('"ACME"]', '"ACME 1.3"]'))

    ran = run("fingerprints", "check", str(pack), "--json")

    assert ran.code == 2
    assert [(one["rule"], one["fault"]) for one in ran.json["faults"]] == [
        ("acme-banner", "'ACME 1.3' must not match")
    ]


@pytest.mark.parametrize(
    ("line", "wrong", "told"),
    [
        ("pattern = '^ACME <version>'", "pattern = '(a+)+'", "repetition needs a bound"),
        ('where = "banner"', 'where = "smell"', "where"),
        ('id = "acme-banner"', 'id = "openssh-banner"', "used twice"),
    ],
)
def test_a_malformed_rule_is_told_with_file_and_rule(
    run: Run, pack: Path, line: str, wrong: str, told: str
) -> None:
    pack.write_text(RULE.replace(line, wrong))

    ran = run("fingerprints", "check", str(pack))

    assert ran.code == 5
    assert str(pack) in ran.err
    assert told in ran.err
    assert "-banner" in ran.err


def test_rules_are_tried_on_a_text(run: Run) -> None:
    (hit,) = run("fingerprints", "try", "--where", "header:server", "nginx/1.18.0 (Ubuntu)", "--json").json

    assert hit["technology"]["cpe"] == "cpe:2.3:a:f5:nginx:1.18.0:*:*:*:*:*:*:ubuntu"


def test_rules_are_tried_on_a_page(run: Run) -> None:
    (hit,) = run("fingerprints", "try", "--where", "page", "<title>Argo CD</title>", "--json").json

    assert hit["rule"] == "argo-cd-title"
