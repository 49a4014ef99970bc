"""The lab, running: every listener of a world in this process, and the profile that a scan of it needs."""

import asyncio
import datetime as dt
import resource
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self

import msgspec

from chariot.errors import ConfigurationError
from chariot.lab.banners import greeter
from chariot.lab.ca import authority_pem
from chariot.lab.connections import MAX_CONNECTIONS, Connections, cannot_listen
from chariot.lab.dns import NameServer
from chariot.lab.neighbour import CONTACTS_FILE, Neighbour
from chariot.lab.profile import AUTHORITY_FILE, LabProfile, write_profile
from chariot.lab.synthetic import world_of
from chariot.lab.web import tls_context, web_server
from chariot.lab.wire import faulty, speaker
from chariot.lab.world import (
    BannerService,
    FaultyService,
    Ports,
    Service,
    WebService,
    WireService,
    World,
)

CONTACTS_PAUSE_S = 0.5
OTHER_FILES = 256
"""Files that the process has open besides the lab's sockets."""


class LabSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What a lab may be told."""

    port_offset: int = 0
    """Added to every port number, so that labs can run side by side."""
    size: int = 0
    """How many hosts the made-up internet has; 0 is the small perimeter."""
    directory: Path | None = None
    """Where the authority's certificate is kept for clients; None is a folder that ends with the lab."""


def _utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class Lab:
    """A world that answers while the `async with` block lasts.

    Raises:
        ConfigurationError: on entry, when a port is taken or an address is missing; nothing stays open then.
        InvalidError: the offset moves a port out of its range.
    """

    def __init__(
        self,
        settings: LabSettings | None = None,
        *,
        world: World | None = None,
        now: Callable[[], dt.datetime] = _utc_now,
    ) -> None:
        self._settings = settings or LabSettings()
        self._world = world if world is not None else world_of(self._settings.size)
        self._ports = Ports.shifted(self._settings.port_offset)
        self._stack = AsyncExitStack()
        self._profile: LabProfile | None = None
        self.neighbour = Neighbour(now=now)

    @property
    def profile(self) -> LabProfile:
        """What a scan of this lab needs to know.

        Raises:
            ConfigurationError: the lab is not running.
        """
        if self._profile is None:
            raise ConfigurationError("the lab is not running: use `async with Lab() as lab`")
        return self._profile

    async def __aenter__(self) -> Self:
        _allow_sockets(self._world)
        async with AsyncExitStack() as stack:
            connections = Connections()
            stack.push_async_callback(connections.close)
            await self._open_name_servers(connections, stack)
            await self._open_hosts(connections)
            await self._open_neighbours(connections, stack)
            self._profile = self._written_profile(stack)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._profile = None
        await self._stack.aclose()

    async def _open_name_servers(self, connections: Connections, stack: AsyncExitStack) -> None:
        name_server = NameServer(self._world.zones)
        for address in (self._world.resolver, *self._world.name_servers):
            await connections.listen(address, self._ports.dns, name_server.serve)
            await _open_datagrams(stack, name_server.datagrams, address, self._ports.dns)

    async def _open_hosts(self, connections: Connections) -> None:
        for host in self._world.hosts:
            for service in host.services:
                await self._open_service(connections, host.address, service)

    async def _open_service(self, connections: Connections, address: str, service: Service) -> None:
        port = self._ports.of(service.role)
        match service:
            case WebService(role="https"):
                handler = web_server(service, self._ports)
                await connections.listen(address, port, handler, tls=tls_context(service))
            case WebService():
                await connections.listen(address, port, web_server(service, self._ports))
            case BannerService():
                await connections.listen(address, port, greeter(service))
            case WireService():
                await connections.listen(address, port, speaker(service))
            case FaultyService():
                await connections.listen(address, port, faulty(service))

    async def _open_neighbours(self, connections: Connections, stack: AsyncExitStack) -> None:
        neighbour = self.neighbour
        for address in self._world.neighbours:
            for port in (*self._ports.probed(self._world), self._ports.dns):
                await connections.listen(address, port, neighbour.serve)
                await _open_datagrams(stack, _remembering(neighbour, address, port), address, port)

    def _written_profile(self, stack: AsyncExitStack) -> LabProfile:
        folder = self._settings.directory
        if folder is None:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="chariot-lab-")))
        ca_file = (folder / AUTHORITY_FILE).resolve()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            ca_file.write_bytes(authority_pem())
        except OSError as error:
            raise ConfigurationError(f"the lab cannot write {ca_file}: {error.strerror}") from error
        return LabProfile(
            seeds=self._world.seeds,
            resolver=f"{self._world.resolver}:{self._ports.dns}",
            ports=self._ports.probed(self._world),
            ca_file=ca_file,
            port_offset=self._settings.port_offset,
            size=self._settings.size,
        )


def _allow_sockets(world: World) -> None:
    """Let this process open as many sockets as the world needs.

    Raises:
        ConfigurationError: the system forbids it.
    """
    listeners = sum(len(host.services) for host in world.hosts)
    neighbours = 2 * len(world.neighbours) * (len(world.roles) + 1)
    needed = listeners + neighbours + MAX_CONNECTIONS + OTHER_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < needed:
        if hard != resource.RLIM_INFINITY and hard < needed:
            raise ConfigurationError(
                f"a lab of this size needs {needed:,} open files, and this system allows {hard:,}: "
                "choose a smaller --size, or raise the limit (ulimit -Hn)"
            )
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))


def _remembering(neighbour: Neighbour, address: str, port: int) -> Callable[[], asyncio.DatagramProtocol]:
    return lambda: neighbour.datagrams(address, port)


async def _open_datagrams(
    stack: AsyncExitStack, protocol: Callable[[], asyncio.DatagramProtocol], address: str, port: int
) -> None:
    try:
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            protocol, local_addr=(address, port)
        )
    except OSError as error:
        raise cannot_listen(error, address, port) from error
    stack.callback(transport.close)


async def serve(
    profile_dir: Path,
    settings: LabSettings | None = None,
    *,
    on_ready: Callable[[LabProfile, Path], None] | None = None,
) -> None:
    """Run the lab until cancelled, with its profile in *profile_dir* as `lab.toml`.

    *on_ready* gets the profile and the file's path once every port listens. The file stays when the lab ends,
    because its score may be asked for later.
    """
    settings = msgspec.structs.replace(settings or LabSettings(), directory=profile_dir)
    async with Lab(settings) as lab:
        path = write_profile(lab.profile, profile_dir)
        if on_ready is not None:
            on_ready(lab.profile, path)
        await _tell_contacts(lab.neighbour, profile_dir / CONTACTS_FILE)


async def _tell_contacts(neighbour: Neighbour, path: Path) -> None:
    """Keep the file *path* up to date with who called the neighbours, until cancelled."""
    written = -1
    while True:
        if neighbour.contact_count != written:
            written = neighbour.contact_count
            neighbour.write_contacts(path)
        await asyncio.sleep(CONTACTS_PAUSE_S)
