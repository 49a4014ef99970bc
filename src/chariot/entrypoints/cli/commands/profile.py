"""`chariot login` and `chariot profile`: servers by name, each with its token."""

import sys
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from chariot.entrypoints.cli.invocation import Invocation, global_options, pass_invocation

if TYPE_CHECKING:
    from chariot.entrypoints.cli.remote.application import RemoteApplication

_TOKEN_LIMIT = 4_096


@click.command("login")
@click.option("--token-stdin", is_flag=True, help="Read the token from standard input.")
@click.option("--as", "name", default="", help="Name of the profile; by default the server's host.")
@global_options
@pass_invocation
def login_command(invocation: Invocation, token_stdin: bool, name: str) -> None:
    """Keep the token of the server at --server URL as a profile, and use it from now on.

    The server is asked first whether it knows the token.

    \b
    chariot login --server https://chariot.example.com --token-stdin < token
    """  # noqa: D301 - click's mark for lines that stay as they are
    from chariot.entrypoints.cli.remote.connection import translated
    from chariot_client.profiles import Profile, Profiles

    parts = urlsplit(invocation.server)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise click.UsageError("name the server: --server https://chariot.example.com")
    token = _token(token_stdin=token_stdin)
    chosen = name or parts.netloc.rpartition("@")[2]
    user, organisation = invocation.at_server(_who, token=token)
    with translated():
        Profiles().put(
            chosen, Profile(server=invocation.server, token=token, organisation=invocation.organisation)
        )
    output = invocation.output
    output.choose(
        {"profile": chosen, "server": invocation.server, "user": user, "organisation": organisation},
        lambda: output.line(f"{chosen}: {user} of {organisation}; commands work there from now on"),
    )


async def _who(remote: "RemoteApplication") -> tuple[str, str]:
    return remote.user, remote.organisation


def _token(*, token_stdin: bool) -> str:
    """Return the token that was written; it is never an argument, which other users could read."""
    read = sys.stdin.read(_TOKEN_LIMIT + 1) if token_stdin else click.prompt("Token", hide_input=True)
    token = read.strip()
    if not token or len(token) > _TOKEN_LIMIT or not token.isascii() or not token.isprintable():
        raise click.UsageError("that is no token")
    return str(token)


@click.group("profile")
def profile_command() -> None:
    """List, choose and forget the servers that `chariot login` keeps."""


@profile_command.command("list")
@global_options
@pass_invocation
def _list(invocation: Invocation) -> None:
    """List the profiles; tokens are never shown."""
    from chariot.entrypoints.cli.remote.connection import translated
    from chariot_client.profiles import Profiles

    with translated():
        kept = Profiles()
        found, used = kept.all(), kept.used
    plain = [
        {"profile": name, "server": one.server, "organisation": one.organisation, "used": name == used}
        for name, one in found.items()
    ]
    rows = [
        (name, one.server, one.organisation or "the token's own", "yes" if name == used else "")
        for name, one in found.items()
    ]
    output = invocation.output
    output.choose(plain, lambda: output.table(("profile", "server", "organisation", "used"), rows))


@profile_command.command("use")
@click.argument("name", required=False, default="")
@click.option("--none", "nothing", is_flag=True, help="Work on this machine's own data from now on.")
@global_options
@pass_invocation
def _use(invocation: Invocation, name: str, nothing: bool) -> None:
    """Work on the server of the profile NAME from now on."""
    from chariot.entrypoints.cli.remote.connection import translated
    from chariot_client.profiles import Profiles

    if bool(name) == nothing:
        raise click.UsageError("name a profile, or say --none")
    with translated():
        Profiles().use(name)
    said = f"commands work on {name} from now on" if name else "commands work on this machine from now on"
    invocation.output.choose({"used": name or None}, lambda: invocation.output.line(said))


@profile_command.command("remove")
@click.argument("name")
@global_options
@pass_invocation
def _remove(invocation: Invocation, name: str) -> None:
    """Forget the profile NAME and its token; the server is not told."""
    from chariot.entrypoints.cli.remote.connection import translated
    from chariot_client.profiles import Profiles

    with translated():
        Profiles().remove(name)
    invocation.output.choose({"removed": name}, lambda: invocation.output.line(f"{name} is forgotten"))
