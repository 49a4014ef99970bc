import asyncio
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.adapters.keyfile.contracts import FileContractKeys
from chariot.adapters.keyfile.signing import FilePackKeys
from chariot.errors import ConflictError, InvalidError, NotFoundError
from chariot.model.keys import Organisation
from chariot.model.kinds.network import Domain, Port
from chariot.model.kinds.scope import Contract
from chariot.model.kinds.work import Seed
from chariot.model.observations import Edit
from chariot.modules.discovery.contracting import ContractSeals, ContractService, contract_in, document_of
from chariot.modules.discovery.keeper import ScopeKeeper

from .world import ORGANISATION, World

LATER = datetime.now(UTC) + timedelta(days=30)
TERMS = Contract(
    id="c1",
    authorised_by="Jane Roe, CISO",
    valid_until=LATER,
    allow=("corp.example",),
    touch=("light", "active"),
)
DOMAIN = "#domain#corp.example"
PORT = Port(address="127.9.0.5", protocol="tcp", number=1)


@pytest.fixture
def keys(tmp_path) -> FileContractKeys:
    return FileContractKeys(FilePackKeys(tmp_path / "contracts"))


@pytest.fixture
def service(world, keys) -> ContractService:
    return ContractService(world.surface, keys, now=lambda: world.now)


@pytest.fixture
async def scanned(world: World, keys) -> World:
    """A world whose scope knows contracts."""
    world.keeper = ScopeKeeper(
        world.store, seals=ContractSeals(keys), clock=world.clock, now=lambda: world.now
    )
    await world.decide(Seed(value="corp.example"), Seed(value="127.9.0.0/24"))
    await world.see(Domain(host="corp.example"))
    return world


async def test_from_the_first_contract_on_the_rest_is_refused_and_unknown(scanned, service) -> None:
    await service.sign(ORGANISATION, TERMS, actor="ann")

    await scanned.run("dns", DOMAIN)
    await scanned.see(PORT)
    await scanned.run("odd", PORT.key)

    assert (await scanned.job("dns", DOMAIN))["outcome"] == "done"
    job = await scanned.job("odd", PORT.key)
    assert (job["outcome"], job["reason"]) == (
        "unknown",
        "no contract allows it: 127.9.0.5 belongs to the seed 127.9.0.0/24",
    )


async def test_a_contract_outside_its_hours_makes_answers_unknown(scanned, service) -> None:
    await service.sign(ORGANISATION, msgspec.structs.replace(TERMS, windows=("03:00-04:00",)), actor="ann")

    await scanned.run("dns", DOMAIN)

    assert "nothing at this hour" in (await scanned.job("dns", DOMAIN))["reason"]


async def test_an_altered_contract_stops_everything_and_says_why(scanned, service) -> None:
    signed = await service.sign(ORGANISATION, TERMS, actor="ann")
    edit = Edit(actor="mallory", key=signed.key, fields={"allow": ["corp.example", "victim.example"]})
    await scanned.surface.edit(ORGANISATION, [edit])
    scanned.tick()

    guard = await scanned.keeper.guard(ORGANISATION)

    assert guard.stopped == "the contract c1 is not as it was signed: its terms or its signature were changed"


async def test_what_a_file_or_a_scanner_claims_is_no_contract(scanned) -> None:
    await scanned.see(msgspec.structs.replace(TERMS, signature="ab", signing_key="cd"))

    guard = await scanned.keeper.guard(ORGANISATION)

    assert (guard.stopped, guard.contracts.explicit) == ("", False)


async def test_a_contract_that_was_withdrawn_opens_nothing(scanned, service) -> None:
    await service.sign(ORGANISATION, TERMS, actor="ann")
    await service.withdraw(ORGANISATION, "c1", actor="ann")
    scanned.tick()

    guard = await scanned.keeper.guard(ORGANISATION)

    assert (guard.contracts.explicit, guard.contracts.held) == (True, ())
    assert [(one.status, one.refusal) for one in await service.all(ORGANISATION)] == [
        ("excluded", "it was withdrawn")
    ]


async def test_a_contract_travels_and_counts_where_its_key_is_trusted(world, service, tmp_path, keys) -> None:
    elsewhere = FileContractKeys(FilePackKeys(tmp_path / "elsewhere"))
    there = ContractService(world.surface, elsewhere, now=lambda: world.now)
    signed = await there.sign(ORGANISATION, msgspec.structs.replace(TERMS, id="c2"), actor="ben")
    document = document_of(ORGANISATION, signed)

    with pytest.raises(InvalidError, match="which is not trusted here"):
        await service.take_in(ORGANISATION, document, actor="ann")
    keys.trust(elsewhere.public())
    with pytest.raises(ConflictError, match="there is a contract c2 already"):
        await service.take_in(ORGANISATION, document, actor="ann")
    assert await service.fault(ORGANISATION, contract_in(ORGANISATION, document)) == ""


async def test_a_contract_of_another_organisation_is_none_here(world, service) -> None:
    signed = await service.sign(ORGANISATION, TERMS, actor="ann")
    document = document_of(ORGANISATION, signed)
    renamed = document.replace(b'"acme"', b'"globex"')

    with pytest.raises(InvalidError, match="is of the organisation"):
        contract_in(Organisation("globex"), document)
    assert "not as it was signed" in await service.fault(
        Organisation("globex"), contract_in(Organisation("globex"), renamed)
    )


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"authorised_by": " "}, "authorised_by"),
        ({"allow": ()}, "allow"),
        ({"touch": ()}, "touch"),
        ({"valid_until": None}, "valid_until"),
        ({"valid_until": datetime(2020, 1, 1, tzinfo=UTC)}, "valid_until"),
        ({"valid_from": LATER + timedelta(days=1)}, "valid_from"),
        ({"windows": ("nonsense",)}, "windows"),
    ],
)
async def test_terms_that_are_not_whole_are_not_signed(service, values, said) -> None:
    with pytest.raises(InvalidError, match=said):
        await service.sign(ORGANISATION, msgspec.structs.replace(TERMS, **values), actor="ann")


async def test_what_was_signed_does_not_change(service) -> None:
    await service.sign(ORGANISATION, TERMS, actor="ann")

    with pytest.raises(ConflictError, match="what is signed does not change"):
        await service.sign(ORGANISATION, TERMS, actor="ann")
    with pytest.raises(NotFoundError):
        await service.get(ORGANISATION, "c9")


async def test_of_two_contracts_of_one_name_at_the_same_moment_one_is_signed(service) -> None:
    signing = (
        service.sign(ORGANISATION, msgspec.structs.replace(TERMS, authorised_by=person), actor="ann")
        for person in ("Ann", "Bea")
    )

    ends = await asyncio.gather(*signing, return_exceptions=True)

    (signed,) = [end for end in ends if not isinstance(end, Exception)]
    assert [type(end) for end in ends if end is not signed] == [ConflictError]
    assert (await service.get(ORGANISATION, TERMS.id)).contract == signed


@given(st.binary(max_size=200))
def test_any_document_is_a_contract_or_a_clear_error(data) -> None:
    with pytest.raises(InvalidError, match="contract"):
        contract_in(ORGANISATION, data)
