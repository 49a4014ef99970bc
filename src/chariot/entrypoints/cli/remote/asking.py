"""What a server is asked about its machinery and its graph. See `chariot.entrypoints.cli.services`."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from chariot.entrypoints.cli.remote.connection import Connection
from chariot.entrypoints.cli.remote.records import converted
from chariot.entrypoints.cli.scanners import Scanner
from chariot.model.keys import Key, Organisation
from chariot.modules.graph.answers import AttackPaths, Blast, FixPlan, Pruned
from chariot.modules.intel.answers import Match
from chariot.modules.intel.packages import PackageMatch
from chariot.modules.intel.service import Status
from chariot.modules.work.messages import DeadLetter, Message, Oldest, QueueDepth

_Plain = dict[str, Any]
_DEAD = "/api/v1/queues/dead-letters"
_PAGE = 500
_REPLAYED = 1_000


class _Letter(msgspec.Struct, frozen=True, kw_only=True):
    number: str
    queue: str
    id: str
    order_key: str
    attempts: int
    error: str
    published_at: datetime
    died_at: datetime


class _Matches(msgspec.Struct, frozen=True):
    products: Mapping[str, tuple[Match, ...]]
    packages: Mapping[str, tuple[PackageMatch, ...]]


class RemoteQueues:
    """See `Queues`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def depths(self, organisation: Organisation | None = None) -> Sequence[QueueDepth]:  # noqa: ARG002 - the connection's
        """See `Inspector.depths`."""
        found = await self._connection.call(list[_Plain], "GET", "/api/v1/queues")
        return tuple(map(depth_of, found))

    async def dead_letters(
        self, organisation: Organisation, *, queue: str = "", limit: int = 100, after: str = ""
    ) -> Sequence[DeadLetter]:
        """See `Bus.dead_letters`; what a letter says stays at the server."""
        found: list[DeadLetter] = []
        cursor = after
        while len(found) < limit:
            asked = {
                "queue": queue or None,
                "limit": min(limit - len(found), _PAGE),
                "cursor": cursor or None,
            }
            page = await self._connection.page(_Letter, _DEAD, query=asked)
            found += [_dead(one, organisation) for one in page.items]
            cursor = page.cursor
            if not cursor:
                break
        return found

    async def replay(self, numbers: Sequence[str], *, organisation: Organisation) -> int:  # noqa: ARG002 - the connection's
        """See `Bus.replay`."""
        replayed = 0
        for start in range(0, len(numbers), _REPLAYED):
            body = {"numbers": list(numbers[start : start + _REPLAYED])}
            answer = await self._connection.call(
                _Plain, "POST", f"{_DEAD}/replay", body=body, repeatable=True
            )
            replayed += int(answer["replayed"])
        return replayed


def depth_of(item: _Plain) -> QueueDepth:
    """Return how full a queue is, as an answer shows it."""
    counts = {name: item[name] for name in ("queue", "waiting", "leased", "delayed", "dead", "oldest_age_s")}
    oldest = item.get("oldest_message")
    return QueueDepth(**counts, oldest=converted(oldest, Oldest) if oldest else None)


def _dead(letter: _Letter, organisation: Organisation) -> DeadLetter:
    message = Message(
        queue=letter.queue, id=letter.id, organisation=organisation, order_key=letter.order_key, body=b""
    )
    return DeadLetter(
        number=letter.number,
        message=message,
        attempts=letter.attempts,
        error=letter.error,
        published_at=letter.published_at,
        died_at=letter.died_at,
    )


class RemoteFeeds:
    """See `Feeds`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def status(self) -> Status:
        """See `Intelligence.status`."""
        return await self._connection.call(Status, "GET", "/api/v1/intelligence")

    async def match(self, technologies: Collection[str]) -> Mapping[str, tuple[Match, ...]]:
        """See `Intelligence.match`."""
        return (await self._matches(technologies)).products

    async def match_packages(self, purls: Collection[str]) -> Mapping[str, tuple[PackageMatch, ...]]:
        """See `Intelligence.match_packages`."""
        return (await self._matches(purls)).packages

    async def _matches(self, names: Collection[str]) -> _Matches:
        if not names:
            return _Matches({}, {})
        path = "/api/v1/intelligence/matches"
        return await self._connection.call(_Matches, "POST", path, body={"names": list(names)})


async def scanners_of(connection: Connection) -> list[Scanner]:
    """Return the scanners of a server, as `installed_capabilities` returns those of this machine."""
    return await connection.call(list[Scanner], "GET", "/api/v1/capabilities")


class RemoteGraph:
    """See `Graph`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def paths(
        self,
        organisation: Organisation,  # noqa: ARG002 - the connection's
        target: Key | None = None,
        *,
        k: int = 10,
        limit: int = 25,
        as_of: datetime | None = None,
    ) -> AttackPaths:
        """See `GraphService.paths`."""
        asked = {"target": target, "k": k, "limit": limit, "as_of": as_of}
        return await self._connection.call(AttackPaths, "GET", "/api/v1/graph/paths", query=asked)

    async def fix_plan(
        self,
        organisation: Organisation,  # noqa: ARG002 - the connection's
        *,
        steps: int = 10,
        as_of: datetime | None = None,
    ) -> FixPlan:
        """See `GraphService.fix_plan`."""
        asked = {"steps": steps, "as_of": as_of}
        return await self._connection.call(FixPlan, "GET", "/api/v1/graph/fix-plan", query=asked)

    async def blast_radius(
        self,
        organisation: Organisation,  # noqa: ARG002 - the connection's
        key: Key,
        *,
        limit: int = 100,
        as_of: datetime | None = None,
    ) -> Blast:
        """See `GraphService.blast_radius`."""
        asked = {"limit": limit, "as_of": as_of}
        return await self._connection.call(
            Blast, "GET", "/api/v1/graph/entities/{key}/blast-radius", key, query=asked
        )

    async def prune(
        self,
        organisation: Organisation,  # noqa: ARG002 - the connection's
        keys: Sequence[Key],
        *,
        limit: int = 100,
    ) -> Pruned:
        """See `GraphService.prune`."""
        body = {"keys": list(keys), "limit": limit}
        return await self._connection.call(Pruned, "POST", "/api/v1/graph/prune-preview", body=body)
