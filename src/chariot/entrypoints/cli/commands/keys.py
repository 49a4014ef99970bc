"""`chariot keys`: which keys there are, new ones, and what was sealed, sealed anew."""

from typing import TYPE_CHECKING

import click

from chariot.entrypoints.cli.invocation import Invocation, actor, global_options, pass_invocation

if TYPE_CHECKING:
    from collections.abc import Callable

    from chariot.application import Application
    from chariot.modules.secrets.service import KeyStatus


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
    status = invocation.run(lambda application: application.secrets.status())
    output = invocation.output
    output.choose(_plain(status), lambda: _show(invocation, status))


def _plain(status: "KeyStatus") -> dict[str, object]:
    return {
        "masters": [
            {
                "id": one.id,
                "current": one.current,
                "made_at": one.made_at.isoformat() if one.made_at else None,
            }
            for one in status.masters
        ],
        "organisations": [
            {
                "organisation": key.organisation,
                "version": key.version,
                "master": key.wrapped.master,
                "made_at": key.made_at.isoformat(),
            }
            for key in status.organisations
        ],
        "outdated": status.outdated,
    }


def _show(invocation: Invocation, status: "KeyStatus") -> None:
    output = invocation.output
    masters = [
        (one.id, "current" if one.current else "opens only", f"{one.made_at:%Y-%m-%d}" if one.made_at else "")
        for one in status.masters
    ]
    output.table(("master key", "state", "made"), masters)
    keys = [
        (key.organisation, str(key.version), key.wrapped.master, f"{key.made_at:%Y-%m-%d}")
        for key in status.organisations
    ]
    output.table(("organisation", "key", "wrapped by", "made"), keys)
    if status.outdated:
        output.line(f"{status.outdated} keys are wrapped by an older master key: run `chariot keys rewrap`")


@keys_command.command("rotate")
@click.option("--master", is_flag=True, help="Make a new master key instead, for all organisations.")
@global_options
@pass_invocation
def _rotate(invocation: Invocation, master: bool) -> None:
    """Make a new key. Everything keeps running, and what older keys sealed still opens."""
    if master:
        made = invocation.run(lambda application: application.secrets.rotate_master(actor()))
        invocation.output.choose(
            {"master": made.id},
            lambda: invocation.output.line(
                f"{made.id} is the master key now: copy master.key and master-*.key to your safe place"
            ),
        )
        return

    async def work(application: "Application") -> int:
        return await application.secrets.rotate(application.organisation, actor())

    version = invocation.run(work)
    invocation.output.choose(
        {"version": version},
        lambda: invocation.output.line(
            f"key {version} seals from now on; `chariot keys reseal` seals with it what is there"
        ),
    )


@keys_command.command("rewrap")
@global_options
@pass_invocation
def _rewrap(invocation: Invocation) -> None:
    """Wrap with the current master key what an older one wraps: what a rotation left that was broken off."""
    done = invocation.run(lambda application: application.secrets.rewrap())
    invocation.output.choose({"rewrapped": done}, lambda: invocation.output.line(f"{done} keys wrapped anew"))


def _progress(invocation: Invocation, name: str) -> "Callable[[int, int], None]":
    return lambda last, changed: invocation.output.notice(
        f"{name}: at change {last:,}: {changed:,} sealed anew"
    )


@keys_command.command("reseal")
@global_options
@pass_invocation
def _reseal(invocation: Invocation) -> None:
    """Seal what is there, history too, with the newest key. It goes on where it was broken off.

    That of all organisations and of the installation itself, or of --organisation.
    """

    async def work(application: "Application") -> int:
        names = [application.organisation]
        if not invocation.organisation:
            keys = (await application.secrets.status()).organisations
            names = sorted({*names, *(key.organisation for key in keys)})
        return sum(
            [await application.secrets.reseal(name, told=_progress(invocation, name)) for name in names]
        )

    done = invocation.run(work)
    invocation.output.choose({"resealed": done}, lambda: invocation.output.line(f"{done:,} rows sealed anew"))


@keys_command.command("retire")
@click.argument("master")
@global_options
@pass_invocation
def _retire(invocation: Invocation, master: str) -> None:
    """Give up an older master key that nothing needs any more; MASTER is its id."""
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

    async def work(application: "Application") -> int:
        return await application.secrets.shred(application.organisation, actor())

    done = invocation.run(work)
    invocation.output.choose({"destroyed": done}, lambda: invocation.output.line(f"{done} keys destroyed"))
