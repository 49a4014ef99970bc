"""`chariot candidates`: what may be ours, why we think so, and what people decide."""

from typing import TYPE_CHECKING

import click

from chariot.entrypoints.cli.invocation import Invocation, actor, global_options, pass_invocation

if TYPE_CHECKING:
    from chariot.entrypoints.cli.services import Services
    from chariot.model.keys import Key
    from chariot.model.records import Record
    from chariot.modules.discovery.inventory import Inventoried
    from chariot.modules.surface.query import Page

_STANDINGS = ("candidate", "approved", "monitor-only", "dependency", "excluded")


@click.group("candidates")
def candidates_command() -> None:
    """Show what may be ours, why we think so, and decide.

    \b
    chariot candidates list
    chariot candidates why example.net
    chariot candidates approve example.net --reason "bought in 2024"

    Nothing is sent to a candidate until it is approved. NAME is a domain, an address or a netblock.
    """  # noqa: D301 - click's mark for lines that stay as they are


@candidates_command.command("list")
@click.option("--standing", type=click.Choice([*_STANDINGS, "all"]), default="candidate", show_default=True)
@click.option("--limit", type=click.IntRange(1, 1_000), default=100, show_default=True)
@global_options
@pass_invocation
def _list(invocation: Invocation, standing: str, limit: int) -> None:
    """Show candidates, the likeliest first."""
    from chariot.entrypoints.cli.views import record_json
    from chariot.model.kinds.candidate import Candidate
    from chariot.model.states import Standing

    wanted = None if standing == "all" else Standing(standing)
    page: Page[Record] = invocation.ask(
        lambda application: application.ownership.candidates(
            application.organisation, standing=wanted, limit=limit
        )
    )
    output = invocation.output
    if output.as_json:
        output.document({"items": [record_json(record) for record in page.items], "more": bool(page.cursor)})
        return
    rows = [
        (
            one.value,
            str(one.confidence),
            one.standing.value,
            ", ".join(sorted({clue.kind for clue in one.clues})),
        )
        for one in (record.entity for record in page.items)
        if isinstance(one, Candidate)
    ]
    if rows:
        output.table(("name", "confidence", "standing", "because of"), rows)
    else:
        output.line("nothing waits for a decision" if standing == "candidate" else "there is none")
    if page.cursor:
        output.line("and more; raise --limit")


@candidates_command.command("why")
@click.argument("name")
@global_options
@pass_invocation
def _why(invocation: Invocation, name: str) -> None:
    """Show each reason to think that NAME is ours: what was seen, where, and what of ours it matched."""
    from chariot.entrypoints.cli.views import record_json
    from chariot.model.kinds.candidate import Candidate
    from chariot.modules.discovery.ownership import clue_lines

    key = _key(name)
    record: Record = invocation.ask(
        lambda application: application.ownership.get(application.organisation, key)
    )
    output = invocation.output
    if output.as_json:
        output.document(record_json(record))
        return
    assert isinstance(record.entity, Candidate)
    output.line(
        f"{record.entity.value} is {record.entity.standing.value}, confidence {record.entity.confidence} of 100"
    )
    if record.entity.reason:
        output.line(f"because: {record.entity.reason}")
    output.heading("Clues, with what each says by itself")
    for line in clue_lines(record.entity.clues):
        output.line(f"  {line}")


@candidates_command.command("standing")
@click.argument("key")
@global_options
@pass_invocation
def _standing(invocation: Invocation, key: str) -> None:
    """Show whose the entity with a KEY is and why, and whether it is still seen."""
    from chariot.entrypoints.cli.times import local
    from chariot.entrypoints.cli.views import candidates, missing

    async def work(application: "Services") -> "Inventoried":
        keys = candidates(key)
        known = await application.store.get(application.organisation, keys)
        found = next((one for one in keys if one in known), None)
        if found is None:
            raise missing(key)
        return await application.ownership.place(application.organisation, found)

    place: Inventoried = invocation.ask(work)
    output = invocation.output

    def words() -> None:
        output.line(f"{place.key} is {place.standing.value}: {place.why}")
        ends = f", and expires {local(place.expires)}" if place.expires else ""
        output.line(f"it is {place.last_seen.value}, last seen {local(place.visited)}{ends}")

    output.choose(place, words)


