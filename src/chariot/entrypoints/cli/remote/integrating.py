"""Integrations of a server. See `chariot.entrypoints.cli.services.Integrations`."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from chariot.entrypoints.cli.remote.connection import Connection
from chariot.entrypoints.cli.remote.records import record_of
from chariot.model.keys import Organisation
from chariot.model.kinds.integration import Integration
from chariot.model.records import Record
from chariot.modules.integrations.service import Result
from chariot.modules.surface.query import PAGE_LIMIT

_Plain = dict[str, Any]
_LIST = "/api/v1/integrations"
_ONE = "/api/v1/integrations/{label}"
_STATED = ("type", "address", "options", "secret", "every_minutes", "enabled")
_LOOK_S = 0.5


class RemoteIntegrations:
    """See `Integrations`. Runs are the server's; its workers do them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def list(self, organisation: Organisation) -> Sequence[tuple[Record, Integration]]:  # noqa: ARG002 - the connection's
        """See `IntegrationService.list`."""
        page = await self._connection.page(_Plain, _LIST, query={"limit": PAGE_LIMIT})
        return [_read(flat) for flat in page.items]

    async def put(self, organisation: Organisation, integration: Integration, *, actor: str) -> None:  # noqa: ARG002 - the server knows who asks
        """See `IntegrationService.put`."""
        body = {name: getattr(integration, name) for name in _STATED}
        await self._connection.call(_Plain, "PUT", _ONE, integration.label, body=body)

    async def test(self, organisation: Organisation, label: str) -> str:  # noqa: ARG002 - the connection's
        """See `IntegrationService.test`."""
        told = await self._connection.call(_Plain, "POST", f"{_ONE}/test", label)
        return str(told["said"])

    async def run(self, organisation: Organisation, label: str) -> Result:  # noqa: ARG002 - the connection's
        """See `IntegrationService.run`; a worker of the server runs it, and its end is waited for."""
        before = await self._last_run(label)
        await self._connection.call(_Plain, "POST", f"{_ONE}/run", label)
        while True:
            ran = await self._get(label)
            if ran.last_run_at != before:
                break
            await asyncio.sleep(_LOOK_S)
        return Result(label=label, outcome=ran.last_outcome, message=ran.last_message, counts=ran.last_counts)

    async def end(self, organisation: Organisation, label: str, *, actor: str) -> None:  # noqa: ARG002 - the server knows who asks
        """See `IntegrationService.end`."""
        await self._connection.call(_Plain, "DELETE", _ONE, label)

    async def _get(self, label: str) -> Integration:
        return _read(await self._connection.call(_Plain, "GET", _ONE, label))[1]

    async def _last_run(self, label: str) -> datetime | None:
        return (await self._get(label)).last_run_at


def _read(flat: _Plain) -> tuple[Record, Integration]:
    record = record_of(flat)
    assert isinstance(record.entity, Integration)
    return record, record.entity
