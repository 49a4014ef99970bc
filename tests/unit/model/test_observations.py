from datetime import UTC, datetime

import pytest

from chariot.model.keys import Key
from chariot.model.kinds.network import Domain
from chariot.model.observations import Edit, Observations

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
SHOP = Domain(host="shop.test")


@pytest.mark.parametrize(
    "values",
    [
        {"capability": "Two Words", "seen_at": NOON},
        {"capability": "", "seen_at": NOON},
        {"capability": "a,b", "seen_at": NOON},
        {"capability": "probe", "seen_at": datetime(2026, 1, 1)},  # noqa: DTZ001 - that is the point
        {"capability": "probe", "seen_at": None},
        {"capability": "probe", "seen_at": NOON, "tags": {"Not A Label": "x"}},
        {"capability": "probe", "seen_at": NOON, "tags": {"env": "two\nlines"}},
    ],
)
def test_a_batch_without_a_clear_frame_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - each has its own words
        Observations(**values)


@pytest.mark.parametrize(
    "values",
    [
        {"actor": "ana"},
        {"actor": "ana", "entity": SHOP, "key": SHOP.key},
        {"actor": " ", "entity": SHOP},
        {"actor": "ana", "entity": SHOP, "tags": {"Not A Label": "x"}},
        {"actor": "ana", "entity": SHOP, "tags": {"env": "two\nlines"}},
    ],
)
def test_an_edit_that_does_not_say_who_and_what_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - each has its own words
        Edit(**values)


def test_an_edit_is_about_one_key() -> None:
    assert Edit(actor="ana", entity=SHOP).target == SHOP.key
    assert Edit(actor="ana", key=Key("#domain#shop.test")).target == SHOP.key
