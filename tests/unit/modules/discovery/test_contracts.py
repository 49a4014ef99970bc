from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from chariot.capability import CannotRunError, Touch
from chariot.errors import OutOfScopeError
from chariot.model.keys import Organisation
from chariot.model.kinds.scope import Contract
from chariot.modules.discovery.contracts import Authority, Contracts, Pace, signed_bytes
from chariot.modules.discovery.scope import Verdict

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
OURS = Verdict(True, "www.example.com belongs to the seed example.com")
CONTRACT = Contract(
    id="c1",
    authorised_by="Jane Roe",
    valid_from=NOON - HOUR,
    valid_until=NOON + HOUR,
    allow=("example.com", "192.0.2.0/24"),
    deny=("legacy.example.com",),
    touch=("light",),
    packets_per_s=5,
)


def held(*contracts: Contract, **options) -> Contracts:
    return Contracts.of(contracts or [CONTRACT], {}, **options)


def authority(contracts: Contracts, name: str = "www.example.com", touch=Touch.LIGHT, now=NOON) -> Authority:
    return contracts.authority(lambda scope: scope.name(name), OURS, touch, now)


def changed(**values) -> Contracts:
    return held(msgspec.structs.replace(CONTRACT, **values))


def test_without_a_contract_the_word_of_the_seed_counts() -> None:
    assert authority(Contracts()) == Authority(OURS.why)


def test_a_contract_that_covers_it_is_the_authority_and_sets_the_pace() -> None:
    assert authority(held()) == Authority("contract c1", Pace("c1", 5))


@pytest.mark.parametrize(
    ("values", "touch", "said"),
    [
        ({"valid_from": NOON + timedelta(minutes=1)}, Touch.LIGHT, "begins at"),
        ({"valid_until": NOON}, Touch.LIGHT, "ended at"),
        ({"windows": ("13:00-14:00",)}, Touch.LIGHT, "nothing at this hour, only 13:00-14:00"),
        ({}, Touch.ACTIVE, "allows no active looks, only light"),
    ],
)
def test_a_contract_that_allows_it_not_now_or_not_so_makes_the_answer_unknown(values, touch, said) -> None:
    with pytest.raises(CannotRunError, match=said):
        authority(changed(**values), touch=touch)


def test_what_no_contract_covers_is_refused() -> None:
    with pytest.raises(OutOfScopeError, match="no contract allows it"):
        authority(held(), "www.example.org")


def test_a_denial_of_one_contract_refuses_what_another_one_allows() -> None:
    other = msgspec.structs.replace(CONTRACT, id="c2", allow=("legacy.example.com",), deny=())

    with pytest.raises(OutOfScopeError, match="denied by legacy"):
        authority(held(CONTRACT, other), "legacy.example.com")


def test_of_several_contracts_one_that_allows_it_is_enough() -> None:
    over = msgspec.structs.replace(CONTRACT, id="c0", valid_until=NOON)

    assert authority(held(over, CONTRACT)).name == "contract c1"


@pytest.mark.parametrize(
    "contracts",
    [
        Contracts(explicit=True),
        Contracts.of([], {}, required=True),
        Contracts.of([], {}, withdrawn=1),
        Contracts.of([], {"c1": "was changed"}),
    ],
)
def test_where_contracts_count_nothing_is_sent_without_one(contracts) -> None:
    """Also when the last one was withdrawn: that must not open everything."""
    with pytest.raises(OutOfScopeError):
        authority(contracts)
    with pytest.raises(CannotRunError, match="no contract is in force"):
        contracts.check_open(Touch.LIGHT, NOON)


def test_something_may_be_looked_up_while_a_contract_is_in_force() -> None:
    held().check_open(Touch.LIGHT, NOON)
    Contracts().check_open(Touch.ACTIVE, NOON)


@pytest.mark.parametrize(
    "contracts", [Contracts.of([CONTRACT], {"c1": "is not as it was signed"}), changed(windows=("nonsense",))]
)
def test_one_that_is_not_in_order_stops_everything(contracts) -> None:
    assert contracts.broken.startswith("the contract c1")


def test_what_is_signed_covers_all_terms_and_for_whom() -> None:
    acme, globex = Organisation("acme"), Organisation("globex")
    changes = [
        {"authorised_by": "John"}, {"purpose": "x"}, {"valid_from": None}, {"valid_until": NOON}, {"allow": ()},
        {"deny": ()}, {"windows": ("10:00-11:00",)}, {"packets_per_s": 6}, {"touch": ("active",)}, {"id": "c2"},
    ]  # fmt: skip
    texts = {signed_bytes(acme, msgspec.structs.replace(CONTRACT, **change)) for change in changes}

    assert len(texts | {signed_bytes(acme, CONTRACT), signed_bytes(globex, CONTRACT)}) == len(changes) + 2
    resigned = msgspec.structs.replace(CONTRACT, signature="ab", signing_key="cd")
    assert signed_bytes(acme, resigned) == signed_bytes(acme, CONTRACT)
    assert len(changes) == len(Contract.__struct_fields__) - 2
