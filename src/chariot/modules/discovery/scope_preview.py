"""What a change of seeds would bring into scope and take out of it, before anybody saves it."""

from collections import Counter
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from ipaddress import ip_network
from typing import Final

import msgspec

from chariot.model.keys import Key, Organisation
from chariot.model.kinds.work import Seed
from chariot.model.records import Record
from chariot.model.states import Depth, Status
from chariot.modules.discovery.keeper import ScopeKeeper
from chariot.modules.discovery.scope import Scope, Verdict, host_of, is_network
from chariot.modules.surface.ports import EntityReader
from chariot.modules.surface.query import PAGE_LIMIT, Compare, Filter, Query, Some

LOOKED_AT_LIMIT: Final = 20_000
"""Known things that one preview looks at; a person waits for it."""
EXAMPLES: Final = 20
_KINDS: Final = ("domain", "netblock", "address", "webapplication", "port")
_DEPTHS: Final = list(Depth)


class SeedChange(msgspec.Struct, frozen=True, kw_only=True):
    """A seed as it would be saved; None leaves as it is what is there, or the default."""

    value: str
    depth: Depth | None = None
    deny: tuple[str, ...] | None = None


class ScopeMove(msgspec.Struct, frozen=True):
    """One thing on which the scope would say something else."""

    key: Key
    why: str
    """What the scope would say of it then, in one sentence."""


class ScopePreview(msgspec.Struct, frozen=True, kw_only=True):
    """What would come in and fall out, of what is known."""

    comes_in: Mapping[str, int]
    """How many, by kind."""
    falls_out: Mapping[str, int]
    deeper: int
    """Things that stay in scope and would be looked at deeper."""
    shallower: int
    incoming: Sequence[ScopeMove]
    """The first that come in."""
    outgoing: Sequence[ScopeMove]
    """The first that fall out."""
    looked_at: int
    """How many known things were compared; what the change cannot concern is not among them."""
    is_complete: bool
    """False when there is more than one preview looks at: the counts are then the least."""


class _Sums:
    """What is added up for one preview."""

    def __init__(self, before: Scope, after: Scope) -> None:
        self._scopes = before, after
        self._in: Counter[str] = Counter()
        self._out: Counter[str] = Counter()
        self._deeper = self._shallower = 0
        self._incoming: list[ScopeMove] = []
        self._outgoing: list[ScopeMove] = []
        self.looked_at = 0

    def holds(self, host: str) -> bool:
        """Tell whether *host* is in both scopes by itself, whatever resolves to it."""
        return all(scope.host(host) for scope in self._scopes)

    def add(self, record: Record, names: Collection[str]) -> None:
        """Compare what both scopes say of *record*, whose address *names* resolve to."""
        self.looked_at += 1
        was, will = (scope.key(record.key, names) for scope in self._scopes)
        if was.admitted and will.admitted:
            steps = _DEPTHS.index(will.depth) - _DEPTHS.index(was.depth)
            self._deeper += steps > 0
            self._shallower += steps < 0
        elif will.admitted:
            self._tell(self._in, self._incoming, record, will)
        elif was.admitted:
            self._tell(self._out, self._outgoing, record, will)

    @staticmethod
    def _tell(counts: Counter[str], examples: list[ScopeMove], record: Record, will: Verdict) -> None:
        counts[record.kind] += 1
        if len(examples) < EXAMPLES:
            examples.append(ScopeMove(record.key, will.why))

    def told(self, *, is_complete: bool) -> ScopePreview:
        return ScopePreview(
            comes_in=dict(self._in),
            falls_out=dict(self._out),
            deeper=self._deeper,
            shallower=self._shallower,
            incoming=self._incoming,
            outgoing=self._outgoing,
            looked_at=self.looked_at,
            is_complete=is_complete,
        )


