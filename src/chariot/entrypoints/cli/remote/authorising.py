"""Contracts and the journal of a server. See `chariot.entrypoints.cli.services`."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from chariot.entrypoints.cli.remote.connection import Connection
from chariot.entrypoints.cli.remote.records import converted
from chariot.model.keys import Organisation
from chariot.model.kinds.scope import Contract
from chariot.modules.discovery.contracting import ContractState, check_terms, contract_in, document_of
from chariot.modules.discovery.journal import PAGE, Head, Row
from chariot.modules.discovery.journal_lines import JournalLine, kept

_Plain = dict[str, Any]
_CONTRACTS = "/api/v1/scope/contracts"
_JOURNAL = "/api/v1/scope/journal"
_ABOUT = frozenset({"status", "fault", "refusal"})
"""What an answer says about a contract, beside its terms and its signature."""
_SIGNED = frozenset({"signing_key", "signature"})


class RemoteContracts:
    """See `Contracts`. The key that signs is the server's."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def all(self, organisation: Organisation) -> Sequence[ContractState]:  # noqa: ARG002 - the connection's
        """See `ContractService.all`."""
        found = await self._connection.call(list[_Plain], "GET", _CONTRACTS)
        return [_state(one) for one in found]

    async def get(self, organisation: Organisation, name: str) -> ContractState:  # noqa: ARG002 - the connection's
        """See `ContractService.get`."""
        return _state(await self._connection.call(_Plain, "GET", f"{_CONTRACTS}/{{contract}}", name))

    async def sign(self, organisation: Organisation, contract: Contract, *, actor: str) -> Contract:  # noqa: ARG002 - the server knows who asks
        """See `ContractService.sign`."""
        check_terms(contract, datetime.now(UTC))
        plain: _Plain = msgspec.to_builtins(contract)
        body = {name: value for name, value in plain.items() if name not in {*_SIGNED, "kind"}}
        made = await self._connection.call(_Plain, "POST", _CONTRACTS, body=body, repeatable=True)
        return _state(made).contract

    async def take_in(self, organisation: Organisation, data: bytes, *, actor: str) -> Contract:  # noqa: ARG002 - the server knows who asks
        """See `ContractService.take_in`."""
        contract_in(organisation, data)
        made = await self._connection.call(
            _Plain, "POST", f"{_CONTRACTS}/documents", body=msgspec.json.decode(data), repeatable=True
        )
        return _state(made).contract

    async def fault(self, organisation: Organisation, contract: Contract) -> str:
        """See `ContractService.fault`."""
        body = msgspec.json.decode(document_of(organisation, contract))
        told = await self._connection.call(_Plain, "POST", f"{_CONTRACTS}/verification", body=body)
        return str(told["fault"])

    async def withdraw(self, organisation: Organisation, name: str, *, actor: str, why: str = "") -> None:  # noqa: ARG002 - the server knows who asks
        """See `ContractService.withdraw`."""
        asked = {"why": why} if why else None
        path = f"{_CONTRACTS}/{{contract}}/withdraw"
        await self._connection.call(_Plain, "POST", path, name, query=asked, repeatable=True)


def _state(item: Mapping[str, Any]) -> ContractState:
    terms = {name: value for name, value in item.items() if name not in _ABOUT}
    about = {name: str(item[name]) for name in _ABOUT}
    return ContractState(contract=converted({"kind": Contract.kind, **terms}, Contract), **about)


class RemoteJournal:
    """See `JournalReader`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def rows(
        self,
        organisation: Organisation,  # noqa: ARG002 - the connection's
        *,
        after: int,
        limit: int,
        address: str = "",
    ) -> Sequence[Row]:
        """See `JournalReader.rows`."""
        found: list[Row] = []
        while len(found) < limit:
            most = min(PAGE, limit - len(found))
            asked: _Plain = {"after": after, "limit": most, "address": address or None}
            lines = await self._connection.call(list[JournalLine], "GET", _JOURNAL, query=asked)
            found += [Row(one.number, kept(one), bytes.fromhex(one.hash)) for one in lines]
            if len(lines) < most:
                break
            after = lines[-1].number
        return found

    async def head(self, organisation: Organisation) -> Head:  # noqa: ARG002 - the connection's
        """See `JournalReader.head`."""
        told = await self._connection.call(_Plain, "GET", f"{_JOURNAL}/head")
        return Head(
            int(told["number"]),
            bytes.fromhex(told["hash"]),
            int(told["start"]),
            bytes.fromhex(told["start_hash"]),
        )
