from hypothesis import given
from hypothesis import strategies as st

from chariot.modules.discovery.fingerprints.literals import Literals


def test_texts_are_found_where_they_start_even_inside_each_other():
    found = Literals(["abc", "bc", "zz"]).found_in("xabc bc", 8)

    assert {number: list(starts) for number, starts in found.items()} == {0: [1], 1: [2, 5]}


def test_the_same_text_may_be_looked_for_twice():
    assert set(Literals(["ab", "ab"]).found_in("ab", 8)) == {0, 1}


def test_no_more_places_are_told_than_asked_for():
    assert list(Literals(["a"]).found_in("a" * 100, 3)[0]) == [0, 1, 2]


def test_what_is_no_text_is_read_too():
    assert list(Literals(["ab"]).found_in("\udc80é☃ab", 3)[0]) == [3]


@given(st.text(st.sampled_from("abé☃ "), max_size=80))
def test_all_places_are_those_of_a_plain_search(text):
    found = Literals(["a", "ab", "é"]).found_in(text, 1_000)

    for number, wanted in enumerate(["a", "ab", "é"]):
        plain = [place for place in range(len(text)) if text.startswith(wanted, place)]
        assert list(found.get(number, ())) == plain
