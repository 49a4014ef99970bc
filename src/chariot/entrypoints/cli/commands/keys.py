"""`chariot keys`: which keys there are, new ones, and what was sealed, sealed anew."""

from typing import TYPE_CHECKING, Any

import click

from chariot.entrypoints.cli.invocation import Invocation, actor, global_options, pass_invocation

if TYPE_CHECKING:
    from collections.abc import Callable

    from chariot.application import Application
    from chariot.entrypoints.cli.remote.application import RemoteApplication
    from chariot.modules.secrets.service import KeyStatus

_PATH = "/api/v1/encryption"
_Plain = dict[str, Any]


@click.group("keys")
def keys_command() -> None:
    """Show and change the keys that secrets and personal data are sealed with.

    \b
    chariot keys status
    chariot keys rotate            # a new key of this organisation; older ones still open
    chariot keys reseal            # seal what is there with the newest key
    chariot keys rotate --master   # a new master key wraps the keys of all organisations
    """  # noqa: D301 - click's mark for lines that stay as they are


@keys_command.command("status")
@global_options
@pass_invocation
def _status(invocation: Invocation) -> None:
    """Show all keys, and what is left to do."""

    async def work(application: "Application") -> _Plain:
        return _plain(await application.secrets.status())

    plain = _asked(invocation, "GET", _PATH) if invocation.is_remote else invocation.run(work)
    invocation.output.choose(plain, lambda: _show(invocation, plain))


def _asked(invocation: Invocation, method: str, path: str, *names: str, **query: str) -> _Plain:
    """Return what the server that is meant answers."""
    return invocation.at_server(
        lambda remote: remote.connection.call(_Plain, method, path, *names, query=query)
    )


def _plain(status: "KeyStatus") -> _Plain:
    import msgspec

    plain: _Plain = msgspec.to_builtins(
        {
            "masters": status.masters,
            "organisations": [
                {
                    "organisation": key.organisation,
                    "version": key.version,
                    "master": key.wrapped.master,
                    "made_at": key.made_at,
                }
                for key in status.organisations
            ],
            "outdated": status.outdated,
        }
    )
    return plain


def _show(invocation: Invocation, plain: _Plain) -> None:
    output = invocation.output
    masters = [
        (one["id"], "current" if one["current"] else "opens only", (one["made_at"] or "")[:10])
        for one in plain["masters"]
    ]
    output.table(("master key", "state", "made"), masters)
    keys = [
        (one["organisation"], str(one["version"]), one["master"], one["made_at"][:10])
        for one in plain["organisations"]
    ]
    output.table(("organisation", "key", "wrapped by", "made"), keys)
    if plain["outdated"]:
        output.line(f"{plain['outdated']} keys are wrapped by an older master key: run `chariot keys rewrap`")


@keys_command.command("rotate")
@click.option("--master", is_flag=True, help="Make a new master key instead, for all organisations.")
@global_options
@pass_invocation
def _rotate(invocation: Invocation, master: bool) -> None:
    """Make a new key. Everything keeps running, and what older keys sealed still opens."""
    if master:
        _rotate_master(invocation)
        return

    async def work(application: "Application") -> _Plain:
        return {"version": await application.secrets.rotate(application.organisation, actor())}

    path = f"{_PATH}/keys"
    made = _asked(invocation, "POST", path) if invocation.is_remote else invocation.run(work)
    invocation.output.choose(
        made,
        lambda: invocation.output.line(
            f"key {made['version']} seals from now on; `chariot keys reseal` seals with it what is there"
        ),
    )


def _rotate_master(invocation: Invocation) -> None:
    async def work(application: "Application") -> _Plain:
        return {"master": (await application.secrets.rotate_master(actor())).id}

    path = f"{_PATH}/masters"
    made = _asked(invocation, "POST", path) if invocation.is_remote else invocation.run(work)
    invocation.output.choose(
        made,
        lambda: invocation.output.line(
            f"{made['master']} is the master key now: copy master.key and master-*.key to your safe place"
        ),
    )


@keys_command.command("rewrap")
@global_options
@pass_invocation
def _rewrap(invocation: Invocation) -> None:
    """Wrap with the current master key what an older one wraps: what a rotation left that was broken off."""

    async def work(application: "Application") -> _Plain:
        return {"rewrapped": await application.secrets.rewrap()}

    path = f"{_PATH}/rewrap"
    done = _asked(invocation, "POST", path) if invocation.is_remote else invocation.run(work)
    invocation.output.choose(done, lambda: invocation.output.line(f"{done['rewrapped']} keys wrapped anew"))


def _progress(invocation: Invocation, name: str) -> "Callable[[int, int], None]":
    return lambda last, changed: invocation.output.notice(
        f"{name}: at change {last:,}: {changed:,} sealed anew"
    )


@keys_command.command("reseal")
@global_options
@pass_invocation
def _reseal(invocation: Invocation) -> None:
    """Seal what is there, history too, with the newest key. It goes on where it was broken off.

    That of all organisations and of the installation itself, or of --organisation; at a server, of the one that is
    asked for.
    """

    async def work(application: "Application") -> int:
        names = [application.organisation]
        if not invocation.organisation:
            keys = (await application.secrets.status()).organisations
            names = sorted({*names, *(key.organisation for key in keys)})
        return sum(
            [await application.secrets.reseal(name, told=_progress(invocation, name)) for name in names]
        )

    async def there(remote: "RemoteApplication") -> int:
        done, finished = 0, False
        while not finished:
            step = await remote.connection.call(_Plain, "POST", f"{_PATH}/reseal")
            done, finished = done + step["resealed"], step["finished"]
        return done

    done = invocation.at_server(there) if invocation.is_remote else invocation.run(work)
    invocation.output.choose({"resealed": done}, lambda: invocation.output.line(f"{done:,} rows sealed anew"))


@keys_command.command("retire")
@click.argument("master")
@global_options
@pass_invocation
def _retire(invocation: Invocation, master: str) -> None:
    """Give up an older master key that nothing needs any more; MASTER is its id."""
    if invocation.is_remote:
        _asked(invocation, "DELETE", f"{_PATH}/masters/{{master}}", master)
    else:
        invocation.run(lambda application: application.secrets.retire_master(master, actor()))
    invocation.output.choose({"retired": master}, lambda: invocation.output.line(f"{master} is gone"))


@keys_command.command("shred")
@click.option("--yes", is_flag=True, help="Do it without asking.")
@global_options
@pass_invocation
def _shred(invocation: Invocation, yes: bool) -> None:
    """Destroy the keys of an organisation that leaves: its secrets and personal data can never be read again."""
    if not yes:
        click.confirm(
            "All secrets and personal data of this organisation become unreadable. Go on?", abort=True
        )

    async def work(application: "Application") -> _Plain:
        return {"destroyed": await application.secrets.shred(application.organisation, actor())}

    async def there(remote: "RemoteApplication") -> _Plain:
        named = {"organisation": remote.organisation}
        return await remote.connection.call(_Plain, "DELETE", f"{_PATH}/keys", query=named)

    done = invocation.at_server(there) if invocation.is_remote else invocation.run(work)
    invocation.output.choose(done, lambda: invocation.output.line(f"{done['destroyed']} keys destroyed"))
