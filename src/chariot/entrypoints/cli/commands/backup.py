"""`chariot backup` and `chariot restore`."""

import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from chariot.entrypoints.cli.invocation import Invocation, global_options, of_option, pass_invocation
from chariot.errors import ChariotError, InvalidError

if TYPE_CHECKING:
    from chariot.modules.backup.keys import Secret
    from chariot.modules.backup.ports import Manifest, Source

PASSPHRASE_VARIABLE = "CHARIOT_BACKUP_PASSPHRASE"  # noqa: S105 - the name of a variable
KEY_FILE_NAME = "backup.key"
_SHORTEST_EVERY_S = 10.0

_key_file_option = click.option(
    "--key-file",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help=f"The file with the key; by default {KEY_FILE_NAME} in the folder for data, made at the first backup.",
)
_passphrase_option = click.option(
    "--passphrase",
    is_flag=True,
    help=f"Use a passphrase instead: it is asked for, or read from {PASSPHRASE_VARIABLE}.",
)


@click.command("backup")
@click.argument("path", type=click.Path(path_type=Path), metavar="FILE")
@_key_file_option
@_passphrase_option
@click.option("--force", is_flag=True, help="Replace FILE when it is there.")
@click.option(
    "--every", default="", metavar="SPAN", help="Again and again, such as 5m: FILE is a folder then."
)
@click.option(
    "--keep",
    type=click.IntRange(1, 10_000),
    default=24,
    show_default=True,
    help="With --every: so many files.",
)
@of_option
@global_options
@pass_invocation
def backup_command(
    invocation: Invocation,
    path: Path,
    key_file: Path | None,
    passphrase: bool,
    force: bool,
    every: str,
    keep: int,
    of: str,
) -> None:
    """Write an encrypted copy of all data to FILE, while everything runs.

    Whoever has the key can read it, and without the key nobody can: keep a copy of the key somewhere else.
    The data of an organisation with a database of its own is in none but its own copy: see --of.
    """
    import asyncio

    from chariot.bootstrap.upkeep import backup_source

    if path.is_dir() and not every:
        raise click.UsageError(
            f"{path} is a folder: name a file in it, or say how often to fill it, --every 2m"
        )
    if every and path.exists() and not path.is_dir():
        raise click.UsageError(f"{path} is a file: with --every, name a folder")
    settings = invocation.settings()
    source = backup_source(settings, of)
    if not of and settings.organisations:
        apart = ", ".join(sorted(settings.organisations))
        invocation.output.notice(f"not in it: {apart} (databases of their own; back each up with --of)")
    secret = _secret(settings.home_path, key_file, ask=passphrase, make=True, invocation=invocation)
    if every:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        asyncio.run(_again_and_again(invocation, path, source, secret, _seconds(every), keep))
    else:
        asyncio.run(_once(invocation, path, source, secret, replace=force))


async def _once(
    invocation: Invocation, path: Path, source: "Source", secret: "Secret", *, replace: bool
) -> None:
    from chariot.modules.backup.service import write_backup

    began = invocation.now()
    manifest = await write_backup(path, source, secret, replace=replace, now=invocation.now)
    _tell(invocation, "backed up", path, manifest, began)


async def _again_and_again(
    invocation: Invocation, folder: Path, source: "Source", secret: "Secret", every_s: float, keep: int
) -> None:
    import asyncio
    import time

    from chariot.entrypoints.cli.scanning import interruptions
    from chariot.modules.backup.rotation import file_name, prune
    from chariot.modules.work.leases import pause

    interrupted = asyncio.Event()
    with interruptions(interrupted):
        while not interrupted.is_set():
            began = time.monotonic()
            try:
                await _once(invocation, folder / file_name(invocation.now()), source, secret, replace=False)
                prune(folder, keep)
            except ChariotError as error:
                # The next one may succeed; whoever watches sees the age of the newest file.
                invocation.output.notice(f"this backup failed: {error}")
            await pause(interrupted, max(every_s - (time.monotonic() - began), 0))


@click.command("restore")
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE")
@_key_file_option
@_passphrase_option
@click.option("--force", is_flag=True, help="Replace the data that is there.")
@click.option("--verify", is_flag=True, help="Only read it all and compare every hash; nothing is written.")
@of_option
@global_options
@pass_invocation
def restore_command(
    invocation: Invocation,
    path: Path,
    key_file: Path | None,
    passphrase: bool,
    force: bool,
    verify: bool,
    of: str,
) -> None:
    """Bring the backup in FILE back, all or nothing; what is there is replaced only with --force.

    Stop the processes that use the data first. A restore that is killed leaves the old data or the new.
    """
    import asyncio

    from chariot.bootstrap.upkeep import restore_target
    from chariot.modules.backup.service import restore_backup, verify_backup

    settings = invocation.settings()
    secret = _secret(settings.home_path, key_file, ask=passphrase, make=False, invocation=invocation)
    began = invocation.now()
    if verify:
        _tell(invocation, "verified", path, asyncio.run(verify_backup(path, secret)), began)
        return
    manifest = asyncio.run(restore_backup(path, restore_target(settings, of), secret, force=force))
    _tell(invocation, "restored", path, manifest, began)


def _secret(home: Path, key_file: Path | None, *, ask: bool, make: bool, invocation: Invocation) -> "Secret":
    from chariot.modules.backup.keys import make_key_file, passphrase, read_key_file

    if key_file is not None and ask:
        raise click.UsageError("a key file or a passphrase, not both")
    text = os.environ.get(PASSPHRASE_VARIABLE, "")
    if ask or (text and key_file is None):
        return passphrase(
            text or click.prompt("Passphrase", hide_input=True, confirmation_prompt=make, err=True)
        )
    file = key_file or home / KEY_FILE_NAME
    if make and not file.exists():
        made = make_key_file(file)
        invocation.output.notice(
            f"made the key {file}: copy it to another place, for without it no backup can be read"
        )
        return made
    return read_key_file(file)


def _seconds(span: str) -> float:
    from datetime import UTC

    from chariot.entrypoints.cli.times import parse_moment

    now = datetime(2000, 1, 1, tzinfo=UTC)
    seconds = (parse_moment(span, now, place="--every", ahead=True) - now).total_seconds()
    if not _SHORTEST_EVERY_S <= seconds <= 86_400 * 366:
        raise InvalidError(f"is not {_SHORTEST_EVERY_S:g} s or more, like 5m", place="--every")
    return seconds


def _tell(invocation: Invocation, what: str, path: Path, manifest: "Manifest", began: datetime) -> None:
    size = sum(part.size_bytes for part in manifest.parts)
    rows = sum(count for part in manifest.parts for count in part.counts.values())
    took_s = (invocation.now() - began).total_seconds()
    output = invocation.output
    output.choose(
        {"file": str(path), "done": what, "took_s": took_s, "manifest": manifest},
        lambda: output.line(
            f"{what} {path}: {size / 1e6:,.1f} MB, {rows:,} rows in {len(manifest.parts)} parts, "
            f"as of {manifest.began_at:%Y-%m-%d %H:%M:%S} UTC, in {took_s:,.1f} s"
        ),
    )
