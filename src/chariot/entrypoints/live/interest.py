"""Which changes one who watches wants."""

import asyncio
from collections import OrderedDict
from collections.abc import Collection, Sequence

import msgspec

from chariot.entrypoints.live.follower import Item
from chariot.model.keys import Key, Organisation
from chariot.model.registry import KINDS
from chariot.modules.surface.filters import parse_filter
from chariot.modules.surface.ports import EntityStore
from chariot.modules.surface.query import PAGE_LIMIT, All, Compare, Filter, Query

_REMEMBERED = 64


class Interest(msgspec.Struct, frozen=True, kw_only=True):
    """What is wanted; an empty one wants everything.

    A change is of its entity, or of the source of its relationship; *keys* also mean the relationship's target.

    Raises:
        InvalidError: the filter is not in the language, or not of these kinds.
    """

    kinds: frozenset[str] = frozenset()
    keys: frozenset[Key] = frozenset()
    filter: str = ""
    """Filter language: the change passes when its entity, as it is by then, is what the filter asks for."""
    where: Filter | None = None

    def __post_init__(self) -> None:
        if self.filter.strip():
            msgspec.structs.force_setattr(self, "where", parse_filter(self.filter, self.asked_kinds))

    @property
    def asked_kinds(self) -> tuple[str, ...]:
        """The kinds that the filter is about."""
        return tuple(sorted(self.kinds)) or tuple(KINDS)

    def named(self, items: Sequence[Item]) -> Sequence[Item]:
        """Return the changes of the kinds and keys that are wanted."""
        if not self.kinds and not self.keys:
            return items
        return [one for one in items if self._names(one)]

    def _names(self, item: Item) -> bool:
        change = item.change
        if self.kinds and change.kind not in self.kinds:
            return False
        return not self.keys or change.key in self.keys or change.target in self.keys


class Matching:
    """Asks the store what passes a filter: once for all who ask the same of the same changes."""

    def __init__(self, store: EntityStore, organisation: Organisation) -> None:
        self._store = store
        self._organisation = organisation
        self._asked: OrderedDict[tuple[str, tuple[str, ...], int, int], asyncio.Task[Collection[Key]]] = (
            OrderedDict()
        )

    async def of(self, interest: Interest, items: Sequence[Item]) -> Sequence[Item]:
        """Return those of *items* that *interest* wants."""
        named = interest.named(items)
        if interest.where is None or not named:
            return named
        name = (interest.filter, interest.asked_kinds, items[0].sequence, items[-1].sequence)
        asked = self._asked.get(name)
        if asked is None:
            asked = self._asked[name] = asyncio.create_task(self._ask(interest, items))
            while len(self._asked) > _REMEMBERED:
                self._asked.popitem(last=False)
        # One who goes away must not take the answer from the others.
        passing = await asyncio.shield(asked)
        return [one for one in named if one.change.key in passing]

    async def _ask(self, interest: Interest, items: Sequence[Item]) -> Collection[Key]:
        assert interest.where is not None  # Only a filter is asked about.
        kinds = interest.asked_kinds
        keys = tuple(dict.fromkeys(one.change.key for one in items if one.change.kind in kinds))
        if not keys:
            return ()
        query = Query(
            kinds=kinds,
            where=All((Compare("key", "=", keys), interest.where)),
            limit=PAGE_LIMIT,
            everything=True,
        )
        page = await self._store.find(self._organisation, query)
        return frozenset(record.key for record in page.items)
