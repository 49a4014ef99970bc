"""What the API tells the audit log: every request that touches data, let in or refused.

A read is counted, and what changes something is durable in the log before it is done, or with it.
"""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, nullcontext

from chariot.entrypoints.rest.caller import PUBLIC, Caller
from chariot.entrypoints.rest.context import Context
from chariot.entrypoints.rest.operations import Operation
from chariot.errors import BusyError, ChariotError, DeniedError
from chariot.model.keys import SYSTEM
from chariot.modules.audit.circumstances import Circumstances, circumstances
from chariot.modules.audit.entries import Ending, Entry
from chariot.modules.audit.service import AuditService

FULL = "the audit log cannot take more at the moment, and nothing is done that is not audited"
_GRAPHQL = "/api/v1/graphql"
_READS = frozenset({"GET", "HEAD"})


def changes(operation: Operation) -> bool:
    """Tell whether *operation* may change something; what only reads may be asked by POST too."""
    return operation.method not in _READS and not operation.permission.endswith(":read")


class RequestAudit:
    """Writes entries about requests; without a log nothing is told, as in tests of single routes."""

    def __init__(self, audit: AuditService | None) -> None:
        self._audit = audit

    async def admitted(self, context: Context, operation: Operation, path: str) -> None:
        """Write that the caller may do *operation*, before it is done.

        Raises:
            BusyError, UnavailableError: the log cannot take it, so it is not done.
        """
        if self._audit is None or operation.permission == PUBLIC:
            return
        if changes(operation):
            await self._audit.record(_begun(context, operation, path))
        else:
            self.read(context, operation.permission, path)

    def with_write(
        self, context: Context, operation: Operation, path: str
    ) -> AbstractAsyncContextManager[None]:
        """Write that the caller may do *operation*, with the one write that it makes in the block.

        Raises:
            BusyError, UnavailableError: the log cannot take it, so it is not done.
        """
        if self._audit is None:
            return nullcontext()
        return self._audit.announced(_begun(context, operation, path))

    def read(self, context: Context, permission: str, path: str) -> None:
        """Count a read.

        Raises:
            BusyError: the log cannot take it, so it is not answered.
        """
        caller = context.caller
        read = (caller.organisation, caller.user, permission, path, context.address)
        if self._audit is not None and not self._audit.seen(read, context.request_id):
            raise BusyError(FULL)

    def ended(self, context: Context, operation: Operation, path: str, error: ChariotError) -> None:
        """Write that *operation* was refused, or that one which would have changed something failed.

        Raises:
            BusyError: the log cannot take it.
        """
        if self._audit is None or operation.permission == PUBLIC:
            return
        if isinstance(error, DeniedError):
            ending = Ending.REFUSED
        elif changes(operation):
            ending = Ending.FAILED
        else:
            return
        details = {"operation": operation.id, "error": type(error).__name__}
        # Whoever is not known cannot fill the log with addresses of their own making.
        what = path if context.caller.known else operation.path
        self._audit.note(_entry(context, operation.permission, what, ending, details))

    def outside(self, context: Context, error: ChariotError) -> None:
        """Write that somebody who is known was not let in, because they ask for another organisation.

        That somebody could not prove who they are is told where it was tried: see `Events.refused`.

        Raises:
            BusyError: the log cannot take it.
        """
        if self._audit is None or not context.caller.known or not isinstance(error, DeniedError):
            return
        details = {"error": type(error).__name__}
        self._audit.note(_entry(context, "organisation:enter", "", Ending.REFUSED, details))


def _begun(context: Context, operation: Operation, path: str) -> Entry:
    """Return the entry of an *operation* that changes something, and let all below know who asked for it."""
    identity = context.caller.identity
    subject = identity.subject if identity is not None else ""
    circumstances.set(Circumstances(context.address, context.request_id, subject))
    return _entry(context, operation.permission, path, details={"operation": operation.id})


def _entry(
    context: Context,
    permission: str,
    path: str,
    ending: Ending = Ending.ALLOWED,
    details: Mapping[str, str] | None = None,
) -> Entry:
    caller = context.caller
    return Entry(
        organisation=caller.organisation if caller.known else SYSTEM,
        actor=caller.user,
        action=permission,
        object=path,
        ending=ending,
        address=context.address,
        request_id=context.request_id,
        details=details or {},
    )


def tell_field(audit: AuditService | None, caller: Caller, permission: str, *, allowed: bool) -> None:
    """Write what a field of GraphQL was asked for; the request itself is told like any other.

    Raises:
        BusyError: the log cannot take it.
    """
    if audit is None:
        return
    where = circumstances.get() or Circumstances()
    audit.note(
        Entry(
            organisation=caller.organisation,
            actor=caller.user,
            action=permission,
            object=_GRAPHQL,
            ending=Ending.ALLOWED if allowed else Ending.REFUSED,
            address=where.address,
            request_id=where.request_id,
        )
    )
