import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.capabilities.support.digests import icon_hash, murmur3, similarity_hash

TEXT = "the quick brown fox jumps over the lazy dog while the cat sleeps on the warm roof of the old house by the river"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", 0),
        (b"hello", 0x248BFA47),
        (b"hello, world", 0x149BBB7F),
        (b"The quick brown fox jumps over the lazy dog", 0x2E4FF723),
    ],
)
def test_murmur_is_what_others_compute(data, expected):
    assert murmur3(data) == expected


def test_an_icon_s_number_is_signed():
    assert -(2**31) <= icon_hash(b"\x00\x00\x01\x00") < 2**31


def test_alike_texts_have_alike_hashes():
    changed = TEXT.replace("warm", "cold")
    other = " ".join(f"{word}x" for word in TEXT.split()[::-1])

    def distance(one: str, two: str) -> int:
        return (int(similarity_hash(one), 16) ^ int(similarity_hash(two), 16)).bit_count()

    assert distance(TEXT, changed) < distance(TEXT, other)


def test_numbers_scripts_and_comments_do_not_count():
    noisy = f"<script>var a = 'quick words here'</script><!-- made at noon -->{TEXT} 12:30 20250101"

    assert similarity_hash(noisy) == similarity_hash(TEXT)


def test_few_words_have_no_hash():
    assert similarity_hash("not found") == ""


@given(st.text(max_size=500))
def test_any_text_has_64_bits_or_none(text):
    assert len(similarity_hash(text)) in (0, 16)
