"""Audit logs of several databases: each organisation's where it lives."""

from collections.abc import Mapping, Sequence

from chariot.errors import UnavailableError
from chariot.model.keys import Organisation
from chariot.modules.audit.chain import Row
from chariot.modules.audit.ports import Announcing, AuditLog, Decide, Question
from chariot.modules.audit.seals import Signed


class RoutedAuditLog:
    """See `AuditLog`."""

    def __init__(self, shared: AuditLog, dedicated: Mapping[Organisation, AuditLog]) -> None:
        self._shared = shared
        self._dedicated = dict(dedicated)

    def _home(self, organisation: Organisation) -> AuditLog:
        return self._dedicated.get(organisation, self._shared)

    async def write(self, organisation: Organisation, decide: Decide) -> None:
        """See `AuditLog.write`."""
        await self._home(organisation).write(organisation, decide)

    def announcing(self, organisation: Organisation) -> Announcing | None:
        """See `AuditLog.announcing`: an organisation's surface lives where its log does."""
        return self._home(organisation).announcing(organisation)

    async def head(self, organisation: Organisation) -> Signed | None:
        """See `AuditLog.head`."""
        return await self._home(organisation).head(organisation)

    async def rows(self, organisation: Organisation, *, after: int, limit: int) -> Sequence[Row]:
        """See `AuditLog.rows`."""
        return await self._home(organisation).rows(organisation, after=after, limit=limit)

    async def find(self, organisation: Organisation, question: Question) -> Sequence[Row]:
        """See `AuditLog.find`."""
        return await self._home(organisation).find(organisation, question)

    async def checkpoints(self, organisation: Organisation, *, after: int, limit: int) -> Sequence[Signed]:
        """See `AuditLog.checkpoints`."""
        return await self._home(organisation).checkpoints(organisation, after=after, limit=limit)

    async def misplaced(self, organisation: Organisation) -> Sequence[int]:
        """See `AuditLog.misplaced`."""
        return await self._home(organisation).misplaced(organisation)

    async def organisations(self) -> Sequence[Organisation]:
        """See `AuditLog.organisations`; one whose log is away is named: there may be work for it."""
        found = set(await self._shared.organisations())
        for organisation, log in self._dedicated.items():
            try:
                found.update(await log.organisations())
            except UnavailableError:
                found.add(organisation)
        return sorted(found)
