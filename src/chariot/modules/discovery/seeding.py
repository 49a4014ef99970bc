"""What the order of a scan decides about its seeds."""

from collections.abc import Sequence

import msgspec

from chariot.model.keys import Organisation
from chariot.model.kinds.work import Scan, Seed
from chariot.model.observations import Edit
from chariot.model.states import Depth
from chariot.modules.discovery.scope import Scope
from chariot.modules.surface.ports import EntityReader


async def seed_edits(reader: EntityReader, organisation: Organisation, scan: Scan) -> list[Edit]:
    """Return the decisions that *scan* makes about its seeds. What earlier ones denied stays denied.

    Each holds only for the seed as it was read: of two orders at the same moment, neither takes away what the other
    denied.
    """
    seeds = [Seed(value=value) for value in scan.seeds]
    known = await reader.get(organisation, [seed.key for seed in seeds])
    edits = []
    for seed, deny in zip(seeds, denials(seeds, scan.deny), strict=True):
        record = known.get(seed.key)
        before = record.entity.deny if record is not None and isinstance(record.entity, Seed) else ()
        wanted = msgspec.structs.replace(
            seed, deny=tuple(sorted({*before, *deny})), depth=scan.depth or Depth.NORMAL
        )
        edits.append(
            Edit(
                actor=scan.requested_by,
                why=f"scan {scan.id}",
                entity=wanted,
                fields={"depth": scan.depth.value} if scan.depth is not None else {},
                if_revision=record.revision if record is not None else 0,
            )
        )
    return edits


def denials(seeds: Sequence[Seed], deny: Sequence[str]) -> list[list[str]]:
    """Return what each seed denies: what lies in it; the first one takes what lies in none.

    A denial refuses wherever it stands. It is kept where a person would look for it.
    """
    lists: list[list[str]] = [[] for _ in seeds]
    for value in deny:
        key = Seed(value=value).key
        holding = [n for n, seed in enumerate(seeds) if Scope.of([seed]).key(key)]
        for number in holding or [0]:
            lists[number].append(value)
    return lists
