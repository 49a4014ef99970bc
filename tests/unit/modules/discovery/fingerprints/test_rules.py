import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.errors import ConfigurationError
from chariot.modules.discovery.fingerprints.rules import built_in_rules, compile_pattern, read_rules

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


def test_more_than_a_hundred_products_are_known_and_no_id_is_used_twice():
    rules = built_in_rules()

    assert len({rule.cpe for rule in rules}) >= 100
    assert len({rule.id for rule in rules}) == len(rules)


@given(st.text(max_size=300))
def test_any_text_is_rules_or_a_clear_error(text):
    told = ""
    try:
        read_rules(text)
    except ConfigurationError as error:
        told = str(error)

    assert told == "" or told.startswith("rules: ")
