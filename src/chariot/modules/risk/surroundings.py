"""What risks stand on: their targets, what those belong to, what stands before them, and who has them."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from chariot.model.keys import Key, Organisation
from chariot.model.kinds.network import Netblock
from chariot.model.kinds.weakness import Risk, Vulnerability
from chariot.model.records import Edge, Record
from chariot.model.relationships import RelationshipType
from chariot.model.states import ON_SURFACE
from chariot.modules.risk.facts import control_keys, parents
from chariot.modules.surface.exposure import EXPOSED_KINDS, is_exposed
from chariot.modules.surface.ports import Direction, EntityReader
from chariot.modules.surface.query import Page

HOLDERS_AT_ONCE: Final = 1_000
"""So many of those that have a target are looked at together: where one is exposed, the others are not read."""
_HAVE: Final = (
    RelationshipType.HAS_FILE,
    RelationshipType.HAS_TECHNOLOGY,
    RelationshipType.HAS_CREDENTIAL,
    RelationshipType.HAS_RECORD,
    RelationshipType.PRESENTS_CERTIFICATE,
)
"""What leads from a host or service to what it runs, keeps or shows."""


class Around(msgspec.Struct, frozen=True):
    """What a risk stands on."""

    target: Record | None
    vulnerability: Vulnerability | None
    beside: Mapping[Key, Record]
    """What the target belongs to, and what stands before it."""
    holder: Record | None = None
    """Something that the internet reaches, and that has the target."""


class Surroundings:
    """Reads what risks stand on, for many at once."""

    def __init__(self, store: EntityReader, *, holders_at_once: int = HOLDERS_AT_ONCE) -> None:
        self._store = store
        self._holders_at_once = holders_at_once

    async def of(self, organisation: Organisation, risks: Sequence[Risk]) -> Sequence[Around]:
        """Return what each of *risks* stands on, in their order."""
        weaknesses = {risk.weakness: Vulnerability(id=risk.weakness).key for risk in risks}
        wanted = dict.fromkeys([*weaknesses.values(), *(Key(risk.target) for risk in risks)])
        found = dict(await self._store.get(organisation, list(wanted)))
        targets = [found[key] for key in {Key(risk.target) for risk in risks} if key in found]
        beside = [
            key
            for target in targets
            for key in (*parents(target.entity), *control_keys(target.key))
            if key not in found
        ]
        if beside:
            found |= await self._store.get(organisation, list(dict.fromkeys(beside)))
        holders = await self._holders(organisation, targets)
        around = []
        for risk in risks:
            known = found.get(weaknesses[risk.weakness])
            vulnerability = known.entity if known is not None else None
            around.append(
                Around(
                    found.get(Key(risk.target)),
                    vulnerability if isinstance(vulnerability, Vulnerability) else None,
                    found,
                    holders.get(Key(risk.target)),
                )
            )
        return around

    async def _holders(self, organisation: Organisation, targets: Sequence[Record]) -> Mapping[Key, Record]:
        """Return, for those of *targets* that packets cannot be sent to, something exposed that has them."""
        carried = [target for target in targets if target.kind not in EXPOSED_KINDS]
        networks = [target.key for target in carried if target.kind == Netblock.kind]
        others = [target.key for target in carried if target.kind != Netblock.kind]
        return {
            **await self._first_exposed(organisation, others, "in", _HAVE),
            **await self._first_exposed(organisation, networks, "out", (RelationshipType.CONTAINS,)),
        }

    async def _first_exposed(
        self,
        organisation: Organisation,
        keys: Sequence[Key],
        direction: Direction,
        types: Sequence[RelationshipType],
    ) -> dict[Key, Record]:
        """Return an end that the internet reaches of relationships of *types*, for each of *keys* that has one.

        It is the least by key among those that are read together: the same one is named each time, so that no
        score is written anew for another reason of equal worth.
        """
        if not keys:
            return {}
        pages = await self._store.edges_of_many(
            organisation, keys, direction=direction, types=types, limit=self._holders_at_once
        )
        found = await self._exposed(organisation, pages, direction)
        for key in [key for key, page in pages.items() if page.cursor and key not in found]:
            cursor = pages[key].cursor
            while cursor and key not in found:
                page = await self._store.edges(
                    organisation,
                    key,
                    direction=direction,
                    types=types,
                    limit=self._holders_at_once,
                    cursor=cursor,
                )
                found |= await self._exposed(organisation, {key: page}, direction)
                cursor = page.cursor
        return found

    async def _exposed(
        self, organisation: Organisation, pages: Mapping[Key, Page[Edge]], direction: Direction
    ) -> dict[Key, Record]:
        """Return an end that the internet reaches for each key of *pages* that has one there."""
        ends = {
            key: [edge.source if direction == "in" else edge.target for edge in page.items]
            for key, page in pages.items()
        }
        wanted = list(dict.fromkeys(key for keys in ends.values() for key in keys))
        known = await self._store.get(organisation, wanted) if wanted else {}
        exposed = {
            key: record for key, record in known.items() if record.status in ON_SURFACE and is_exposed(record)
        }
        return {
            target: exposed[min(reached)]
            for target, keys in ends.items()
            if (reached := [key for key in keys if key in exposed])
        }
