"""Names of people in the audit log: entries are written with pseudonyms, and read with the names behind them.

What is hashed is the pseudonym. So a person is forgotten by forgetting whom it stands for, and the chain still holds.
Beside each name stands a proof that it is the name of this pseudonym, sealed as well: whoever writes the database can
make nobody of somebody, and never somebody else.
"""

import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Final, Protocol
from urllib.parse import unquote

import msgspec

from chariot.errors import ConfigurationError
from chariot.model.fields import SEALED
from chariot.model.keys import Organisation
from chariot.modules.audit.aliases import Alias, Aliases
from chariot.modules.audit.chain import Row
from chariot.modules.audit.entries import Entry

NOBODY: Final = frozenset({"", "schedule", "token", "local", "detection", "device", "expiry", "sign-in"})
"""Actors that are no people: the program itself, and the token of the installation."""
_PROGRAMS: Final = ("key:", "integration:", "hook:")
"""Begin the actor where a program asked."""
_FORM: Final = re.compile(r"~[0-9a-f]{16}(?:[0-9a-f]{4})?(?![0-9a-f])")
"""The longer ones have a proof; the shorter ones are from before there were proofs."""
_LONG: Final = 21
_PROOF: Final = "="
"""Ends the name under which the proof of a pseudonym is kept."""
_ABOUT: Final = re.compile(
    r"""
      ^\#(?:user|member)\#(?P<key>.+)$                      # an account, a member
    | ^(?P<subject>(?:user|oidc|cli):.+)$                   # whose sessions end
    | ^/api/v\d+/(?:users|members)/(?P<path>[^/?]+)
    """,
    re.VERBOSE,
)
_KEPT: Final = 10_000
_FRESH_S: Final = 60.0
"""How long a name keeps its pseudonym here after another process forgot it."""
_PAGE: Final = 1_000


class Sealing(Protocol):
    """Seals names, the same name in the same form; see `Vault`."""

    async def ready(self, organisation: Organisation) -> None:
        """Have a key that seals."""
        ...

    async def prepare_all(self, organisation: Organisation) -> None:
        """Have every key that opens."""
        ...

    def seal(self, organisation: Organisation, secret: str) -> str:
        """Return *secret* as a store may hold it."""
        ...

    def open(self, organisation: Organisation, text: str) -> str:
        """Return what was sealed.

        Raises:
            ConfigurationError: its key is gone.
        """
        ...

    def forms(self, organisation: Organisation, value: str) -> tuple[str, ...]:
        """Return every form that a store may hold *value* in."""
        ...


