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
    from chariot.entrypoints.cli.remote.application import RemoteApplication
    from chariot.entrypoints.cli.services import Services
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
        self.api_port = 0
        self.server = ""
        self.profile = ""
        self.local = False
        self.verbose = 0
        self._opener = opener

    @property
    def command(self) -> str:
        """What to type to run another command with the same data."""
        chosen = (
            ("--config", self.config),
            ("--home", self.home),
            ("--server", self.server),
            ("--profile", self.profile),
            ("--organisation", self.organisation),
        )
        return shlex.join(
            ["chariot", *(word for name, value in chosen if value for word in (name, str(value)))]
        )

    @property
    def is_remote(self) -> bool:
        """Whether a server is meant, and not the data of this machine."""
        if self.local:
            return False
        if self.server or self.profile:
            return True
        if any(os.environ.get(name) for name in ("CHARIOT_SERVER", "CHARIOT_PROFILE")):
            return True
        if not _has_profiles():
            return False
        from chariot.entrypoints.cli.remote.connection import translated
        from chariot_client.profiles import Profiles

        with translated():
            return bool(Profiles().used)

    def stay(self) -> None:
        """Refuse what makes sense in this process only.

        Raises:
            InvalidError: a server is meant.
        """
        from chariot.errors import InvalidError

        if self.is_remote:
            context = click.get_current_context(silent=True)
            what = context.command_path if context else "chariot"
            raise InvalidError(
                f"`{what}` works on this machine's own data, not on a server's: leave --server out, or say --local"
            )

    def settings(self) -> "Settings":
        """Return the settings: file and environment, then the options of this run.

        Raises:
            InvalidError: a server is meant, which has its own; or no organisation can have that name.
            ConfigurationError: the file cannot be read, or a setting is wrong.
        """
        import msgspec

        from chariot.modules.access.names import organisation_name
        from chariot.settings import load_settings

        self.stay()
        chosen = {
            name: value
            for name, value in (
                ("home", self.home),
                ("organisation", self.organisation),
                ("api_port", self.api_port),
            )
            if value
        }
        settings = msgspec.structs.replace(load_settings(self.config), **chosen)
        return msgspec.structs.replace(
            settings, organisation=organisation_name(settings.organisation, place="organisation")
        )

    def open(self) -> AbstractAsyncContextManager["Application"]:
        """Return the application, to be entered; from here on, logs go to standard error, made harmless."""
        self._log()
        if self._opener is not None:
            return self._opener(self.settings())
        from chariot.bootstrap import open_application

        return open_application(self.settings())

    def _log(self) -> None:
        from chariot.entrypoints.cli.terminal import LogStream
        from chariot.telemetry import configure_logging

        # A person reads the command's own words; the log speaks up only when something is wrong.
        level = _LOG_LEVELS[min(self.verbose, len(_LOG_LEVELS) - 1)]
        configure_logging(json=self.output.as_json, level=level, stream=LogStream())

    def run(self, work: Callable[["Application"], Awaitable[T]]) -> T:
        """Run *work* with an open application, and close it."""

        async def whole() -> T:
            async with self.open() as application:
                _tell(application)
                return await work(application)

        import asyncio

        return asyncio.run(whole())

    def ask(self, work: Callable[["Services"], Awaitable[T]]) -> T:
        """Run *work* with the services of the server that is meant, or of this process."""
        return self.at_server(work) if self.is_remote else self.run(work)

    def at_server(self, work: Callable[["RemoteApplication"], Awaitable[T]], *, token: str = "") -> T:
        """Run *work* with the server that is meant; *token* comes before all that are kept."""
        self._log()
        from chariot.entrypoints.cli.remote.application import open_remote

        organisation = self.organisation or os.environ.get("CHARIOT_ORGANISATION", "")

        async def whole() -> T:
            async with open_remote(self.server, self.profile, organisation, token) as remote:
                return await work(remote)

        import asyncio

        return asyncio.run(whole())


def _tell(application: "Application") -> None:
    """Tell the audit log which command is run, and by whom; what it changes is told where it is changed."""
    from chariot.modules.audit.entries import Entry

    context = click.get_current_context(silent=True)
    words = context.command_path.split()[1:] if context is not None else []
    application.audit.note(
        Entry(
            organisation=application.organisation, actor=actor(), action=f"command:{'-'.join(words) or 'run'}"
        )
    )


def _has_profiles() -> bool:
    # Who has no home folder, or may not look into it, has no profiles either; the data folder is asked for later.
    try:
        folder = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
        return (Path(folder) / "chariot" / "profiles.json").exists()
    except (PermissionError, RuntimeError):
        return False


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
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise click.BadParameter("is not UTF-8", context, parameter) from error
    if value and parameter.name:
        setattr(_invocation(context), parameter.name, value)


def _set_local(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value:
        _invocation(context).local = True


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
        click.option(
            "--local",
            is_flag=True,
            expose_value=False,
            callback=_set_local,
            hidden=hidden,
            help="This machine's own data, whatever profile is in use.",
        ),
        click.option(
            "--profile",
            default="",
            expose_value=False,
            callback=_set_text,
            hidden=hidden,
            help="Work on the server of this profile.",
        ),
        click.option(
            "--server",
            default="",
            metavar="URL",
            expose_value=False,
            callback=_set_text,
            hidden=hidden,
            help="Work on this server; its token is in CHARIOT_TOKEN or in a profile.",
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
