import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.model.kinds.candidate import CLUES_LIMIT, EACH_KIND, Candidate, Clue, confidence


def test_a_candidate_is_known_by_what_it_is_about():
    candidate = Candidate(about="#netblock#192.0.2.0/28")

    assert (candidate.key, candidate.value) == ("#candidate#netblock#192.0.2.0/28", "192.0.2.0/28")


@pytest.mark.parametrize("about", ["#port#192.0.2.7#tcp#443", "#risk#domain#a.test#CVE-2024-0001", "a.test"])
def test_only_places_can_be_candidates(about):
    with pytest.raises(ValueError, match="about"):
        Candidate(about=about)


def test_the_strongest_clues_of_each_kind_are_kept_once_and_in_order():
    weak = [Clue("seen", f"{number:04}", "", "", 5) for number in range(EACH_KIND + 50)]
    strong = Clue("seen", "zzz", "", "", 6)

    kept = Candidate(about="#domain#a.test", clues=(*reversed(weak), *weak, strong)).clues

    assert kept == (*weak[: EACH_KIND - 1], strong)


def test_clues_of_kinds_that_nobody_declared_are_kept_within_a_limit():
    clues = [Clue(f"kind-{number:04}", "a", "", "", 5) for number in range(CLUES_LIMIT + 50)]

    assert len(Candidate(about="#domain#a.test", clues=tuple(clues)).clues) == CLUES_LIMIT


many = st.lists(
    st.builds(
        Clue, st.sampled_from("ab"), st.sampled_from("xyzuvw"), st.just(""), st.just(""), st.integers(0, 9)
    ),
    max_size=3 * EACH_KIND,
)


@given(many, many, many)
def test_what_is_kept_does_not_depend_on_the_order_in_which_clues_come(one, two, three):
    def together(*clues):
        return Candidate(about="#domain#a.test", clues=clues).clues

    everything = together(*one, *two, *three)

    assert together(*together(*one, *two), *three) == together(*one, *together(*three, *two)) == everything
    assert confidence(everything) == confidence([*one, *two, *three])


@pytest.mark.parametrize("weight", [-1, 101, "5"])
def test_a_weight_is_from_0_to_100(weight):
    with pytest.raises(ValueError, match="0"):
        Clue("seen", "a", "", "", weight)


weights = st.lists(
    st.tuples(st.sampled_from(["a", "b", "c"]), st.integers(0, 100)).map(
        lambda pair: Clue(pair[0], "x", "", "", pair[1])
    ),
    max_size=6,
)


@given(weights, weights)
def test_more_clues_never_make_less_sure_and_their_order_says_nothing(some, more):
    assert 0 <= confidence(some) <= confidence([*some, *more]) <= 100
    assert confidence([*some, *more]) == confidence([*more, *some])


def test_one_kind_counts_once():
    assert confidence([Clue("a", str(number), "", "", 30) for number in range(50)]) == 30


def test_how_sure_we_are_follows_from_the_clues_whatever_anybody_states():
    clue = Clue("redirect", "shop.a.test", "", "", 25)
    stated = Candidate(about="#domain#a.test", confidence=99, clues=(clue,))

    more = msgspec.structs.replace(stated, clues=(clue, Clue("certificate", "a.test", "", "", 45)))

    assert (Candidate(about="#domain#a.test", confidence=99).confidence, stated.confidence) == (0, 25)
    assert more.confidence == 59
