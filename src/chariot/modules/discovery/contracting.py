"""Making scope contracts: sign, take in, withdraw, export; and whether one is as it was signed."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

import msgspec

from chariot.errors import ConflictError, InvalidError, NotFoundError
from chariot.model.keys import Organisation
from chariot.model.kinds.scope import Contract
from chariot.model.observations import Edit
from chariot.model.records import Record
from chariot.model.states import Status
from chariot.modules.discovery.contracts import FORM, signed_bytes, terms
from chariot.modules.discovery.windows import read_window
from chariot.modules.surface.query import PAGE_LIMIT, Query
from chariot.modules.surface.service import SurfaceService

DOCUMENT_LIMIT_BYTES = 1_000_000


class Sealed(msgspec.Struct, frozen=True):
    """A signature by a key, both in hexadecimal."""

    key: str
    signature: str


class ContractKeys(Protocol):
    """Signs contracts with the key of this installation, and knows whose signatures count."""

    def sign(self, data: bytes) -> Sealed:
        """Return the signature of *data* by the own key."""
        ...

    def fault(self, sealed: Sealed, data: bytes) -> str:
        """Return why *sealed* is no signature of *data* by a trusted key; empty when it is."""
        ...


class TrustedKeys(Protocol):
    """Whose contracts count here."""

    def public(self) -> str:
        """Return the own public key in hexadecimal."""
        ...

    def trust(self, public: str) -> None:
        """Let contracts count that the key *public* signed.

        Raises:
            InvalidError: it is no public key.
        """
        ...


class ContractSeals:
    """Tells whether contracts are as they were signed."""

    def __init__(self, keys: ContractKeys) -> None:
        self._keys = keys

    def fault(self, organisation: Organisation, contract: Contract) -> str:
        """Return what is wrong with the signature of *contract*; empty when nothing is."""
        if not contract.signature:
            return "is not signed"
        sealed = Sealed(contract.signing_key, contract.signature)
        return self._keys.fault(sealed, signed_bytes(organisation, contract))


class ContractState(msgspec.Struct, frozen=True, kw_only=True):
    """One contract, and whether it counts."""

    contract: Contract
    status: str
    """`active`, or `excluded` when it was withdrawn."""
    fault: str
    """Why its signature does not hold; empty when it does."""
    refusal: str
    """Why nothing may be sent by it now; empty when it may."""


class Document(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A contract as it travels: terms, for whom, and the signature of both."""

    form: str
    organisation: str
    terms: dict[str, Any]
    signing_key: str
    signature: str


def contract_in(organisation: Organisation, data: bytes) -> Contract:
    """Return the contract that *data* holds, whoever signed it.

    Raises:
        InvalidError: it is no contract, or of another organisation.
    """
    if len(data) > DOCUMENT_LIMIT_BYTES:
        raise InvalidError(f"is longer than {DOCUMENT_LIMIT_BYTES:,} bytes", place="contract")
    try:
        document = msgspec.json.decode(data, type=Document)
        if document.form != FORM:
            raise InvalidError(f"is of the form {document.form[:80]!r}, not {FORM!r}", place="contract")
        if document.organisation != organisation:
            raise InvalidError(
                f"is of the organisation {document.organisation[:80]!r}, not {organisation!r}",
                place="contract",
            )
        values = {**document.terms, "signing_key": document.signing_key, "signature": document.signature}
        contract = msgspec.convert({"kind": Contract.kind, **values}, Contract)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError, ValueError) as error:
        raise InvalidError(f"is no contract: {error}"[:500], place="contract") from None
    return contract


def document_of(organisation: Organisation, contract: Contract) -> bytes:
    """Return *contract* as it travels; `contract_in` reads it."""
    document = Document(
        form=FORM,
        organisation=organisation,
        terms=terms(contract),
        signing_key=contract.signing_key,
        signature=contract.signature,
    )
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


