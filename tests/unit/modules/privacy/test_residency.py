import pytest

from chariot.model.keys import Organisation
from chariot.modules.privacy.residency import residences

ACME, GLOBEX = Organisation("acme"), Organisation("globex")


@pytest.mark.parametrize(
    ("allowed", "shared", "own", "kept"),
    [
        ({"acme": ("eu",)}, "eu", {}, True),
        ({"acme": ("eu",)}, "us", {}, False),
        ({"acme": ("eu",)}, "", {}, False),
        ({"acme": ("eu",)}, "us", {ACME: "eu"}, True),
        ({"acme": ("eu", "us")}, "us", {}, True),
        ({"acme": ()}, "eu", {}, False),
        ({"*": ("eu",)}, "eu", {GLOBEX: "us"}, False),
        ({"*": ("eu",), "globex": ("us",)}, "eu", {GLOBEX: "us"}, True),
    ],
)
def test_data_is_where_it_may_be_or_not(allowed, shared, own, kept):
    assert all(one.is_kept for one in residences(allowed, shared, own)) is kept
