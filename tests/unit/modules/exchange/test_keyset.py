from hypothesis import given
from hypothesis import strategies as st

from chariot.modules.exchange.keyset import KeySet


@given(st.lists(st.text(max_size=3)))
def test_a_small_set_is_exact(keys: list[str]) -> None:
    found = KeySet()

    new = [found.add(key) for key in keys]

    assert (sum(new), len(found)) == (len(set(keys)), len(set(keys)))
    assert all(key in found for key in keys)
    assert "none of them" not in found


def test_a_large_set_forgets_nothing_and_counts_nearly() -> None:
    found = KeySet(exact=100)

    for number in range(50_000):
        found.add(f"key {number}")

    assert all(f"key {number}" in found for number in range(50_000))
    assert abs(len(found) - 50_000) < 100
    assert sum(f"other {number}" in found for number in range(10_000)) < 3
    assert not found.add("key 1")
