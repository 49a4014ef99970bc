"""`chariot serve`: the API on this machine, with the pipeline beside it."""

from typing import TYPE_CHECKING

import click

from chariot.entrypoints.cli.invocation import Invocation, global_options, pass_invocation

if TYPE_CHECKING:
    from chariot.application import Application


@click.command("serve")
@click.option("--host", default="", help="Loopback address to listen on.")
@click.option("--port", type=click.IntRange(1, 65_535), default=None, help="Port to listen on.")
@global_options
@pass_invocation
def serve_command(invocation: Invocation, host: str, port: int | None) -> None:
    """Serve the API and work on what comes in, until Ctrl-C."""
    invocation.run(lambda application: _serve(invocation, application, host, port))


async def _serve(invocation: Invocation, application: "Application", host: str, port: int | None) -> None:
    import asyncio

    from chariot.entrypoints.cli.scanning import interruptions, running_pipeline
    from chariot.entrypoints.rest.server import running
    from chariot.entrypoints.rest.wiring import rest_services

    settings = application.settings
    services = rest_services(application)
    interrupted = asyncio.Event()
    with interruptions(interrupted):
        async with (
            running_pipeline(application) as work,
            running(services, host or settings.api_host, port or settings.api_port) as address,
        ):
            _announce(invocation, address)
            stop = asyncio.create_task(interrupted.wait())
            await asyncio.wait({stop, work}, return_when=asyncio.FIRST_COMPLETED)
            stop.cancel()


def _announce(invocation: Invocation, address: str) -> None:
    output = invocation.output
    if output.as_json:
        output.event({"address": address})
        return
    output.line(f"the API answers at {address}/api/v1; Ctrl-C ends it")
    output.line(f"its description: {address}/api/v1/openapi.json")
