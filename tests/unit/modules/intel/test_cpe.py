"""CPE names: what is read, what is written, what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.errors import InvalidError
from chariot.modules.intel.cpe import (
    COMPONENTS,
    Cpe,
    canonical,
    is_formatted,
    parse,
    plain,
    quote,
    to_uri,
    try_parse,
)

LITERAL = st.text(
    st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters="ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    min_size=1,
    max_size=12,
).filter(lambda text: text not in {"*", "-"})
COMPONENT = st.one_of(st.just("*"), st.just("-"), LITERAL.map(quote))
NAMES = st.builds(Cpe, st.sampled_from("aoh*"), *([COMPONENT] * 10))


def test_a_formatted_string_gives_its_components():
    cpe = parse(r"cpe:2.3:a:microsoft:internet_explorer:8.0.6001:beta:*:*:*:*:x64:sp\!ecial")

    assert (cpe.part, cpe.vendor, cpe.product) == ("a", "microsoft", "internet_explorer")
    assert (cpe.version, cpe.update, cpe.edition) == ("8.0.6001", "beta", "*")
    assert (cpe.target_hw, plain(cpe.other)) == ("x64", "sp!ecial")


# The examples of NISTIR 7695, section 6.1.3 and 6.2.3, by their components.
@pytest.mark.parametrize(
    ("uri", "formatted"),
    [
        (
            "cpe:/a:microsoft:internet_explorer:8.0.6001:beta",
            "cpe:2.3:a:microsoft:internet_explorer:8.0.6001:beta:*:*:*:*:*:*",
        ),
        (
            "cpe:/a:microsoft:internet_explorer:8.%02:sp%01",
            "cpe:2.3:a:microsoft:internet_explorer:8.*:sp?:*:*:*:*:*:*",
        ),
        (
            "cpe:/a:hp:insight_diagnostics:7.4.0.1570:-:~~online~win2003~x64~",
            "cpe:2.3:a:hp:insight_diagnostics:7.4.0.1570:-:*:*:online:win2003:x64:*",
        ),
        (
            "cpe:/a:hp:openview_network_manager:7.51::~~~linux~~",
            "cpe:2.3:a:hp:openview_network_manager:7.51:*:*:*:*:linux:*:*",
        ),
        (
            "cpe:/a:foo%5cbar:big%24money_manager_2010:::~~special~ipod_touch~80gb~",
            r"cpe:2.3:a:foo\\bar:big\$money_manager_2010:*:*:*:*:special:ipod_touch:80gb:*",
        ),
    ],
)
def test_the_examples_of_the_specification_bind_both_ways(uri, formatted):
    assert str(parse(uri)) == formatted
    assert to_uri(parse(formatted)) == uri


@given(NAMES)
def test_a_formatted_string_reads_back(cpe):
    assert parse(str(cpe)) == cpe
    assert is_formatted(str(cpe))


@given(NAMES)
def test_a_uri_reads_back(cpe):
    assert parse(to_uri(cpe)) == cpe


@given(NAMES)
def test_a_canonical_name_stays_as_it_is(cpe):
    assert canonical(str(cpe)) == str(cpe)


@given(LITERAL)
def test_a_quoted_text_reads_back(text):
    assert plain(quote(text)) == text


@given(st.text(max_size=200))
def test_arbitrary_text_is_a_name_or_refused(text):
    cpe = try_parse(text)
    assert cpe is None or parse(str(cpe)) == cpe


@given(st.text(max_size=60))
def test_arbitrary_components_are_taken_or_refused(text):
    cpe = try_parse(f"cpe:2.3:a:vendor:product:{text}:*:*:*:*:*:*:*")
    assert cpe is None or is_formatted(str(cpe))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "cpe"),
        ("cpe:2.3:a:b", "cpe"),
        ("cpe:2.3:x:v:p:1:*:*:*:*:*:*:*", "part"),
        ("cpe:2.3:a::p:1:*:*:*:*:*:*:*", "vendor"),
        ("cpe:2.3:a:v:p q:1:*:*:*:*:*:*:*", "product"),
        ("cpe:2.3:a:v:p:1*2:*:*:*:*:*:*:*", "version"),
        ("cpe:2.3:a:v:p:1:a(b:*:*:*:*:*:*", "update"),
        ("cpe:2.3:a:v:p:1:*:*:*:*:*:*:\u00e9", "other"),
        ("cpe:2.3:a:v:p:1:**:*:*:*:*:*:*", "update"),
        ("cpe:/a:v:p:1:2:3:4:5", "cpe"),
        ("cpe:/a:v:p:1::~1~2", "edition"),
        ("cpe:/a:v:p!q", "product"),
        ("cpe:/z:v:p", "part"),
        ("cpe:2.3:" + "a" * 5_000, "cpe"),
    ],
)
def test_a_wrong_name_is_refused_naming_the_component(text, place):
    with pytest.raises(InvalidError) as caught:
        parse(text)
    assert caught.value.place == place


def test_upper_case_and_needless_quotes_are_made_canonical():
    assert parse(r"CPE:2.3:A:F5:Nginx:1\.24\.0:*:*:*:*:*:*:*") == Cpe("a", "f5", "nginx", "1.24.0")


def test_a_lone_hyphen_keeps_the_quote_that_tells_it_from_not_applicable():
    cpe = parse(r"cpe:2.3:a:v:p:\-:-:*:*:*:*:*:*")

    assert (plain(cpe.version), cpe.version == cpe.update) == ("-", False)


def test_a_name_that_is_not_canonical_cannot_be_made():
    with pytest.raises(InvalidError):
        Cpe("a", "F5", "nginx")


def test_there_are_eleven_components():
    assert len(COMPONENTS) == 11


@pytest.mark.parametrize(
    ("text", "component"), [("", "*"), ("  ", "*"), ("Red Hat", "red_hat"), ("-", r"\-"), ("*", r"\*")]
)
def test_what_people_write_is_quoted(text, component):
    assert quote(text) == component


def test_a_character_that_cpe_lacks_cannot_be_quoted():
    with pytest.raises(InvalidError):
        quote("caf\u00e9")


@pytest.mark.parametrize(
    ("written", "formatted"),
    [
        (
            r'wfn:[part="a",vendor="microsoft",product="internet_explorer",version="8\.0\.6001",update="beta"]',
            "cpe:2.3:a:microsoft:internet_explorer:8.0.6001:beta:*:*:*:*:*:*",
        ),
        (
            r'wfn:[part="a", vendor="foo\\bar", product="big\$money", version=ANY, update=NA]',
            r"cpe:2.3:a:foo\\bar:big\$money:*:-:*:*:*:*:*:*",
        ),
        (r'wfn:[part="o",vendor="acme",version="\-"]', r"cpe:2.3:o:acme:*:\-:*:*:*:*:*:*:*"),
    ],
)
def test_a_well_formed_name_is_read(written, formatted):
    assert str(parse(written)) == formatted


@pytest.mark.parametrize(
    "text",
    [
        "wfn:[",
        "wfn:[]",
        'wfn:[part="a"',
        'wfn:[part="a"]x',
        'wfn:[part="a",part="o"]',
        'wfn:[colour="a"]',
        'wfn:[part="x"]',
        'wfn:[version="-"]',
    ],
)
def test_what_is_no_well_formed_name_is_refused(text):
    with pytest.raises(InvalidError):
        parse(text)
