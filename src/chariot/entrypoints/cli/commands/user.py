"""`chariot user`: accounts of this installation or of a server."""

import sys
from typing import TYPE_CHECKING, Any

import click

from chariot.entrypoints.cli.invocation import Invocation, actor, global_options, pass_invocation

if TYPE_CHECKING:
    from chariot.application import Application
    from chariot.entrypoints.cli.remote.application import RemoteApplication
    from chariot.modules.identity.accounts import Account

_PATH = "/api/v1/users/{user}"
_LIMIT = 100


@click.group("user")
def user_command() -> None:
    """Make, list, suspend and remove accounts.

    \b
    chariot user add ada --role admin
    chariot user list
    chariot user invite ada
    """  # noqa: D301 - click's mark for lines that stay as they are


@user_command.command("add")
@click.argument("name")
@click.option("--label", default="", help="As people know them.")
@click.option(
    "--role", "roles", multiple=True, help="A role in the organisation, such as admin; several times."
)
@click.option("--password-stdin", is_flag=True, help="Set this password now, instead of an invitation.")
@global_options
@pass_invocation
def _add(invocation: Invocation, name: str, label: str, roles: tuple[str, ...], password_stdin: bool) -> None:
    """Make the account NAME in the organisation, and show the link by which its owner sets a password."""
    password = sys.stdin.read(2_000).rstrip("\r\n") if password_stdin else ""

    def check(organisation: str) -> None:
        # Before the account is made: it would be left without a password.
        if password_stdin:
            from chariot.modules.identity.passwords import check_password

            check_password(password, has_factor=False, context=[name, label, organisation])

    async def here(application: "Application") -> dict[str, Any]:
        identity = application.identity
        check(application.organisation)
        account, code = await identity.accounts.add(
            name, application.organisation, label=label, roles=roles, actor=actor()
        )
        if password:
            from chariot.modules.identity.events import NOWHERE

            await identity.sign_in.with_invitation(name, code, password, NOWHERE)
            return {"account": _plain(account), "code": "", "address": ""}
        address = f"{identity.public_url}/#invitation={account.user}:{code}"
        return {"account": _plain(account), "code": code, "address": address}

    async def there(remote: "RemoteApplication") -> dict[str, Any]:
        check(remote.organisation)
        body = {"user": name, "label": label, "roles": list(roles)}
        made = await remote.connection.call(dict[str, Any], "POST", "/api/v1/users", body=body)
        if password_stdin:
            proof = {"user": name, "code": made["code"], "password": password}
            await remote.connection.call(dict[str, Any], "POST", "/api/v1/signin/invitation", body=proof)
            return {**made, "code": "", "address": ""}
        return made

    made = invocation.at_server(there) if invocation.is_remote else invocation.run(here)
    _show_invited(invocation, made)


@user_command.command("list")
@global_options
@pass_invocation
def _list(invocation: Invocation) -> None:
    """List the accounts of the organisation."""

    async def here(application: "Application") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        cursor = ""
        while True:
            page = await application.identity.accounts.page(
                application.organisation, limit=_LIMIT, cursor=cursor
            )
            found += map(_plain, page.items)
            cursor = page.cursor
            if not cursor:
                return found

    async def there(remote: "RemoteApplication") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        cursor = ""
        while True:
            page = await remote.connection.page(
                dict, "/api/v1/users", query={"limit": _LIMIT, **({"cursor": cursor} if cursor else {})}
            )
            found += page.items
            cursor = page.cursor or ""
            if not cursor:
                return found

    found = invocation.at_server(there) if invocation.is_remote else invocation.run(here)
    rows = [
        (
            one["user"],
            one["name"],
            " ".join(one["roles"]),
            "suspended"
            if one["suspended"]
            else "active"
            if one["has_password"] or one["passkeys"]
            else "invited",
            " ".join(one["factors"]),
            str(one["signed_in_at"] or "never"),
        )
        for one in found
    ]
    output = invocation.output
    output.choose(
        found, lambda: output.table(("user", "name", "roles", "state", "factors", "signed in"), rows)
    )


@user_command.command("invite")
@click.argument("name")
@global_options
@pass_invocation
def _invite(invocation: Invocation, name: str) -> None:
    """Show a link by which the owner of the account NAME sets a new password."""

    async def here(application: "Application") -> dict[str, Any]:
        identity = application.identity
        account, code = await identity.accounts.invite(name, application.organisation, actor=actor())
        address = f"{identity.public_url}/#invitation={account.user}:{code}"
        return {"account": _plain(account), "code": code, "address": address}

    async def there(remote: "RemoteApplication") -> dict[str, Any]:
        return await remote.connection.call(dict, "POST", f"{_PATH}/invitation", name)

    made = invocation.at_server(there) if invocation.is_remote else invocation.run(here)
    _show_invited(invocation, made)