class Pseudonyms:
    """Puts pseudonyms in the place of names, and back."""

    def __init__(
        self, aliases: Aliases, sealing: Sealing, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._aliases = aliases
        self._sealing = sealing
        self._clock = clock
        self._known: OrderedDict[tuple[Organisation, str], tuple[str, float]] = OrderedDict()

    async def hide(self, organisation: Organisation, entries: Sequence[Entry]) -> list[Entry]:
        """Return *entries* of one organisation without names of people."""
        return [await self._hidden(organisation, entry) for entry in entries]

    async def show(self, organisation: Organisation, rows: Sequence[Row]) -> list[Row]:
        """Return *rows* with the names that are still known; a pseudonym whose name was forgotten stays."""
        found = {one for row in rows for text in (row.actor, row.object) for one in _FORM.findall(text)}
        names = await self._names(organisation, sorted(found))
        if not names:
            return list(rows)

        def named(text: str) -> str:
            return _FORM.sub(lambda one: names.get(one[0], one[0]), text) if "~" in text else text

        return [row._replace(actor=named(row.actor), object=named(row.object)) for row in rows]

    async def actors(self, organisation: Organisation, actor: str) -> tuple[str, ...]:
        """Return every text that the log may have written *actor* as: entries from before pseudonyms name them."""
        return (actor, *await self._pseudonyms(organisation, actor)) if _is_person(actor) else (actor,)

    async def objects(self, organisation: Organisation, what: str) -> tuple[str, ...]:
        """Return every text that the log may have written the object *what* as."""
        span = _person_in(what)
        if span is None:
            return (what,)
        first, last = span
        others = await self._pseudonyms(organisation, what[first:last])
        return (what, *(f"{what[:first]}{one}{what[last:]}" for one in others))

    async def forget(self, organisation: Organisation, is_meant: Callable[[str], bool]) -> int:
        """Forget every name that *is_meant* tells of a person; return how many pseudonyms stand for nobody now."""
        await self._sealing.prepare_all(organisation)
        gone, after = 0, ""
        while page := await self._aliases.page(organisation, after=after, limit=_PAGE):
            after = page[-1].pseudonym
            # A proof names the person, too; they go together.
            meant = {
                one.pseudonym.removesuffix(_PROOF) for one in page if self._means(organisation, one, is_meant)
            }
            if meant:
                await self._aliases.remove(organisation, [*meant, *(f"{one}{_PROOF}" for one in meant)])
            gone += len(meant)
        self._known.clear()
        return gone

    def _means(self, organisation: Organisation, alias: Alias, is_meant: Callable[[str], bool]) -> bool:
        name = self._opened(organisation, alias)
        if alias.pseudonym.endswith(_PROOF):
            name = name.partition(" ")[2]
        return is_meant(name) or is_meant(unquote(name))

    async def exchanged(self, organisation: Organisation) -> list[str]:
        """Return the pseudonyms behind which another name stands than when they were made."""
        await self._sealing.prepare_all(organisation)
        found, after = [], ""
        while page := await self._aliases.page(organisation, after=after, limit=_PAGE):
            after = page[-1].pseudonym
            named = [one for one in page if not one.pseudonym.endswith(_PROOF)]
            proven = {one.pseudonym for one in await self._proven(organisation, named)}
            found += [one.pseudonym for one in named if one.pseudonym not in proven]
        return found

    async def _proven(self, organisation: Organisation, aliases: Sequence[Alias]) -> list[Alias]:
        """Return those of *aliases* whose names are those that their pseudonyms were made for."""
        places = [f"{one.pseudonym}{_PROOF}" for one in aliases if len(one.pseudonym) >= _LONG]
        kept = await self._aliases.standing(organisation, places) if places else ()
        # What is not sealed proves nothing: anybody can write it.
        proofs = {
            one.pseudonym: self._opened(organisation, one) for one in kept if one.name.startswith(SEALED)
        }

        def holds(alias: Alias) -> bool:
            if len(alias.pseudonym) < _LONG:
                return True
            name, proof = self._opened(organisation, alias), proofs.get(f"{alias.pseudonym}{_PROOF}")
            # Who took the keys along left neither.
            return proof == (_proof(alias.pseudonym, name) if name else "")

        return [one for one in aliases if holds(one)]

    async def _hidden(self, organisation: Organisation, entry: Entry) -> Entry:
        span = _person_in(entry.object)
        is_person = _is_person(entry.actor)
        if span is None and not is_person:
            return entry
        actor = await self._pseudonym(organisation, entry.actor) if is_person else entry.actor
        what = entry.object
        if span is not None:
            first, last = span
            what = f"{what[:first]}{await self._pseudonym(organisation, what[first:last])}{what[last:]}"
        return msgspec.structs.replace(entry, actor=actor, object=what)

    async def _pseudonym(self, organisation: Organisation, name: str) -> str:
        """Return what stands for *name*, which is made where there is nothing yet."""
        now = self._clock()
        known = self._known.get((organisation, name))
        if known is not None and now - known[1] < _FRESH_S:
            return known[0]
        await self._sealing.ready(organisation)
        found = [one for one in await self._pseudonyms(organisation, name) if len(one) >= _LONG]
        pseudonym = found[0] if found else f"~{secrets.token_hex(10)}"
        if not found:
            for place, text in (
                (f"{pseudonym}{_PROOF}", _proof(pseudonym, name)),
                (pseudonym, name),
            ):
                await self._aliases.add(organisation, Alias(place, self._sealing.seal(organisation, text)))
        self._known[organisation, name] = (pseudonym, now)
        self._known.move_to_end((organisation, name))
        if len(self._known) > _KEPT:
            self._known.popitem(last=False)
        return pseudonym

    async def _pseudonyms(self, organisation: Organisation, name: str) -> list[str]:
        """Return all that stand for *name*; more than one, where two processes met it in the same moment."""
        await self._sealing.prepare_all(organisation)
        forms = self._sealing.forms(organisation, name)
        named = await self._aliases.named(organisation, forms)
        return [one.pseudonym for one in await self._proven(organisation, named)]

    async def _names(self, organisation: Organisation, pseudonyms: Sequence[str]) -> dict[str, str]:
        if not pseudonyms:
            return {}
        await self._sealing.prepare_all(organisation)
        found = await self._aliases.standing(organisation, pseudonyms)
        proven = await self._proven(organisation, found)
        opened = {one.pseudonym: self._opened(organisation, one) for one in proven}
        return {pseudonym: name for pseudonym, name in opened.items() if name}

    def _opened(self, organisation: Organisation, alias: Alias) -> str:
        try:
            return self._sealing.open(organisation, alias.name)
        except ConfigurationError:
            # The organisation left and took its keys along: nobody can tell any more.
            return ""


def _proof(pseudonym: str, name: str) -> str:
    # No field that people fill takes a control character, so nobody has the same sealed for them.
    return f"\x1e{pseudonym} {name}"


def nameless(what: str) -> str:
    """Return a path or key with `~` in the place of a person, for what keeps no names at all."""
    span = _person_in(what)
    return what if span is None else f"{what[: span[0]]}~{what[span[1] :]}"


def _is_person(actor: str) -> bool:
    return actor not in NOBODY and not actor.startswith(_PROGRAMS) and not _FORM.fullmatch(actor)


def _person_in(what: str) -> tuple[int, int] | None:
    """Return where in an object a person is named."""
    found = _ABOUT.match(what)
    if found is None or found.lastgroup is None or _FORM.fullmatch(found[found.lastgroup]):
        return None
    return found.span(found.lastgroup)
