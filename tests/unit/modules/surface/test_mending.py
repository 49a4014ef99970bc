import pytest

from chariot.modules.surface.mending import renamed


@pytest.mark.parametrize(
    ("origins", "expected"),
    [
        ("bob", "nobody"),
        ("ann,bob,dns", "ann,dns,nobody"),
        ("bob,nobody", "nobody"),
        ("bobby", "bobby"),
        ("", ""),
    ],
)
def test_one_name_takes_the_place_of_another_and_the_list_stays_sorted(origins, expected):
    assert renamed(origins, "bob", "nobody") == expected