class ScopePreviews:
    """Compares the scope that is with the one that a change would make. Nothing is written for that."""

    def __init__(self, store: EntityReader, keeper: ScopeKeeper, *, limit: int = LOOKED_AT_LIMIT) -> None:
        self._store = store
        self._keeper = keeper
        self._limit = limit

    async def preview(
        self, organisation: Organisation, put: Sequence[SeedChange], drop: Sequence[str] = ()
    ) -> ScopePreview:
        """Return what would come in and fall out if the seeds *put* were saved and those in *drop* excluded.

        All are in canonical form; see `Seed`.
        """
        old = {seed.value: seed for seed in await self._keeper.seeds(organisation)}
        new = {value: seed for value, seed in old.items() if value not in drop}
        for seed in await self._changed(organisation, put):
            new[seed.value] = seed
        excluded = await self._keeper.excluded(organisation)
        sums = _Sums(Scope.of(old.values(), excluded), Scope.of(new.values(), excluded))
        touched = _touched(old, new)
        is_complete = await self._compare(organisation, touched, sums) if touched else True
        return sums.told(is_complete=is_complete)

    async def _changed(self, organisation: Organisation, put: Sequence[SeedChange]) -> list[Seed]:
        """Return the seeds *put* as saving them would leave them."""
        plain = [Seed(value=one.value) for one in put]
        records = await self._store.get(organisation, [seed.key for seed in plain])
        changed: dict[Key, Seed] = {}
        for one, seed in zip(put, plain, strict=True):
            record = records.get(seed.key)
            kept = record.entity if record is not None and isinstance(record.entity, Seed) else seed
            base = changed.get(seed.key, kept)
            changed[seed.key] = Seed(
                value=base.value,
                depth=base.depth if one.depth is None else one.depth,
                deny=base.deny if one.deny is None else one.deny,
            )
        return list(changed.values())

    async def _compare(self, organisation: Organisation, touched: Collection[str], sums: _Sums) -> bool:
        """Add up what *touched* may concern; tell whether that was all of it."""
        names = [value for value in touched if not is_network(value)]
        resolved: dict[str, Collection[str]] = {}
        for kind in _KINDS:
            if kind == "domain" and not names:
                continue
            # A name in scope brings in whatever address it resolves to: those addresses do not show it.
            where = _near(names) if kind == "domain" else None if names else _near(touched)
            async for record in self._known(organisation, kind, where):
                if sums.looked_at >= self._limit:
                    return False
                host = host_of(record.key)
                if host not in resolved:
                    resolved[host] = (
                        () if sums.holds(host) else await self._keeper.names_at(organisation, host)
                    )
                sums.add(record, resolved[host])
        return True

    async def _known(
        self, organisation: Organisation, kind: str, where: Filter | None
    ) -> AsyncIterator[Record]:
        cursor = ""
        while True:
            query = Query(kinds=(kind,), where=where, limit=PAGE_LIMIT, cursor=cursor)
            page = await self._store.find(organisation, query)
            for record in page.items:
                if record.status is not Status.EXCLUDED:
                    yield record
            cursor = page.cursor
            if not cursor:
                return


def _touched(old: Mapping[str, Seed], new: Mapping[str, Seed]) -> set[str]:
    """Return the names and networks on which the two scopes may differ."""
    touched: set[str] = set()
    for value in old.keys() | new.keys():
        before, after = old.get(value), new.get(value)
        if before is None or after is None or before.depth is not after.depth:
            touched.add(value)
        touched |= {*(before.deny if before else ())} ^ {*(after.deny if after else ())}
    return touched


def _near(touched: Collection[str]) -> Filter | None:
    """Return a filter that leaves out most of what lies elsewhere; None where the keys do not tell."""
    parts = [_common_part(value) for value in touched]
    if not all(parts):
        return None
    return Some(tuple(Compare("key", "~", (part,)) for part in sorted(set(parts))))


def _common_part(value: str) -> str:
    """Return a text that is in every key of what lies in *value*: a name, or the octets that its addresses share."""
    if not is_network(value):
        return value
    network = ip_network(value)
    if network.version == 6 or network.prefixlen == 32:
        return str(network.network_address) if network.num_addresses == 1 else ""
    octets = str(network.network_address).split(".")[: network.prefixlen // 8]
    return "".join(f"{octet}." for octet in octets)