@user_command.command("approve")
@click.argument("code")
@global_options
@pass_invocation
def _approve(invocation: Invocation, code: str) -> None:
    """Let the program that shows CODE sign in as you: what `chariot login` shows elsewhere."""

    async def there(remote: "RemoteApplication") -> dict[str, Any]:
        path = "/api/v1/device"
        found = await remote.connection.call(dict, "GET", path, query={"user_code": code})
        asking = f"It asks from {found['address'][:64]} ({found['agent'][:80]!r}). Is it yours?"
        click.confirm(asking, abort=True, err=True)
        return await remote.connection.call(dict, "POST", f"{path}/approval", body={"user_code": code})

    done = invocation.at_server(there)
    invocation.output.choose(done, lambda: invocation.output.line("it is signed in"))


@user_command.command("suspend")
@click.argument("name")
@click.option("--why", default="", help="Why; kept in history.")
@global_options
@pass_invocation
def _suspend(invocation: Invocation, name: str, why: str) -> None:
    """Keep somebody out, and sign them out everywhere."""
    _change(invocation, name, {"suspended": True}, why, f"{name} is kept out")


@user_command.command("resume")
@click.argument("name")
@click.option("--why", default="", help="Why; kept in history.")
@global_options
@pass_invocation
def _resume(invocation: Invocation, name: str, why: str) -> None:
    """Let somebody in again who was suspended."""
    _change(invocation, name, {"suspended": False}, why, f"{name} is let in again")


@user_command.command("roles")
@click.argument("name")
@click.argument("roles", nargs=-1)
@global_options
@pass_invocation
def _roles(invocation: Invocation, name: str, roles: tuple[str, ...]) -> None:
    """Give somebody exactly these ROLES in the organisation; none takes all away."""
    _change(invocation, name, {"roles": list(roles)}, "", f"{name}: {' '.join(roles) or 'no role'}")


@user_command.command("reset-factors")
@click.argument("name")
@global_options
@pass_invocation
def _reset_factors(invocation: Invocation, name: str) -> None:
    """Take password and second factors from somebody who lost them; invite them afterwards."""

    async def here(application: "Application") -> dict[str, Any]:
        accounts = application.identity.accounts
        return _plain(await accounts.without_factors(name, application.organisation, actor=actor()))

    async def there(remote: "RemoteApplication") -> dict[str, Any]:
        return await remote.connection.call(dict, "DELETE", f"{_PATH}/factors", name)

    done = invocation.at_server(there) if invocation.is_remote else invocation.run(here)
    invocation.output.choose(done, lambda: invocation.output.line(f"{name} has no factors; run: user invite"))


@user_command.command("remove")
@click.argument("name")
@click.option("--why", default="", help="Why; kept in history.")
@global_options
@pass_invocation
def _remove(invocation: Invocation, name: str, why: str) -> None:
    """End the account NAME for good, with its sessions."""

    async def here(application: "Application") -> None:
        await application.identity.accounts.remove(name, application.organisation, actor=actor(), why=why)

    async def there(remote: "RemoteApplication") -> None:
        await remote.connection.call(dict, "DELETE", _PATH, name, query={"why": why} if why else None)

    if invocation.is_remote:
        invocation.at_server(there)
    else:
        invocation.run(here)
    invocation.output.choose({"removed": name}, lambda: invocation.output.line(f"{name} is removed"))


def _change(invocation: Invocation, name: str, fields: dict[str, Any], why: str, said: str) -> None:
    async def here(application: "Application") -> dict[str, Any]:
        accounts = application.identity.accounts
        changed = await accounts.change(name, application.organisation, actor=actor(), why=why, **fields)
        return _plain(changed)

    async def there(remote: "RemoteApplication") -> dict[str, Any]:
        return await remote.connection.call(dict, "PATCH", _PATH, name, body={**fields, "why": why})

    done = invocation.at_server(there) if invocation.is_remote else invocation.run(here)
    invocation.output.choose(done, lambda: invocation.output.line(said))


def _show_invited(invocation: Invocation, made: dict[str, Any]) -> None:
    output, name = invocation.output, made["account"]["user"]

    def show() -> None:
        if not made["code"]:
            output.line(f"{name} can sign in")
            return
        output.line(f"{name} sets a password here, once, within three days: {made['address']}")

    output.choose(made, show)


def _plain(account: "Account") -> dict[str, Any]:
    import msgspec

    plain: dict[str, Any] = msgspec.to_builtins(account)
    return plain