class ContractService:
    """Signs contracts and tells about them."""

    def __init__(
        self,
        surface: SurfaceService,
        keys: ContractKeys,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._surface = surface
        self._keys = keys
        self._seals = ContractSeals(keys)
        self._now = now

    async def sign(self, organisation: Organisation, contract: Contract, *, actor: str) -> Contract:
        """Sign the terms of *contract* with the key of this installation, and put it in force.

        Raises:
            InvalidError: the terms are not whole; the text names what is missing.
            ConflictError: there is a contract of that name.
        """
        check_terms(contract, self._now())
        sealed = self._keys.sign(signed_bytes(organisation, contract))
        signed = msgspec.structs.replace(contract, signing_key=sealed.key, signature=sealed.signature)
        await self._put(organisation, signed, actor)
        return signed

    async def take_in(self, organisation: Organisation, data: bytes, *, actor: str) -> Contract:
        """Put a contract in force that was signed elsewhere, by a key that is trusted here.

        Raises:
            InvalidError: it is no contract, of another organisation, or its signature does not hold.
            ConflictError: there is a contract of that name.
        """
        contract = contract_in(organisation, data)
        fault = self._seals.fault(organisation, contract)
        if fault:
            raise InvalidError(fault, place=f"contract {contract.id}")
        check_terms(contract, self._now())
        await self._put(organisation, contract, actor)
        return contract

    async def fault(self, organisation: Organisation, contract: Contract) -> str:
        """Return why the signature of *contract* does not hold; empty when it does."""
        return self._seals.fault(organisation, contract)

    async def all(self, organisation: Organisation) -> Sequence[ContractState]:
        """Return all contracts by name, also those that were withdrawn or ended."""
        from_store = await self._records(organisation)
        return [self._state(organisation, record) for record in from_store]

    async def get(self, organisation: Organisation, name: str) -> ContractState:
        """Return one contract.

        Raises:
            NotFoundError: there is none of that name.
        """
        for record in await self._records(organisation):
            if record.name == name:
                return self._state(organisation, record)
        raise NotFoundError(f"no contract is called {name[:80]!r}")

    async def withdraw(self, organisation: Organisation, name: str, *, actor: str, why: str = "") -> None:
        """Let a contract count no more: what it alone allowed is refused from now on.

        Raises:
            NotFoundError: there is none of that name.
        """
        state = await self.get(organisation, name)
        edit = Edit(actor=actor, why=why or "withdrawn", key=state.contract.key, status=Status.EXCLUDED)
        await self._surface.edit(organisation, [edit])

    async def _records(self, organisation: Organisation) -> list[Record]:
        query = Query(kinds=(Contract.kind,), limit=PAGE_LIMIT, everything=True)
        page = await self._surface.store.find(organisation, query)
        return sorted(
            (one for one in page.items if isinstance(one.entity, Contract) and "status" in one.decided),
            key=lambda one: one.name,
        )

    def _state(self, organisation: Organisation, record: Record) -> ContractState:
        contract = record.entity
        assert isinstance(contract, Contract)
        return ContractState(
            contract=contract,
            status=record.status.value,
            fault=self._seals.fault(organisation, contract),
            refusal=_refusal(contract, record.status, self._now()),
        )

    async def _put(self, organisation: Organisation, contract: Contract, actor: str) -> None:
        edit = Edit(actor=actor, why="signed", entity=contract, status=Status.ACTIVE, if_revision=0)
        try:
            await self._surface.edit(organisation, [edit])
        except ConflictError:
            raise ConflictError(
                f"there is a contract {contract.id} already: what is signed does not change"
            ) from None


def check_terms(contract: Contract, now: datetime) -> None:
    """Refuse terms that are not whole, or that ended already.

    Raises:
        InvalidError: the place names what is missing.
    """
    if not contract.authorised_by.strip():
        raise InvalidError("says who authorised it", place="authorised_by")
    if not contract.allow:
        raise InvalidError("names what may be looked at", place="allow")
    if not contract.touch:
        raise InvalidError("names at least one level", place="touch")
    if contract.valid_until is None or contract.valid_until <= now:
        raise InvalidError("says when it ends, and that is to come", place="valid_until")
    if contract.valid_from is not None and contract.valid_from >= contract.valid_until:
        raise InvalidError("is not before valid_until", place="valid_from")
    for window in contract.windows:
        read_window(window)


def _refusal(contract: Contract, status: Status, now: datetime) -> str:
    if status is not Status.ACTIVE:
        return "it was withdrawn"
    if contract.valid_from is not None and now < contract.valid_from:
        return "it has not begun"
    if contract.valid_until is not None and now >= contract.valid_until:
        return "it has ended"
    if contract.windows and not any(read_window(text).holds(now) for text in contract.windows):
        return "not at this hour"
    return ""
