"""A server as the application that commands receive."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from chariot.entrypoints.cli.remote.asking import RemoteFeeds, RemoteGraph, RemoteQueues, scanners_of
from chariot.entrypoints.cli.remote.authorising import RemoteContracts, RemoteJournal
from chariot.entrypoints.cli.remote.connection import Connection, connected
from chariot.entrypoints.cli.remote.deciding import RemoteAlerts, RemoteRisks, RemoteScans, RemoteSurface
from chariot.entrypoints.cli.remote.files import RemoteImports, export_file
from chariot.entrypoints.cli.remote.integrating import RemoteIntegrations
from chariot.entrypoints.cli.remote.owning import RemoteOwnership
from chariot.entrypoints.cli.remote.store import RemoteStore
from chariot.entrypoints.cli.scanners import Scanner
from chariot.model.keys import Organisation
from chariot.modules.exchange.exports.service import ExportReport, ExportRequest
from chariot.settings import Settings


class RemoteApplication:
    """See `Services`."""

    def __init__(self, connection: Connection, user: str, organisation: Organisation) -> None:
        self.connection = connection
        self.user = user
        self.organisation = organisation
        self.settings = Settings()
        self.store = RemoteStore(connection)
        self.surface = RemoteSurface(connection)
        self.bus = RemoteQueues(connection)
        self.intel = RemoteFeeds(connection)
        self.scans = RemoteScans(connection)
        self.ownership = RemoteOwnership(connection)
        self.risk = RemoteRisks(connection)
        self.contracts = RemoteContracts(connection)
        self.journal = RemoteJournal(connection)
        self.integrations = RemoteIntegrations(connection)
        self.alerts = RemoteAlerts(connection)
        self.exchange = RemoteImports(connection)

    async def graph(self) -> RemoteGraph:
        """Return the graph of the server."""
        return RemoteGraph(self.connection)

    async def last_sequence(self) -> int:
        """Return the sequence of the newest change."""
        page = await self.connection.page(dict, "/api/v1/changes", query={"after": 2**53, "limit": 1})
        return int(page.meta.get("newest", 0))

    async def export_file(self, request: ExportRequest, file: str) -> ExportReport:
        """See `ExportService.export_file`; `-` is standard output."""
        return await export_file(self.connection, request, file)

    async def scanners(self) -> list[Scanner]:
        """Return the scanners that are installed there, by name."""
        return await scanners_of(self.connection)

    async def import_formats(self) -> list[tuple[str, str, str]]:
        """Return the formats that can be imported there: name, title, and a command that writes one."""
        found = await self.connection.call(list[dict[str, str]], "GET", "/api/v1/importformats")
        return [(one["format"], one["title"], one["written_by"]) for one in found]

    async def integration_types(self) -> list[dict[str, Any]]:
        """Return the types of integrations there: each with its title and the names of its options."""
        found = await self.connection.call(list[dict[str, Any]], "GET", "/api/v1/integrationtypes")
        return [{name: one[name] for name in ("type", "title", "options")} for one in found]

    async def export_formats(self) -> list[dict[str, str]]:
        """Return the formats that can be exported there."""
        return await self.connection.call(list[dict[str, str]], "GET", "/api/v1/exports")


@asynccontextmanager
async def open_remote(
    server: str, profile: str, organisation: str, token: str = ""
) -> AsyncIterator[RemoteApplication]:
    """Give a server as the application, having asked it who we are.

    Raises:
        ConfigurationError: no server or no token is known.
        DeniedError: it does not know the token.
    """
    async with connected(server, profile, organisation, token) as connection:
        session = await connection.call(dict, "GET", "/api/v1/session")
        yield RemoteApplication(connection, str(session["user"]), Organisation(str(session["organisation"])))
