import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.errors import ConfigurationError
from chariot.modules.discovery.fingerprints.rules import (
    FILE_LIMIT_BYTES,
    built_in_rules,
    compile_pattern,
    joined,
    packs_at,
    read_pack,
    read_rules,
)
from chariot.modules.products.products import Products

FILE = """
[[rule]]
id = "acme-banner"
product = "Acme"
cpe = "a:acme:acme"
where = "banner"
pattern = '^ACME <version>'
positive = [{ text = "ACME 1.2", version = "1.2" }]
negative = ["ACME"]
"""


def test_a_file_of_rules_is_read():
    (rule,) = read_rules(FILE)

    assert (rule.id, rule.where, rule.confidence) == ("acme-banner", "banner", 90)


@pytest.mark.parametrize(
    ("line", "wrong", "told"),
    [
        ('where = "banner"', 'where = "smell"', "where"),
        ('where = "banner"', 'where = "body"', "contains"),
        ('cpe = "a:acme:acme"', 'cpe = "acme"', "cpe"),
        ('id = "acme-banner"', 'id = "Acme Banner"', "id"),
        ('product = "Acme"', 'product = " "', "product"),
        ("pattern = '^ACME <version>'", "pattern = '('", "pattern"),
        ("pattern = '^ACME <version>'", "colour = 'red'", "colour"),
        ('where = "banner"', 'where = "banner"\nconfidence = 101', "confidence"),
    ],
)
def test_a_wrong_rule_is_refused_with_file_rule_and_field(line, wrong, told):
    with pytest.raises(ConfigurationError, match=f"mine.toml: (?s:.*){told}"):
        read_rules(FILE.replace(line, wrong), place="mine.toml")


@pytest.mark.parametrize(
    "pattern", ["a+", "a*", "(?:ab){2,}", r"\d+", "[a-z]+", r"(a)\1", "(?P<x>a)(?P=x)", "a" * 1001]
)
def test_a_pattern_whose_time_the_target_could_choose_is_refused(pattern):
    with pytest.raises(ValueError, match="pattern"):
        compile_pattern(pattern)


@pytest.mark.parametrize("pattern", [r"a\+b", r"[+*]", r"\*{1,3}", r"[\]+]x", "<version>", "<distribution>?"])
def test_a_bounded_pattern_is_compiled(pattern):
    assert compile_pattern(pattern).pattern


def test_the_place_of_a_fault_is_told_by_the_rules_id():
    with pytest.raises(ConfigurationError, match=r"mine\.toml: rule 'acme-banner': .*confidence"):
        read_rules(FILE.replace('where = "banner"', 'where = "banner"\nconfidence = 0'), place="mine.toml")


def test_a_product_of_the_table_needs_no_cpe():
    (rule,) = read_rules(FILE.replace('product = "Acme"\ncpe = "a:acme:acme"', 'product = "GRAFANA"'))

    assert (rule.product, rule.cpe) == ("Grafana", "a:grafana:grafana")


def test_an_unknown_product_without_a_cpe_is_refused():
    with pytest.raises(
        ConfigurationError, match=r"mine\.toml: rule 'acme-banner': 'Acme' is not in the table"
    ):
        read_rules(FILE.replace('cpe = "a:acme:acme"\n', ""), place="mine.toml")


def test_a_file_can_bring_its_own_products():
    text = FILE.replace('cpe = "a:acme:acme"\n', "") + '[[product]]\nname = "Acme"\ncpe = "a:acme:acme"\n'

    assert read_rules(text)[0].cpe == "a:acme:acme"


def test_a_file_cannot_give_a_known_product_another_meaning():
    with pytest.raises(
        ConfigurationError, match=r"mine\.toml: 'grafana' is a name of Grafana and of Grafana"
    ):
        read_rules(
            FILE + '[[product]]\nname = "Grafana"\ncpe = "a:acme:acme"\n',
            place="mine.toml",
        )


def test_an_implied_product_must_be_known():
    with pytest.raises(ConfigurationError, match="excludes 'Nobody knows'"):
        read_rules(FILE.replace('where = "banner"', 'where = "banner"\nexcludes = ["Nobody knows"]'))
    with pytest.raises(ConfigurationError, match="implies 'Nobody knows'"):
        read_rules(FILE.replace('where = "banner"', 'where = "banner"\nimplies = ["Nobody knows"]'))


def test_an_id_that_another_file_uses_is_refused():
    pack = read_pack(FILE)

    with pytest.raises(ConfigurationError, match="b: the id acme-banner is used twice"):
        joined([("a", pack), ("b", pack)], Products(()))


def test_the_files_of_a_folder_are_read_by_name(tmp_path):
    (tmp_path / "b.toml").write_text(FILE)
    (tmp_path / "a.toml").write_text("")
    (tmp_path / "notes.txt").write_text("not rules")

    assert [place.rpartition("/")[2] for place, _ in packs_at(tmp_path)] == ["a.toml", "b.toml"]


def test_what_cannot_be_read_is_told_with_its_place(tmp_path):
    (tmp_path / "bad.toml").write_bytes(b"\xff\xfe")

    for path, told in ((tmp_path / "none.toml", "none.toml"), (tmp_path / "bad.toml", "bad.toml")):
        with pytest.raises(ConfigurationError, match=told):
            packs_at(path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigurationError, match="no file of rules"):
        packs_at(tmp_path / "empty")


def test_a_file_that_is_too_large_is_refused_unread(tmp_path):
    path = tmp_path / "huge.toml"
    with path.open("wb") as file:
        file.truncate(FILE_LIMIT_BYTES + 1)

    with pytest.raises(ConfigurationError, match="larger than"):
        packs_at(path)


def test_more_than_four_hundred_products_are_known_and_no_id_is_used_twice():
    rules = built_in_rules()

    assert len({rule.cpe for rule in rules}) >= 400
    assert len({rule.id for rule in rules}) == len(rules)


@given(st.text(max_size=300))
def test_any_text_is_rules_or_a_clear_error(text):
    told = ""
    try:
        read_rules(text)
    except ConfigurationError as error:
        told = str(error)

    assert told == "" or told.startswith("rules: ")
