import msgspec
import pytest
from hypothesis import given

import strategies
from chariot.model.evidence import Banner, Evidence, KeyValues, Table
from chariot.model.fields import OUTSIDE_LIMIT


@given(strategies.evidence)
def test_every_form_comes_back_from_json_as_it_was(item: Evidence) -> None:
    assert msgspec.json.decode(msgspec.json.encode(item), type=Evidence) == item


@pytest.mark.parametrize(
    "make",
    [
        lambda: Banner(text="x" * (OUTSIDE_LIMIT + 1)),
        lambda: Banner(text="\ud800"),
        lambda: Banner(text=None),
        lambda: Banner(text="x", title="x" * 201),
        lambda: KeyValues(values={str(number): "x" * OUTSIDE_LIMIT for number in range(9)}),
        lambda: Table(columns=tuple(map(str, range(51))), rows=()),
        lambda: Table(columns=("a",), rows=(("1",),) * 1_001),
    ],
    ids=range(7),
)
def test_evidence_beyond_its_limits_or_of_another_type_is_refused(make: object) -> None:
    assert callable(make)
    with pytest.raises(ValueError):  # noqa: PT011 - the words are msgspec's
        make()
