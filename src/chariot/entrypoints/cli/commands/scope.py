"""`chariot scope`, `chariot stop`: who authorised what, and that nothing more is sent."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chariot.entrypoints.cli.invocation import Invocation, actor, global_options, pass_invocation

if TYPE_CHECKING:
    from chariot.application import Application
    from chariot.entrypoints.cli.remote.application import RemoteApplication
    from chariot.entrypoints.cli.services import Services
    from chariot.model.kinds.scope import Contract
    from chariot.modules.discovery.contracting import ContractState


@click.group("scope")
def scope_command() -> None:
    """Show what may be looked at and by whose word; sign, verify, export and withdraw contracts.

    \b
    chariot scope sign spring --by "Jane Roe, CISO" --until 2099-04-01 --allow example.com
    chariot scope show www.example.com
    """  # noqa: D301 - click's mark for lines that stay as they are


@scope_command.command("show")
@click.argument("target", default="")
@global_options
@pass_invocation
def _show(invocation: Invocation, target: str) -> None:
    """Show seeds and contracts, or why TARGET (a name, an address, a netblock, a key) is in scope or is not."""
    import msgspec

    if target:
        _show_why(invocation, target)
        return

    async def here(application: "Application") -> tuple[dict[str, Any], "Sequence[ContractState]"]:
        outline = await application.scans.outline(application.organisation)
        told = {**msgspec.to_builtins(outline), "key": application.contract_keys.public()}
        return told, await application.contracts.all(application.organisation)

    async def there(remote: "RemoteApplication") -> tuple[dict[str, Any], "Sequence[ContractState]"]:
        told = await remote.connection.call(dict[str, Any], "GET", "/api/v1/scope/outline")
        return told, await remote.contracts.all(remote.organisation)

    told, states = invocation.at_server(there) if invocation.is_remote else invocation.run(here)
    output = invocation.output
    seeds = [(one["seed"], one["depth"]) for one in told["seeds"]]
    plain = {
        "seeds": told["seeds"],
        "contracts": [_plain(state) for state in states],
        "stopped": told["stopped"],
        "key": told["key"],
    }

    def words() -> None:
        output.table(("seed", "depth"), seeds)
        if states:
            output.table(
                ("contract", "authorised by", "until", "allows", "touch", "counts"),
                [_row(one) for one in states],
            )
        else:
            output.line("no contract: the word of whoever named the seeds counts")
        if told["stopped"]:
            output.line(f"everything is stopped: {told['stopped']}")
        output.line(f"contracts are signed here with the key {told['key']}")

    output.choose(plain, words)


def _show_why(invocation: Invocation, target: str) -> None:
    async def there(remote: "RemoteApplication") -> dict[str, Any]:
        return await remote.connection.call(dict, "GET", "/api/v1/scope", query={"target": target})

    async def here(application: "Application") -> dict[str, Any]:
        verdict = await application.scans.verdict(application.organisation, target)
        return {
            "target": target,
            "admitted": verdict.admitted,
            "why": verdict.why,
            "authority": await application.scans.authority(application.organisation, target),
        }

    told = invocation.at_server(there) if invocation.is_remote else invocation.run(here)
    output = invocation.output

    def words() -> None:
        output.line(told["why"])
        if told["authority"]:
            output.line(told["authority"])

    output.choose(told, words)


@scope_command.command("sign")
@click.argument("name")
@click.option("--by", "authorised_by", required=True, help="Who authorised it: a name and an office.")
@click.option("--until", required=True, help="When it ends: a moment, or a span such as 30d.")
@click.option("--from", "begins", default="", help="When it begins; by default now.")
@click.option("--allow", multiple=True, required=True, help="A domain, address or netblock; may be repeated.")
@click.option("--deny", multiple=True, help="What below them stays untouched; may be repeated.")
@click.option(
    "--window", multiple=True, help="When, such as 'mon-fri 22:00-06:00 Europe/Berlin'; may be repeated."
)
@click.option("--rate", type=click.IntRange(0), default=0, help="At most so many packets per second.")
@click.option(
    "--touch",
    multiple=True,
    type=click.Choice(["passive", "light", "active"]),
    help="Levels that it allows; by default all. May be repeated.",
)
@click.option("--purpose", default="", help="What for.")
@global_options
@pass_invocation
def _sign(
    invocation: Invocation,
    name: str,
    authorised_by: str,
    until: str,
    begins: str,
    allow: tuple[str, ...],
    deny: tuple[str, ...],
    window: tuple[str, ...],
    rate: int,
    touch: tuple[str, ...],
    purpose: str,
) -> None:
    """Sign a contract and put it in force: from the first one on, what no contract allows is refused."""
    from chariot.entrypoints.cli.times import parse_moment
    from chariot.errors import InvalidError
    from chariot.model.kinds.scope import LEVELS, Contract

    now = invocation.now()
    try:
        contract = Contract(
            id=name,
            authorised_by=authorised_by,
            purpose=purpose,
            valid_from=parse_moment(begins, now, place="--from", ahead=True) if begins else now,
            valid_until=parse_moment(until, now, place="--until", ahead=True),
            allow=allow,
            deny=deny,
            windows=window,
            packets_per_s=rate,
            touch=touch or LEVELS,
        )
    except ValueError as error:
        raise InvalidError(str(error)) from None

    async def work(application: "Services") -> "Contract":
        return await application.contracts.sign(application.organisation, contract, actor=actor())

    signed = invocation.ask(work)
    output = invocation.output
    output.choose(
        {"contract": name, "signing_key": signed.signing_key, "signature": signed.signature},
        lambda: output.line(
            f"the contract {name} is signed and in force; what no contract allows is refused now"
        ),
    )


@scope_command.command("verify")
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@global_options
@pass_invocation
def _verify(invocation: Invocation, file: Path | None) -> int:
    """Tell whether contracts are as they were signed: those in force, or the one in FILE."""
    from chariot.entrypoints.cli.exits import Exit
    from chariot.modules.discovery.contracting import contract_in

    async def work(application: "Services") -> list[tuple[str, str]]:
        service, organisation = application.contracts, application.organisation
        if file is None:
            return [(one.contract.id, one.fault) for one in await service.all(organisation)]
        contract = contract_in(organisation, _read(file))
        return [(contract.id, await service.fault(organisation, contract))]

    found = invocation.ask(work)
    output = invocation.output

    def words() -> None:
        for name, fault in found:
            output.line(f"the contract {name} {fault or 'is as it was signed'}")
        if not found:
            output.line("there is no contract")

    output.choose([{"contract": name, "fault": fault} for name, fault in found], words)
    return Exit.FOUND if any(fault for _, fault in found) else Exit.OK


@scope_command.command("export")
@click.argument("name")
@click.option(
    "--to", "file", type=click.Path(path_type=Path, dir_okay=False), help="A file; by default the output."
)
@global_options
@pass_invocation
def _export(invocation: Invocation, name: str, file: Path | None) -> None:
    """Write a contract with its signature, for an archive or another installation."""
    from chariot.modules.discovery.contracting import document_of

    async def work(application: "Services") -> bytes:
        state = await application.contracts.get(application.organisation, name)
        return document_of(application.organisation, state.contract)

    data = invocation.ask(work)
    if file is None:
        click.echo(data, nl=False)
        return
    file.write_bytes(data)
    invocation.output.choose({"file": str(file)}, lambda: invocation.output.line(f"written to {file}"))


@scope_command.command("add")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@global_options
@pass_invocation
def _add(invocation: Invocation, file: Path) -> None:
    """Put a contract in force that was signed elsewhere, by a key that is trusted here."""

    async def work(application: "Services") -> "Contract":
        return await application.contracts.take_in(application.organisation, _read(file), actor=actor())

    contract = invocation.ask(work)
    output = invocation.output
    output.choose({"contract": contract.id}, lambda: output.line(f"the contract {contract.id} is in force"))


@scope_command.command("trust")
@click.argument("key")
@global_options
@pass_invocation
def _trust(invocation: Invocation, key: str) -> None:
    """Let contracts count that KEY signed: 64 hexadecimal digits, as `chariot scope show` tells them there."""

    async def work(application: "Application") -> None:
        application.contract_keys.trust(key)

    invocation.run(work)
    output = invocation.output
    output.choose({"trusted": key}, lambda: output.line("contracts that it signed count from now on"))


@scope_command.command("withdraw")
@click.argument("name")
@click.option("--why", default="", help="The reason, which is kept.")
@global_options
@pass_invocation
def _withdraw(invocation: Invocation, name: str, why: str) -> None:
    """Let a contract count no more: what it alone allowed is refused from now on."""

    async def work(application: "Services") -> None:
        await application.contracts.withdraw(application.organisation, name, actor=actor(), why=why)

    invocation.ask(work)
    output = invocation.output
    output.choose({"withdrawn": name}, lambda: output.line(f"the contract {name} counts no more"))


@click.command("stop")
@click.option("--reason", default="", help="Why, which everybody is told.")
@click.option("--release", is_flag=True, help="Let things be sent again.")
@global_options
@pass_invocation
def stop_command(invocation: Invocation, reason: str, release: bool) -> None:
    """Stop all that is sent for the organisation, in every process, programs included; it holds over a restart."""
    if invocation.is_remote:
        from chariot.entrypoints.cli.remote.scanning import resume, stop

        invocation.at_server(lambda remote: resume(remote) if release else stop(remote, reason or "stopped"))
    else:

        async def work(application: "Application") -> None:
            scans, organisation = application.scans, application.organisation
            if release:
                await scans.resume(organisation, requested_by=actor())
            else:
                await scans.stop(organisation, f"{actor()}: {reason or 'stopped'}", requested_by=actor())

        invocation.run(work)
    output = invocation.output
    told = "things may be sent again" if release else "nothing more is sent until `chariot stop --release`"
    output.choose({"stopped": not release, "reason": reason}, lambda: output.line(told))


def _read(file: Path) -> bytes:
    from chariot.errors import InvalidError

    try:
        return file.read_bytes()
    except OSError as error:
        raise InvalidError(f"cannot be read: {error.strerror}", place=str(file)) from None


def _plain(state: "ContractState") -> dict[str, Any]:
    import msgspec

    plain: dict[str, Any] = msgspec.to_builtins(state.contract)
    return {**plain, "status": state.status, "fault": state.fault, "refusal": state.refusal}


def _row(state: "ContractState") -> tuple[str, ...]:
    from chariot.entrypoints.cli.times import local

    one = state.contract
    return (
        one.id,
        one.authorised_by,
        local(one.valid_until),
        ", ".join(one.allow[:3]) + (" …" if len(one.allow) > 3 else ""),
        ", ".join(one.touch),
        state.fault or state.refusal or "yes",
    )
