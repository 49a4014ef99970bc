import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.model.kinds.candidate import Clue
from chariot.modules.discovery.clues import (
    Terms,
    certificate_clue,
    name_clues,
    plain_organisation,
    registrant_clue,
    registrants_known_since,
    text_clue,
)

TERMS = Terms.of(["acmewidgets.com", "shop.acmewidgets.com", "ab.example"], registrants=["Acme Widgets Ltd"])


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("www.acmewidgets.de", "same-name"),
        ("acmewidgets-cloud.net", "name-part"),
        ("myacmewidgets.net", "name-part"),
    ],
)
def test_a_name_says_by_itself_that_it_is_like_ours(name, kind):
    assert [clue.kind for clue in name_clues(name, TERMS, "")] == [kind]


@pytest.mark.parametrize("name", ["acme.com", "grab.example", "com", "no name", "widgets.example"])
def test_short_words_and_parts_of_ours_say_nothing(name):
    assert name_clues(name, TERMS, "") == []


def test_terms_are_registered_domains_and_words_of_some_length():
    assert (TERMS.domains, TERMS.words) == ({"acmewidgets.com", "ab.example"}, {"acmewidgets"})


@pytest.mark.parametrize(("others", "weight"), [(1, 45), (3, 45), (30, 10)])
def test_a_certificate_says_less_the_more_owners_it_has(others, weight):
    names = ["www.acmewidgets.com", "x.partner.example", *(f"www.other{n}.example" for n in range(others))]

    assert certificate_clue("x.partner.example", names, TERMS, "").weight == weight


@pytest.mark.parametrize(
    ("words", "is_ours"),
    [
        ("ACME WIDGETS", True),
        ("Acme Widgets, Inc.", True),
        ("Acme", False),
        ("REDACTED FOR PRIVACY", False),
        ("", False),
    ],
)
def test_registrants_match_without_their_legal_form(words, is_ours):
    assert (registrant_clue(words, TERMS, "") is not None) is is_ours


@given(st.text())
def test_any_organisation_is_read(words):
    assert plain_organisation(words) == plain_organisation(words).strip()


def test_another_registrant_weighs_nothing_until_it_is_known_to_be_ours():
    told = registrant_clue("Namesake Widgets", TERMS, "#candidate#domain#a.test")
    later = Terms.of([], registrants=["Namesake Widgets GmbH"])

    assert (told.term, told.weight) == ("", 0)
    assert registrants_known_since([told], TERMS) == []
    assert registrants_known_since([told], later) == [
        Clue("registrant", "Namesake Widgets", "namesake widgets", "#candidate#domain#a.test", 80)
    ]


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("Sign in to ACME Widgets", "acme widgets"),
        ("Ac me-wid gets", "acmewidgets"),
        ("an acmewid getsome", ""),
        ("welcome to ACMEWIDGETS.NET", "acmewidgets"),
        ("The widgets of acme", ""),
        ("", ""),
    ],
)
def test_a_page_s_text_says_something_where_a_word_of_ours_stands_in_it(text, term):
    clue = text_clue(text, TERMS, "")

    assert (clue.term if clue is not None else "") == term


@given(st.text())
def test_any_text_is_read(text):
    clue = text_clue(text, TERMS, "")

    assert clue is None or (clue.kind, clue.weight) == ("page-text", 25)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("harborlines.net", "same-name"),
        ("harbor-lines.net", "same-name"),
        ("har-bor-lines.net", "same-name"),
        ("harborlines-cargo.net", "name-part"),
        ("lines-harbor.net", ""),
    ],
)
def test_hyphens_make_no_other_name(name, kind):
    terms = Terms.of(["harbor-lines.example"])

    clues = name_clues(name, terms, "")

    assert [(clue.kind, clue.term) for clue in clues] == ([(kind, "harbor-lines")] if kind else [])
    assert text_clue("Harbor-Lines staff portal", terms, "").term == "harbor-lines"
