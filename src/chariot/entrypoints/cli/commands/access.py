"""`chariot organisation`, `chariot member` and `chariot role`: who may do what, here or at a server."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chariot.entrypoints.cli.invocation import Invocation, actor, global_options, pass_invocation

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from chariot.application import Application
    from chariot.entrypoints.cli.remote.application import RemoteApplication
    from chariot.modules.access.administration import Asker

_ORGANISATIONS = "/api/v1/organisations"


def _asker(application: "Application") -> "Asker":
    """Return who works at the command line: the owner of the installation."""
    from chariot.modules.access.administration import Asker

    return Asker(name=actor(), organisation=application.organisation, access=None, roams=True)


def _done(
    invocation: Invocation,
    here: "Callable[[Application], Awaitable[Any]]",
    method: str,
    path: str,
    *parts: str,
    body: dict[str, Any] | None = None,
) -> Any:
    """Return what *here* does, or what the server answers to the same."""

    async def there(remote: "RemoteApplication") -> Any:
        return await remote.connection.call(Any, method, path, *parts, body=body)

    return invocation.at_server(there) if invocation.is_remote else invocation.run(here)


def _plain(value: Any) -> Any:
    import msgspec

    return msgspec.to_builtins(value)


@click.group("organisation")
def organisation_command() -> None:
    """Show and change the tree of organisations.

    \b
    chariot organisation add msp --title "A provider"
    chariot organisation add globex --parent msp
    chariot organisation list
    """  # noqa: D301 - click's mark for lines that stay as they are


@organisation_command.command("list")
@global_options
@pass_invocation
def _organisations(invocation: Invocation) -> None:
    """List the organisations that you may ask for."""

    async def here(application: "Application") -> Any:
        return await application.administration.organisations(_asker(application))

    found = _plain(_done(invocation, here, "GET", _ORGANISATIONS))
    rows = [
        (one["name"], one["title"], one["parent"], "suspended" if one["suspended"] else "") for one in found
    ]
    invocation.output.choose(
        found, lambda: invocation.output.table(("name", "title", "below", "state"), rows)
    )


@organisation_command.command("add")
@click.argument("name")
@click.option("--title", default="", help="What people call it.")
@click.option("--parent", default=None, help="The organisation above it.")
@global_options
@pass_invocation
def _add(invocation: Invocation, name: str, title: str, parent: str | None) -> None:
    """Make the organisation NAME."""
    from chariot.model.keys import Organisation

    async def here(application: "Application") -> Any:
        return await application.administration.create(
            _asker(application), Organisation(name), title=title, parent=parent
        )

    body = {"name": name, "title": title, **({} if parent is None else {"parent": parent})}
    _tell(invocation, _done(invocation, here, "POST", _ORGANISATIONS, body=body), f"{name} is there")


@organisation_command.command("change")
@click.argument("name")
@click.option("--title", default=None, help="What people call it.")
@click.option("--parent", default=None, help="Move it, with all below it, below this one; empty is the top.")
@click.option("--suspend/--resume", default=None, help="Close it and all below it, or open it again.")
@global_options
@pass_invocation
def _change(
    invocation: Invocation, name: str, title: str | None, parent: str | None, suspend: bool | None
) -> None:
    """Rename, move or suspend the organisation NAME."""
    from chariot.model.keys import Organisation

    async def here(application: "Application") -> Any:
        return await application.administration.change(
            _asker(application), Organisation(name), title=title, parent=parent, suspended=suspend
        )

    stated = {"title": title, "parent": parent, "suspended": suspend}
    body = {label: value for label, value in stated.items() if value is not None}
    _tell(
        invocation,
        _done(invocation, here, "PATCH", f"{_ORGANISATIONS}/{{name}}", name, body=body),
        f"{name} is changed",
    )


@organisation_command.command("end")
@click.argument("name")
@global_options
@pass_invocation
def _end(invocation: Invocation, name: str) -> None:
    """Close the organisation NAME for good; what it holds stays kept."""
    from chariot.model.keys import Organisation

    async def here(application: "Application") -> Any:
        return await application.administration.end(_asker(application), Organisation(name))

    _tell(
        invocation, _done(invocation, here, "DELETE", f"{_ORGANISATIONS}/{{name}}", name), f"{name} is closed"
    )


@click.group("role")
def role_command() -> None:
    """Show and change roles; `chariot list roles` lists those of your own.

    \b
    chariot role set policies/roles.toml
    chariot role end web-team
    """  # noqa: D301 - click's mark for lines that stay as they are


@role_command.command("set")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@global_options
@pass_invocation
def _set_roles(invocation: Invocation, file: Path) -> None:
    """Keep the roles in FILE, the same file that `chariot policy test` tries, in place of those of their names."""
    import msgspec

    from chariot.modules.access.policies import read_policy

    policy = read_policy(file.read_bytes())
    for label, role in policy.roles.items():
        plain = msgspec.to_builtins(msgspec.structs.asdict(role))
        body = {name: value for name, value in plain.items() if name != "label"}

        async def here(application: "Application", role: Any = role) -> Any:
            return await application.administration.put_role(_asker(application), role)

        _done(invocation, here, "PUT", "/api/v1/roles/{label}", label, body=body)
    names = list(policy.roles)
    _tell(invocation, names, f"{len(names)} roles hold: {', '.join(names)}")


@role_command.command("end")
@click.argument("label")
@global_options
@pass_invocation
def _end_role(invocation: Invocation, label: str) -> None:
    """Take the role LABEL back from all who have it."""

    async def here(application: "Application") -> Any:
        record = await application.administration.end_role(_asker(application), label)
        return {"role": record.key}

    _tell(
        invocation,
        _done(invocation, here, "DELETE", "/api/v1/roles/{label}", label),
        f"{label} is no role any more",
    )


@click.group("member")
def member_command() -> None:
    """Show and change who has which roles; `chariot list members` lists them.

    \b
    chariot member set user:anna --role analyst
    chariot member end user:anna
    """  # noqa: D301 - click's mark for lines that stay as they are


@member_command.command("set")
@click.argument("who")
@click.option("--role", "roles", multiple=True, required=True, help="A role; several times for several.")
@click.option("--label", default="", help="As people know them.")
@global_options
@pass_invocation
def _set_member(invocation: Invocation, who: str, roles: tuple[str, ...], label: str) -> None:
    """Give WHO, such as user:anna, these roles in the organisation and in all below it."""
    from chariot.model.kinds.access import Member

    async def here(application: "Application") -> Any:
        member = Member(id=who, label=label, roles=roles)
        record = await application.administration.put_member(_asker(application), member)
        return {"member": record.key, "roles": list(roles)}

    body = {"roles": list(roles), "label": label}
    _tell(
        invocation,
        _done(invocation, here, "PUT", "/api/v1/members/{id}", who, body=body),
        f"{who} has {', '.join(roles)}",
    )


@member_command.command("end")
@click.argument("who")
@global_options
@pass_invocation
def _end_member(invocation: Invocation, who: str) -> None:
    """Take from WHO all roles that the organisation gave them."""

    async def here(application: "Application") -> Any:
        record = await application.administration.end_member(_asker(application), who)
        return {"member": record.key}

    _tell(
        invocation,
        _done(invocation, here, "DELETE", "/api/v1/members/{id}", who),
        f"{who} has no role here any more",
    )


def _tell(invocation: Invocation, value: Any, text: str) -> None:
    invocation.output.choose(_plain(value), lambda: invocation.output.line(text))
