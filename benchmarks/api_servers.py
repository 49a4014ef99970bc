"""The servers that `benchmarks.api` measures, each in a process of its own: `python -m benchmarks.api_servers NAME …`.

`chariot` is the product with all protections on; `empty` the same server with a handler that answers a constant;
`usual` the same three routes written the usual way, with pydantic models, a token check and an ORM, on uvicorn; `tuned`
the same with SQL by hand.
"""

import asyncio
import logging
import sys
from pathlib import Path
from typing import Any

ORGANISATION = "default"
TOKEN = "chariot_a-token-for-the-benchmark-alone-0123456789"
_WIDE = 10**9


async def chariot(port: int, folder: Path) -> None:
    """Serve the API over the store in *folder*."""
    import msgspec

    from chariot.bootstrap import open_application
    from chariot.entrypoints.cli.start import collect_seldom
    from chariot.entrypoints.rest.server import running
    from chariot.entrypoints.rest.services import RestLimits
    from chariot.entrypoints.rest.wiring import rest_services
    from chariot.settings import Settings
    from chariot.telemetry import configure_logging

    collect_seldom()  # as the program does
    configure_logging(json=True, level=logging.WARNING)  # as `chariot serve` does unless it is asked for more
    # Every bucket is taken from; it only never runs dry.
    limits = RestLimits(
        requests_per_s=_WIDE,
        burst=_WIDE,
        address_requests_per_s=_WIDE,
        address_burst=_WIDE,
        organisation_requests_per_s=_WIDE,
        organisation_burst=_WIDE,
    )
    async with open_application(Settings(home=str(folder))) as application:
        services = msgspec.structs.replace(rest_services(application), limits=limits)
        async with running(services, "127.0.0.1", port):
            await asyncio.Event().wait()


async def empty(port: int, _folder: Path) -> None:
    """Answer a constant, from the server as it is set up for the product."""
    from chariot.entrypoints.cli.start import collect_seldom
    from chariot.entrypoints.rest.server import TURN_S, server_of

    collect_seldom()
    start = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]}
    body = {"type": "http.response.body", "body": b"{}"}

    async def app(scope: Any, _receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await send(start)
            await send(body)

    sys.setswitchinterval(TURN_S)
    await server_of(app, "127.0.0.1", port).serve()


async def usual(port: int, folder: Path) -> None:
    """Serve the same three routes as they are usually written, over what the store in *folder* holds."""
    from benchmarks.api_usual import make_app

    await _on_uvicorn(make_app(folder), port)


async def tuned(port: int, folder: Path) -> None:
    """Serve the same three routes in SQL by hand; each reads and writes the same store."""
    from benchmarks.api_fastapi import make_app

    await _on_uvicorn(make_app(folder), port)


async def _on_uvicorn(app: Any, port: int) -> None:
    import uvicorn

    config = uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning", access_log=False)
    await uvicorn.Server(config).serve()


def main() -> None:
    """Run one server until it is killed."""
    name, port, folder = sys.argv[1:4]
    servers = {"chariot": chariot, "empty": empty, "usual": usual, "tuned": tuned}
    try:
        import uvloop
    except ModuleNotFoundError:
        asyncio.run(servers[name](int(port), Path(folder)))
    else:
        uvloop.run(servers[name](int(port), Path(folder)))


if __name__ == "__main__":
    main()