def _decide(invocation: Invocation, name: str, standing: str, reason: str) -> None:
    from chariot.entrypoints.cli.views import record_json
    from chariot.model.states import Standing

    key = _key(name)

    async def work(application: "Services") -> "Record":
        return await application.ownership.decide(
            application.organisation, key, Standing(standing), actor=actor(), why=reason
        )

    record = invocation.ask(work)
    output = invocation.output
    output.choose(record_json(record), lambda: output.line(f"{record.name} is {standing} now"))


@candidates_command.command("approve")
@click.argument("name")
@click.option("--reason", default="", help="Why it is ours; it becomes the note of the seed.")
@global_options
@pass_invocation
def _approve(invocation: Invocation, name: str, reason: str) -> None:
    """Say that NAME is ours: it becomes a seed, and the next scan looks at it."""
    _decide(invocation, name, "approved", reason)


@candidates_command.command("monitor")
@click.argument("name")
@click.option("--reason", default="", help="Why it is watched.")
@global_options
@pass_invocation
def _monitor(invocation: Invocation, name: str, reason: str) -> None:
    """Watch NAME from afar: third parties are asked about it, and nothing is sent to it."""
    _decide(invocation, name, "monitor-only", reason)


@candidates_command.command("depend")
@click.argument("name")
@click.option("--reason", required=True, help="Whose it is, and what for.")
@global_options
@pass_invocation
def _depend(invocation: Invocation, name: str, reason: str) -> None:
    """Say that NAME is somebody else's that we rely on."""
    _decide(invocation, name, "dependency", reason)


@candidates_command.command("reject")
@click.argument("name")
@click.option("--reason", required=True, help="Why it is not ours; it is remembered.")
@global_options
@pass_invocation
def _reject(invocation: Invocation, name: str, reason: str) -> None:
    """Say that NAME is not ours: it is denied for good, whatever is seen later."""
    _decide(invocation, name, "excluded", reason)


@candidates_command.command("reopen")
@click.argument("name")
@click.option("--reason", default="", help="Why the question is open again.")
@global_options
@pass_invocation
def _reopen(invocation: Invocation, name: str, reason: str) -> None:
    """Take a decision back: NAME waits again."""
    _decide(invocation, name, "candidate", reason)


@candidates_command.command("bounds")
@click.option(
    "--in", "is_in", type=click.IntRange(0, 101), help="From this confidence on it is ours; 101: never."
)
@click.option("--out", "is_out", type=click.IntRange(0, 101), help="Below this confidence it is not kept.")
@click.option("--words", help="Words of ours besides the names of seeds, separated by commas.")
@global_options
@pass_invocation
def _bounds(invocation: Invocation, is_in: int | None, is_out: int | None, words: str | None) -> None:
    """Set from which confidence on something is in, below which it is out, and which words are ours."""
    from chariot.model.kinds.work import Setting
    from chariot.model.observations import Edit
    from chariot.model.states import Status
    from chariot.modules.discovery.ownership import IN_SETTING, OUT_SETTING, WORDS_SETTING

    given = {IN_SETTING: is_in, OUT_SETTING: is_out, WORDS_SETTING: words}
    values = {label: str(value) for label, value in given.items() if value is not None}
    if not values:
        raise click.UsageError("say what to set: --in, --out or --words")
    edits = [
        Edit(actor=actor(), entity=Setting(label=label), fields={"value": value}, status=Status.ACTIVE)
        for label, value in values.items()
    ]
    invocation.ask(lambda application: application.surface.edit(application.organisation, edits))
    output = invocation.output
    output.choose(values, lambda: output.line("set; it holds for what is seen from now on"))


def _key(text: str) -> "Key":
    """Return the key of a candidate as people name it.

    Raises:
        InvalidError: it is no domain, address or netblock.
    """
    from chariot.errors import InvalidError
    from chariot.model.keys import Key
    from chariot.model.kinds.candidate import Candidate
    from chariot.model.kinds.work import Seed

    if text.lstrip("#").startswith("candidate#"):
        return Key(f"#{text.lstrip('#')}")
    try:
        seed = Seed(value=text)
    except ValueError as error:
        raise InvalidError(str(error).removeprefix("value: "), place="name") from None
    kind = "domain" if not seed.is_network else "netblock" if "/" in seed.value else "address"
    return Candidate(about=f"#{kind}#{seed.value}").key
