import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.errors import InvalidError
from chariot.modules.privacy.subject import Subject

ANN = Subject(["ann", "ann@example.com"])


@pytest.mark.parametrize(
    "text",
    [
        "ann",
        "Ann",
        "user:ann",
        "cli:ann",
        "ANN@example.com",
        "#user#ann",
        "#member#user:ann",
        "oidc:corporate/Ann",
        "oidc:ann",
    ],
)
def test_a_whole_name_means_the_person_however_it_was_proven(text):
    assert ANN.is_meant(text)


@pytest.mark.parametrize(
    "text",
    [
        "oidc:corporate/joann",
        "oidc:corporate/x/ann",
        "anna",
        "ann.example.com",
        "user:joann",
        "",
        "hook:ann",
        "ann@example.com.evil",
    ],
)
def test_another_name_does_not(text):
    assert not ANN.is_meant(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("told by Ann, twice", "told by X, twice"),
        ("write to ann@example.com.", "write to X."),
        ("ann's host ann.example.com", "X's host ann.example.com"),
        ("joann and bob-ann", "joann and bob-ann"),
        ("user:ann", "user:X"),
        ("oidc:corporate/ann", "oidc:corporate/X"),
        ("ann", "X"),
        ("#user#ann", "#user#X"),
        ("#member#user:ann", "#member#user:X"),
        ("#domain#ann", "#domain#X"),
    ],
)
def test_names_are_replaced_as_words_and_host_names_stay(text, expected):
    assert ANN.replaced(text, "X") == expected


@given(st.text(max_size=200))
def test_after_it_was_replaced_nobody_is_meant_or_mentioned(text):
    replaced = ANN.replaced(text, "erased-00000000")

    assert not ANN.is_meant(replaced)
    assert not ANN.is_mentioned(replaced)


@pytest.mark.parametrize("names", [[], ["a"], ["x" * 1_001], ["two\nlines"], [str(n) * 3 for n in range(51)]])
def test_what_cannot_mean_one_person_is_refused(names):
    with pytest.raises(InvalidError):
        Subject(names)
