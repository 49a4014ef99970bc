from pathlib import Path

import pytest

from chariot.errors import ConfigurationError
from chariot.modules.discovery.fingerprints.catalogue import faults_at, known_products, main, reference
from chariot.modules.discovery.fingerprints.matching import rules_with

PAGE = Path(__file__).parents[5] / "docs" / "reference" / "technologies.md"
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


def test_the_committed_page_is_what_the_rules_say() -> None:
    assert main(["--check", str(PAGE)]) == 0, (
        "run: python -m chariot.modules.discovery.fingerprints.catalogue docs/reference/technologies.md"
    )


def test_the_page_is_written_and_found_stale_when_somebody_touches_it(tmp_path: Path) -> None:
    page = tmp_path / "technologies.md"

    assert main(["--check", str(page)]) == 1
    assert main([str(page)]) == 0
    assert page.read_text() == reference()
    page.write_text("old")
    assert main(["--check", str(page)]) == 1


def test_a_product_is_told_with_all_its_rules() -> None:
    known = {one.product: one for one in known_products(rules_with(()))}

    grafana = known["Grafana"]
    assert grafana.cpe == "a:grafana:grafana"
    assert {"title", "cookie"} <= set(grafana.places)
    assert len(grafana.rules) >= 3
    assert grafana.version
    assert known["Cloudflare"].own


def test_every_product_has_a_name_that_only_it_has() -> None:
    names = [one.product for one in known_products(rules_with(()))]

    assert len(set(names)) == len(names) >= 400


def test_a_file_is_checked_with_its_examples(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    good.write_text(RULE)
    bad.write_text(RULE.replace('version = "1.2"', 'version = "1.3"'))

    assert faults_at(good) == (1, ())
    assert faults_at(bad)[1][0].rule == "acme-banner"


def test_a_file_whose_id_is_taken_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(RULE.replace("acme-banner", "openssh-banner"))

    with pytest.raises(ConfigurationError, match="openssh-banner is used twice"):
        faults_at(path)
