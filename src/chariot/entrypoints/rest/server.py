"""Serving the API inside a running event loop, beside the pipeline, on granian."""

import asyncio
import gc
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from ipaddress import ip_address

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server

from chariot.entrypoints.rest.app import create_app
from chariot.entrypoints.rest.edge import AsgiApp, Edge, Receive, Scope, Send
from chariot.entrypoints.rest.proxies import behind_proxies
from chariot.entrypoints.rest.services import RestServices
from chariot.errors import ConfigurationError, UnavailableError

Front = Callable[[AsgiApp], AsgiApp]
"""What stands before the API, such as the dashboard's files."""

_START_S = 5.0
_POLL_S = 0.01
_BACKLOG = 1_024
_CONNECTIONS = 8_192
"""The most connections that are served at a time, live ones among them; more wait outside."""
_STOP_LOOK_S = 0.1
_STOP_S = 5.0
"""How long a stop waits for clients that read nothing any more."""
_HEADER_LIMIT_BYTES = 65_536
_HEADER_TIMEOUT_MS = 10_000
TURN_S = 0.000_5
"""How long a thread keeps the interpreter from others that wait for it. The server hands each request over in a thread
of its own, which by default would wait ten times as long for its turn: answers from memory are a fifth fewer then."""


async def serve(services: RestServices, host: str, port: int) -> None:
    """Serve until the task is cancelled; see `running` for what it raises."""
    async with running(services, host, port):
        await asyncio.Event().wait()


@asynccontextmanager
async def running(
    services: RestServices, host: str, port: int, *, front: Front = lambda api: api
) -> AsyncIterator[str]:
    """Serve the API, behind *front*, while the block runs; gives its address once it accepts connections.

    Only a loopback address is taken: the API speaks plain HTTP.

    Raises:
        ConfigurationError: *host* is not a loopback address, or the port is taken or not ours to take.
        UnavailableError: the server ended by itself, or did not start.
    """
    _check(host, port)
    app = create_app(services)
    server = server_of(behind_proxies(_ahead(app, front), services.proxies), host, port)
    caller = asyncio.current_task()
    assert caller is not None  # A context manager is entered by some task.
    serving = asyncio.create_task(server.serve(), name="api")
    stopping = False
    turn_s = sys.getswitchinterval()
    sys.setswitchinterval(TURN_S)

    def ended(_task: asyncio.Task[None]) -> None:
        # Whoever waits inside the block must not wait on for a server that is gone.
        if not stopping:
            caller.cancel()

    serving.add_done_callback(ended)
    try:
        await _accepting(serving, host, port)
        # What there is before the first request stays until the end: the collector need not walk through it each time.
        gc.freeze()
        yield f"http://{f'[{host}]' if ':' in host else host}:{port}"
    except asyncio.CancelledError:
        if serving.done():
            raise UnavailableError("the API server ended by itself") from None
        raise
    finally:
        stopping = True
        sys.setswitchinterval(turn_s)
        gc.unfreeze()
        server.stop()  # type: ignore[no-untyped-call]  # granian leaves this method untyped
        await _stopped(serving, app)


def server_of(app: AsgiApp, host: str, port: int) -> Server:
    """Return what serves *app*, with the limits of connections and of headers."""
    return Server(
        app,
        host,
        port,
        interface=Interfaces.ASGINL,
        http=HTTPModes.http1,
        websockets=True,
        backlog=_BACKLOG,
        backpressure=_CONNECTIONS,
        http1_settings=HTTP1Settings(
            header_read_timeout=_HEADER_TIMEOUT_MS, max_buffer_size=_HEADER_LIMIT_BYTES
        ),
        log_enabled=False,
    )


async def _stopped(serving: asyncio.Task[None], app: Edge) -> None:
    """Wait until the server has ended, and with it all that goes on by itself."""
    for _ in range(round(_STOP_S / _STOP_LOOK_S)):
        # A request that was under way may have begun to watch since.
        app.end_live()
        await asyncio.wait({serving}, timeout=_STOP_LOOK_S)
        if serving.done():
            await serving
            return
    # Somebody left what was sent unread; the system closes that connection with the process.
    serving.cancel()
    await asyncio.wait({serving})


def _ahead(edge: Edge, front: Front) -> AsgiApp:
    """Return the application whose answers from memory do not pass through *front*: it would change nothing in them."""
    behind, quick = front(edge), edge.quick
    if quick is None:
        return behind

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        found = quick.answer(scope) if scope["type"] == "http" else None
        if found is None:
            await behind(scope, receive, send)
            return
        await send(found[0])
        await send(found[1])

    return app


def _check(host: str, port: int) -> None:
    try:
        address = ip_address(host)
    except ValueError:
        raise ConfigurationError(
            f"the API listens on an address, not on {host[:80]!r}; use 127.0.0.1"
        ) from None
    if not address.is_loopback:
        raise ConfigurationError(
            f"the API speaks plain HTTP and listens on loopback only, not on {host}; put a proxy with TLS before it"
        )
    # The server shares its port with whoever binds it the same way, so a second one would take half of the requests.
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            reason = (getattr(error, "strerror", None) or str(error)).lower()
            raise ConfigurationError(
                f"the API cannot listen on {host} port {port}: {reason}; choose another with --port or `api_port`"
            ) from None


async def _accepting(serving: asyncio.Task[None], host: str, port: int) -> None:
    try:
        async with asyncio.timeout(_START_S):
            while True:
                try:
                    _, writer = await asyncio.open_connection(host, port)
                except OSError:
                    if serving.done():
                        raise UnavailableError("the API server did not start") from None
                    await asyncio.sleep(_POLL_S)
                else:
                    writer.close()
                    await writer.wait_closed()
                    return
    except TimeoutError:
        raise UnavailableError(f"the API server did not start within {_START_S:g} s") from None
