import pytest

from chariot.errors import InvalidError
from chariot.model.registry import GROUPS, KINDS, LIFETIMES, kind_class, kinds_named, spec_of


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_kind_describes_itself_and_each_of_its_fields(kind: str) -> None:
    assert KINDS[kind].__doc__
    assert all(spec.description for spec in spec_of(kind).values())


@pytest.mark.parametrize("kind", list(KINDS))
def test_text_from_outside_is_bounded(kind: str) -> None:
    assert all(spec.mark.max_length for spec in spec_of(kind).values() if spec.mark.outside)


@pytest.mark.parametrize("kind", list(KINDS))
def test_no_secret_is_part_of_a_key_or_of_an_index(kind: str) -> None:
    secret = [spec.mark for spec in spec_of(kind).values() if spec.mark.secret]

    assert not any(mark.identity or mark.indexed for mark in secret)


@pytest.mark.parametrize("kind", list(KINDS))
def test_one_part_of_a_key_at_most_is_itself_a_key(kind: str) -> None:
    assert sum(is_key for _, is_key in KINDS[kind].identity) <= 1


def test_groups_and_lifetimes_name_kinds_that_exist() -> None:
    assert set(LIFETIMES) <= set(KINDS)
    assert {kind for kinds in GROUPS.values() for kind in kinds} <= set(KINDS)


@pytest.mark.parametrize(
    ("word", "kinds"),
    [
        ("risk", ("risk",)),
        ("risks", ("risk",)),
        ("Addresses", ("address",)),
        ("technologies", ("technology",)),
        ("web-applications", ("webapplication",)),
        ("findings", ("risk",)),
        ("assets", GROUPS["assets"]),
    ],
)
def test_people_name_kinds_in_the_plural_and_by_group(word: str, kinds: tuple[str, ...]) -> None:
    assert kinds_named(word) == kinds


@pytest.mark.parametrize("word", ["users", "session", "organisation"])
def test_what_only_its_own_service_shows_is_in_no_list(word: str) -> None:
    with pytest.raises(InvalidError, match=f"nothing is listed as '{word}'; there are assets"):
        kinds_named(word)


@pytest.mark.parametrize("word", ["", "s", "nonsense", "x" * 10_000])
def test_a_word_that_names_no_kind_is_refused_with_those_there_are(word: str) -> None:
    with pytest.raises(InvalidError, match="there are assets, findings, seed, domain") as refused:
        kinds_named(word)
    assert refused.value.place == "kind"
    assert len(str(refused.value)) < 500
    with pytest.raises(InvalidError, match="there are seed, domain"):
        kind_class(word)
