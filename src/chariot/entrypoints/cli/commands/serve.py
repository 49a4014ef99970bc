"""`chariot serve`: the API on this machine, with the pipeline beside it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import click

from chariot.entrypoints.cli.invocation import Invocation, global_options, pass_invocation

if TYPE_CHECKING:
    import asyncio

    from chariot.application import Application
    from chariot.entrypoints.dashboard.pages import Pages


@click.command("serve")
@click.option("--host", default="", help="Loopback address to listen on.")
@click.option("--port", type=click.IntRange(1, 65_535), default=None, help="Port to listen on.")
@click.option(
    "--with-workers/--without-workers",
    "workers",
    default=None,
    help="Whether the pipeline runs beside the API; by default when the store is SQLite.",
)
@global_options
@pass_invocation
def serve_command(invocation: Invocation, host: str, port: int | None, workers: bool | None) -> None:
    """Serve the dashboard and the API and work on what comes in, until Ctrl-C."""
    # Passkeys and links belong to the port that this server really has.
    invocation.api_port = port or 0
    invocation.run(lambda application: serve_application(invocation, application, host, workers=workers))


async def serve_application(
    invocation: Invocation,
    application: "Application",
    host: str = "",
    *,
    workers: bool | None = None,
) -> None:
    """Serve until Ctrl-C; what is not said is as the settings say."""
    import asyncio
    from contextlib import AsyncExitStack

    from chariot.entrypoints.cli.scanning import interruptions, running_pipeline
    from chariot.entrypoints.dashboard.pages import Pages
    from chariot.entrypoints.rest.server import running
    from chariot.entrypoints.rest.tokens import ensure_token
    from chariot.entrypoints.rest.wiring import rest_services

    settings = application.settings
    services = rest_services(application)
    pages = Pages(ensure_token(settings.home_path))
    interrupted = asyncio.Event()
    waited: list[asyncio.Task[Any]] = []
    with interruptions(interrupted):
        async with AsyncExitStack() as stack:
            if settings.is_embedded if workers is None else workers:
                waited.append(await stack.enter_async_context(running_pipeline(application)))
                waited.append(await stack.enter_async_context(running_schedule(application)))
            address = await stack.enter_async_context(
                running(services, host or settings.api_host, settings.api_port, front=pages.before)
            )
            _announce(invocation, address, pages)
            stop = asyncio.create_task(interrupted.wait())
            await asyncio.wait({stop, *waited}, return_when=asyncio.FIRST_COMPLETED)
            stop.cancel()


@asynccontextmanager
async def running_schedule(application: "Application") -> AsyncIterator["asyncio.Task[None]"]:
    """Do periodic work beside the block, unless another process does; its failure is raised here."""
    import asyncio

    from chariot.modules.work.leases import Guard
    from chariot.modules.work.owners import this_owner
    from chariot.modules.work.scheduler import LEASE

    stop = asyncio.Event()
    guard = Guard(application.leases, LEASE, this_owner())
    keeping = asyncio.create_task(guard.run(application.scheduler.run, stop))
    try:
        yield keeping
    finally:
        stop.set()
        await keeping


def _announce(invocation: Invocation, address: str, pages: "Pages") -> None:
    from chariot.entrypoints.rest.tokens import FILE_NAME

    output = invocation.output
    if output.as_json:
        output.event({"address": address})
        return
    if pages.are_built:
        output.line(
            f"open the dashboard: {pages.link(address)}   (the link signs in once, within 15 minutes)"
        )
    else:
        output.line("the dashboard was not built: it needs Node.js 20 or newer, then `make ui`")
    output.line(f"the API answers at {address}/api/v1; Ctrl-C ends it")
    output.line(f"its description: {address}/api/v1/openapi.json")
    output.line(f"its token is in {invocation.settings().home_path / FILE_NAME}")
