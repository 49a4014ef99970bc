"""One run of the command line: its global options, and the way to the application."""

import os
import shlex
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from chariot.entrypoints.cli.terminal import Output

if TYPE_CHECKING:
    from chariot.application import Application
    from chariot.settings import Settings

_LOG_LEVELS = (30, 20, 10)
"""Warnings, then also what happens, then everything; the numbers are those of `logging`."""

T = TypeVar("T")
Command = TypeVar("Command", bound=Callable[..., Any])
Opener = Callable[["Settings"], AbstractAsyncContextManager["Application"]]


class Invocation:
    """What every command receives."""

    def __init__(
        self,
        *,
        opener: Opener | None = None,
        output: Output | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.output = output or Output()
        self.now = now
        self.config = Path(os.environ["CHARIOT_CONFIG"]) if os.environ.get("CHARIOT_CONFIG") else None
        self.home = ""
        self.organisation = ""
        self.verbose = 0
        self._opener = opener

    @property
    def command(self) -> str:
        """What to type to run another command with the same data."""
        chosen = (("--config", self.config), ("--home", self.home), ("--organisation", self.organisation))
        return shlex.join(
            ["chariot", *(word for name, value in chosen if value for word in (name, str(value)))]
        )

    def settings(self) -> "Settings":
        """Return the settings: file and environment, then the options of this run.

        Raises:
            ConfigurationError: the file cannot be read, or a setting is wrong.
        """
        import msgspec

        from chariot.settings import load_settings

        chosen = {
            name: value for name, value in (("home", self.home), ("organisation", self.organisation)) if value
        }
        return msgspec.structs.replace(load_settings(self.config), **chosen)

    def open(self) -> AbstractAsyncContextManager["Application"]:
        """Return the application, to be entered; from here on, logs go to standard error, made harmless."""
        from chariot.entrypoints.cli.terminal import LogStream
        from chariot.telemetry import configure_logging

        # A person reads the command's own words; the log speaks up only when something is wrong.
        level = _LOG_LEVELS[min(self.verbose, len(_LOG_LEVELS) - 1)]
        configure_logging(json=self.output.as_json, level=level, stream=LogStream())
        if self._opener is not None:
            return self._opener(self.settings())
        from chariot.bootstrap import open_application

        return open_application(self.settings())

    def run(self, work: Callable[["Application"], Awaitable[T]]) -> T:
        """Run *work* with an open application, and close it."""

        async def whole() -> T:
            async with self.open() as application:
                return await work(application)

        import asyncio

        return asyncio.run(whole())


pass_invocation = click.make_pass_decorator(Invocation, ensure=True)


def _invocation(context: click.Context) -> Invocation:
    return context.ensure_object(Invocation)


def _set_json(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value:
        _invocation(context).output.as_json = True


def _set_config(context: click.Context, _parameter: click.Parameter, value: Path | None) -> None:
    if value is not None:
        _invocation(context).config = value


def _set_text(context: click.Context, parameter: click.Parameter, value: str) -> None:
    if value and parameter.name:
        setattr(_invocation(context), parameter.name, value)


def global_options(function: Command) -> Command:
    """Give a command the options that mean the same before and after its name."""
    hidden = function.__name__ != "cli"
    decorators: tuple[Callable[[Any], Any], ...] = (
        click.option("--json", is_flag=True, expose_value=False, callback=_set_json, help="Write JSON."),
        click.option(
            "--organisation",
            "organisation",
            default="",
            expose_value=False,
            callback=_set_text,
            hidden=hidden,
            help="Work for this organisation.",
        ),
        click.option(
            "--home",
            default="",
            expose_value=False,
            callback=_set_text,
            hidden=hidden,
            help="Folder for data.",
        ),
        click.option(
            "--config",
            type=click.Path(path_type=Path),
            expose_value=False,
            callback=_set_config,
            hidden=hidden,
            help="Settings as a TOML file, such as the lab.toml of `chariot lab`.",
        ),
    )
    for decorator in decorators:
        function = decorator(function)
    return function


of_option = click.option(
    "--of",
    default="",
    metavar="ORGANISATION",
    help="Only the database that this organisation has for itself.",
)


def actor() -> str:
    """Return who decides here, as history remembers it."""
    import getpass

    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError, ImportError):
        return "cli"
