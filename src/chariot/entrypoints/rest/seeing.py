"""The services as somebody has them who sees a part of the surface alone."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import msgspec

from chariot.entrypoints.rest.caller import PUBLIC, Caller
from chariot.entrypoints.rest.operations import Operation
from chariot.entrypoints.rest.services import RestServices
from chariot.errors import DeniedError
from chariot.modules.access.store import RestrictedStore

if TYPE_CHECKING:
    from chariot.modules.graph.service import GraphService


def seen_by(services: RestServices, caller: Caller, operation: Operation) -> RestServices:
    """Return *services* with nothing in them that *caller* does not see.

    Raises:
        DeniedError: the caller sees a part alone, and the operation does not know parts.
    """
    if caller.access is None or operation.permission == PUBLIC:
        return services
    sight = caller.sight(operation.permission)
    if sight is None:
        return services
    if not operation.sighted:
        raise DeniedError(
            f"your roles give {operation.permission} for a part of the surface; this needs all of it, because what"
            " it answers or does cannot keep to a part: ask for a role without kinds, tags, netblocks, names and"
            " highest severity"
        )
    surface = services.surface.over(RestrictedStore(services.surface.store, sight))
    store = RestrictedStore(services.store, sight)
    return msgspec.structs.replace(
        services,
        store=store,
        surface=surface,
        risks=services.risks.over(surface),
        graph=_over(services.graph, store) if services.graph is not None else None,
    )


def _over(
    whole: "Callable[[], Awaitable[GraphService]]", store: RestrictedStore
) -> "Callable[[], Awaitable[GraphService]]":
    async def graph() -> "GraphService":
        return (await whole()).over(store)

    return graph
