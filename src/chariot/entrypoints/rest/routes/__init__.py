"""All operations of the API, by the noun that they are about."""

from chariot.entrypoints.rest.operations import Operation
from chariot.entrypoints.rest.routes import (
    about,
    entities,
    graph,
    health,
    history,
    lists,
    observations,
    queues,
    risks,
    scans,
    seeds,
    session,
)

OPERATIONS: tuple[Operation, ...] = (
    *lists.OPERATIONS.all,
    *entities.OPERATIONS.all,
    *history.OPERATIONS.all,
    *observations.OPERATIONS.all,
    *seeds.OPERATIONS.all,
    *risks.OPERATIONS.all,
    *graph.OPERATIONS.all,
    *scans.OPERATIONS.all,
    *queues.OPERATIONS.all,
    *session.OPERATIONS.all,
    *about.OPERATIONS.all,
    *health.OPERATIONS.all,
)
"""In the order of the OpenAPI file."""
