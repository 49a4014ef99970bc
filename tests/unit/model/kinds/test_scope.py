from datetime import UTC, datetime

import pytest

from chariot.model.kinds.scope import Contract


def test_a_contract_is_kept_in_canonical_form() -> None:
    contract = Contract(
        id="c1", allow=("WWW.Example.com", "192.0.2.7/32"), touch=("light", "active", "light")
    )

    assert contract.key == "#contract#c1"
    assert (contract.allow, contract.touch) == (("192.0.2.7", "www.example.com"), ("active", "light"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": "no slug"},
        {"allow": ("*",)},
        {"touch": ("gentle",)},
        {"signature": "XYZ"},
        {"valid_until": datetime(2026, 1, 1)},  # noqa: DTZ001 - without a zone is what is wrong
        {"packets_per_s": -1},
    ],
)
def test_what_is_no_contract_is_refused(wrong) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Contract(**{"id": "c1", "valid_from": datetime(2026, 1, 1, tzinfo=UTC), **wrong})
