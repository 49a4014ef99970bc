"""The surface as those who may read it see it: what a store holds of people encrypted is opened on the way out.

Secrets stay sealed here: they are opened one by one, where they are used. Reading them loads the keys that this
takes, so whoever read a record can open what is in it.
"""

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from datetime import datetime
from functools import cache, lru_cache
from typing import Any

import msgspec

from chariot.errors import ConfigurationError, InvalidError
from chariot.model.base import Entity
from chariot.model.fields import SEALED
from chariot.model.keys import Key, Organisation, kind_of
from chariot.model.records import Difference, Record, Version
from chariot.model.registry import KINDS
from chariot.modules.secrets.vault import Vault
from chariot.modules.surface.passing import PassingStore
from chariot.modules.surface.ports import EntityStore, Groups, Span, Tally
from chariot.modules.surface.query import All, Compare, Filter, Not, Page, Query, Some, personal_fields
from chariot.modules.surface.sealing import SEALED_KINDS, sealed_fields
from chariot.modules.surface.sight import Sight

_KEPT = 16_384
"""How many opened texts are remembered: most of what is read about people is read again and again."""
_UNREADABLE = "(cannot be opened)"
_set = msgspec.structs.force_setattr


class OpeningStore(PassingStore):
    """See `EntityStore`: the store below, with personal fields opened."""

    def __init__(self, store: EntityStore, vault: Vault) -> None:
        super().__init__(store)
        self._vault = vault
        self._opened = lru_cache(_KEPT)(vault.open)

    async def get(
        self, organisation: Organisation, keys: Sequence[Key], *, as_of: datetime | None = None
    ) -> Mapping[Key, Record]:
        """See `EntityReader.get`."""
        found = await self._store.get(organisation, keys, as_of=as_of)
        if not any(record.kind in SEALED_KINDS for record in found.values()):
            return found
        await self._prepare(organisation, (record.entity for record in found.values()))
        return {key: self._record(organisation, record) for key, record in found.items()}

    async def find(self, organisation: Organisation, query: Query) -> Page[Record]:
        """See `EntityReader.find`; a personal field is looked for in every form that it may be stored in."""
        page = await self._store.find(organisation, await self._asked(organisation, query))
        if not any(record.kind in SEALED_KINDS for record in page.items):
            return page
        await self._prepare(organisation, (record.entity for record in page.items))
        return Page(tuple(self._record(organisation, record) for record in page.items), page.cursor)

    async def tally(
        self,
        organisation: Organisation,
        query: Query,
        fields: Sequence[str],
        *,
        moments: Sequence[datetime] = (),
    ) -> Sequence[Tally]:
        """See `Tallies.tally`; a personal field is looked for as `find` does it."""
        asked = await self._asked(organisation, query)
        return await self._store.tally(organisation, asked, fields, moments=moments)

    async def group(
        self, organisation: Organisation, query: Query, field: str, conditions: Sequence[Filter] = ()
    ) -> Groups:
        """See `Tallies.group`; a personal field is looked for as `find` does it."""
        asked = await self._asked(organisation, query)
        each = [
            await self._asked(organisation, msgspec.structs.replace(query, where=one)) for one in conditions
        ]
        known = [one.where for one in each if one.where is not None]
        return await self._store.group(organisation, asked, field, known)

    async def versions(
        self, organisation: Organisation, key: Key, *, limit: int = 100, cursor: str = ""
    ) -> Page[Version]:
        """See `History.versions`."""
        page = await self._store.versions(organisation, key, limit=limit, cursor=cursor)
        if kind_of(key) not in SEALED_KINDS:
            return page
        await self._prepare(organisation, (version.entity for version in page.items))
        items = [
            msgspec.structs.replace(version, entity=self._entity(organisation, version.entity))
            for version in page.items
        ]
        return Page(tuple(items), page.cursor)

    async def differences(
        self,
        organisation: Organisation,
        since: datetime,
        until: datetime,
        *,
        kinds: Sequence[str] = (),
        limit: int = 100,
        cursor: str = "",
    ) -> Page[Difference]:
        """See `History.differences`."""
        page = await self._store.differences(
            organisation, since, until, kinds=kinds, limit=limit, cursor=cursor
        )
        if not any(one.kind in SEALED_KINDS for one in page.items):
            return page
        sides = [side for one in page.items for side in (one.before, one.after) if side is not None]
        await self._prepare(organisation, (side.entity for side in sides))
        return Page(tuple(self._difference(organisation, one) for one in page.items), page.cursor)

    async def series(
        self, organisation: Organisation, kind: str, field: str, span: Span, *, sight: Sight | None = None
    ) -> Mapping[str | None, Sequence[int]]:
        """See `History.series`."""
        found = await self._store.series(organisation, kind, field, span, sight=sight)
        if field not in _personal(kind):
            return found
        await self._vault.prepare(organisation, [value for value in found if value])
        # One value may be stored in two forms while it is sealed anew.
        summed: dict[str | None, list[int]] = {}
        for value, counts in found.items():
            plain = value if value is None else self._text(organisation, value)
            so_far = summed.setdefault(plain, [0] * span.count)
            summed[plain] = [one + more for one, more in zip(so_far, counts, strict=True)]
        return summed

    async def _prepare(self, organisation: Organisation, entities: Iterable[Entity]) -> None:
        texts = [
            value
            for entity in entities
            for name in sealed_fields(entity.kind)
            if isinstance(value := getattr(entity, name), str) and value.startswith(SEALED)
        ]
        if texts:
            await self._vault.prepare(organisation, texts)

    async def _asked(self, organisation: Organisation, query: Query) -> Query:
        personal = personal_fields(query.kinds)
        if query.where is None or not personal:
            return query
        await self._vault.prepare_all(organisation)
        where = _in_forms(query.where, personal, lambda value: self._vault.forms(organisation, value))
        return msgspec.structs.replace(query, where=where)

    def _record(self, organisation: Organisation, record: Record) -> Record:
        entity = self._entity(organisation, record.entity)
        if entity is record.entity:
            return record
        made = copy(record)
        _set(made, "entity", entity)
        _set(made, "name", entity.name)
        return made

    def _difference(self, organisation: Organisation, one: Difference) -> Difference:
        before = one.before and self._record(organisation, one.before)
        after = one.after and self._record(organisation, one.after)
        # What was only sealed anew in between is no difference.
        fields = tuple(
            name
            for name in one.fields
            if name not in _personal(one.kind)
            or before is None
            or after is None
            or getattr(before.entity, name) != getattr(after.entity, name)
        )
        return msgspec.structs.replace(one, before=before, after=after, fields=fields)

    def _entity(self, organisation: Organisation, entity: Entity) -> Entity:
        made = entity
        for name in _personal(entity.kind):
            value = getattr(entity, name)
            if isinstance(value, str) and value.startswith(SEALED):
                if made is entity:
                    # What is opened was checked before it was sealed: to check each field again costs most of a read.
                    made = copy(entity)
                _set(made, name, self._text(organisation, value))
        return made

    def _text(self, organisation: Organisation, value: str) -> str:
        try:
            return self._opened(organisation, value)
        except ConfigurationError:
            # One field that nobody can open any more (its key was given up) does not hide all the others.
            return _UNREADABLE


@cache
def _personal(kind: str) -> tuple[str, ...]:
    cls = KINDS.get(kind)
    return tuple(spec.name for spec in cls.specs if spec.mark.personal) if cls is not None else ()


def _in_forms(term: Filter, personal: frozenset[str], forms: Any) -> Filter:
    """Return *term* with each value of a personal field in every form that a store may hold it in."""
    match term:
        case Not(inner):
            return Not(_in_forms(inner, personal, forms))
        case All(terms):
            return All(tuple(_in_forms(one, personal, forms) for one in terms))
        case Some(terms):
            return Some(tuple(_in_forms(one, personal, forms) for one in terms))
        case Compare(field, operator, values) if field in personal:
            if operator not in ("=", "!="):
                raise InvalidError(f"{field} is stored encrypted: compare it with = or !=", place="filter")
            found = [form for value in values for form in (forms(value) if value else (value,))]
            return Compare(field, operator, tuple(found))
        case Compare():
            return term
