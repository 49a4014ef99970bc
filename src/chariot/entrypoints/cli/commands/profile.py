"""`chariot login` and `chariot profile`: servers by name, each with its token."""

import sys
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from chariot.entrypoints.cli.invocation import Invocation, global_options, pass_invocation

if TYPE_CHECKING:
    from chariot.entrypoints.cli.remote.application import RemoteApplication
    from chariot_client.profiles import Renewal

_TOKEN_LIMIT = 4_096


@click.command("login")
@click.option("--token-stdin", is_flag=True, help="Read a token, such as an API key, from standard input.")
@click.option("--token-prompt", is_flag=True, help="Ask for a token.")
@click.option("--user", default="", help="Sign in with this account's password, asked for here.")
@click.option(
    "--issuer", default="", help="Sign in at this issuer that the server trusts, not at the server."
)
@click.option("--as", "name", default="", help="Name of the profile; by default the server's host.")
@global_options
@pass_invocation
def login_command(
    invocation: Invocation, token_stdin: bool, token_prompt: bool, user: str, issuer: str, name: str
) -> None:
    """Sign in at the server at --server URL, keep that as a profile, and use it from now on.

    It shows an address and a code; open the address in any browser, sign in there, and type the code.

    \b
    chariot login --server https://chariot.example.com
    chariot login --server https://chariot.example.com --user ada
    chariot login --server https://chariot.example.com --issuer corporate
    chariot login --server https://chariot.example.com --token-stdin < token
    """  # noqa: D301 - click's mark for lines that stay as they are
    from chariot.entrypoints.cli.remote.connection import translated
    from chariot_client.profiles import Profile, Profiles

    parts = urlsplit(invocation.server)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise click.UsageError("name the server: --server https://chariot.example.com")
    renewal = None
    if token_stdin or token_prompt:
        token = _token(token_stdin=token_stdin)
    else:
        token, renewal = _signed_in(invocation, user, issuer)
    chosen = name or parts.netloc.rpartition("@")[2]
    who, organisation = invocation.at_server(_who, token=token)
    with translated():
        Profiles().put(
            chosen,
            Profile(
                server=invocation.server,
                token=token,
                organisation=invocation.organisation,
                renewal=renewal,
            ),
        )
    output = invocation.output
    output.choose(
        {"profile": chosen, "server": invocation.server, "user": who, "organisation": organisation},
        lambda: output.line(f"{chosen}: {who} of {organisation}; commands work there from now on"),
    )


def _signed_in(invocation: Invocation, user: str, issuer: str) -> "tuple[str, Renewal | None]":
    """Return a token that a person proved to have a right to, and how it is renewed."""
    from chariot.entrypoints.cli.signing_in import (
        signed_in_at_issuer,
        signed_in_at_server,
        signed_in_by_password,
        ways_at,
    )

    def code() -> str:
        return str(click.prompt("Code of the authenticator, or a recovery code", err=True))

    if user and not issuer:
        password = str(click.prompt("Password", hide_input=True, err=True))
        return signed_in_by_password(invocation.server, user, password, code), None

    def show(address: str, code: str) -> None:
        invocation.output.notice(f"open {address} in a browser, sign in, and type the code {code}")

    if not issuer:
        return signed_in_at_server(invocation.server, show), None
    known = {one.name: one for one in ways_at(invocation.server)}
    if issuer not in known:
        raise click.UsageError(
            f"the server trusts {', '.join(known) or 'no issuer'}, and not {issuer[:80]!r}"
        )
    return signed_in_at_issuer(known[issuer], show)


@click.command("logout")
@global_options
@pass_invocation
def logout_command(invocation: Invocation) -> None:
    """End the session of the profile in use, or of --profile NAME, at its server, and forget it."""
    from chariot.entrypoints.cli.remote.connection import translated
    from chariot.errors import ChariotError
    from chariot_client.profiles import Profiles

    with translated():
        kept = Profiles()
        name = invocation.profile or kept.used
        profile = kept.get(name) if name else None
    if profile is None:
        raise click.UsageError("no profile is in use; name one: --profile NAME")
    invocation.profile = name
    try:
        # The token that is kept is the one to be refused: one that is renewed for this would leave it alive.
        invocation.at_server(_end, token=profile.token)
        ended = True
    except ChariotError as error:
        # What the server says does not keep the token on this machine.
        invocation.output.notice(f"the server did not end the session: {error}")
        ended = False
    with translated():
        kept.remove(name)
    invocation.output.choose(
        {"removed": name, "ended": ended}, lambda: invocation.output.line(f"{name} is forgotten")
    )


async def _end(remote: "RemoteApplication") -> None:
    await remote.connection.call(dict, "DELETE", "/api/v1/session")


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
