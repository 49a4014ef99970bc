import pytest

from chariot.model.kinds.candidate import CLUES_LIMIT, Candidate, Clue


def test_a_candidate_is_known_by_what_it_is_about():
    candidate = Candidate(about="#netblock#192.0.2.0/28")

    assert (candidate.key, candidate.value) == ("#candidate#netblock#192.0.2.0/28", "192.0.2.0/28")


@pytest.mark.parametrize("about", ["#port#192.0.2.7#tcp#443", "#risk#domain#a.test#CVE-2024-0001", "a.test"])
def test_only_places_can_be_candidates(about):
    with pytest.raises(ValueError, match="about"):
        Candidate(about=about)


def test_clues_are_kept_once_in_order_and_within_a_limit():
    clues = [Clue("seen", f"{number:04}", "", "", 5) for number in range(CLUES_LIMIT + 50)]

    kept = Candidate(about="#domain#a.test", clues=(*reversed(clues), *clues)).clues

    assert kept == tuple(clues[:CLUES_LIMIT])


@pytest.mark.parametrize("weight", [-1, 101, "5"])
def test_a_weight_is_from_0_to_100(weight):
    with pytest.raises(ValueError, match="0"):
        Clue("seen", "a", "", "", weight)
