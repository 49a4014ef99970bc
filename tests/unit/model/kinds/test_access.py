from datetime import UTC, datetime

import pytest

from chariot.model.kinds.access import ApiKey


def test_a_key_is_named_by_what_it_is_for():
    key = ApiKey(id="f00d", label="nightly", permissions=("risks:read", "entities:read"))

    assert (key.key, key.name) == ("#apikey#f00d", "nightly")
    assert key.permissions == ("entities:read", "risks:read")


@pytest.mark.parametrize(
    "fields",
    [
        {"id": "a b"},
        {"label": ""},
        {"label": "x" * 101},
        {"permissions": ("a\n",)},
        {"expires_at": 7},
    ],
)
def test_a_key_that_cannot_be_is_none(fields):
    with pytest.raises(ValueError, match=next(iter(fields))):
        ApiKey(**{"id": "f00d"} | fields)


def test_the_moment_of_its_end_has_a_time_zone():
    assert ApiKey(id="a", expires_at=datetime(2027, 1, 1, tzinfo=UTC)).expires_at is not None
