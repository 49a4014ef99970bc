"""Which changes the stages of risk want from the relay."""

from chariot.model.records import Op
from chariot.model.relationships import RelationshipType
from chariot.modules.risk.finding import PACKAGE
from chariot.modules.surface.exposure import EXPOSED_KINDS
from chariot.modules.work.queues import ASSESS, CORRELATE
from chariot.modules.work.relay import Interest, Route

_TARGETS = frozenset({"domain", "address", "netblock", "port", "webapplication", "file"})
_BASIS = frozenset(
    {
        "cvss_vector",
        "cvss_score",
        "severity",
        "epss",
        "known_exploited",
        "ransomware",
        "exploit",
    }
)
"""Fields of a vulnerability that its score stands on."""


def routes() -> tuple[Route, ...]:
    """Return the routes of the stages `correlate` and `assess`; a score that changed asks for neither."""
    return (
        Route(
            CORRELATE,
            Interest(
                ops=frozenset({Op.LINKED, Op.UPDATED, Op.UNLINKED}),
                relationships=frozenset({RelationshipType.HAS_TECHNOLOGY}),
            ),
        ),
        Route(
            CORRELATE,
            Interest(
                kinds=_TARGETS,
                ops=frozenset({Op.LINKED, Op.UNLINKED}),
                relationships=frozenset({RelationshipType.HAS_ATTRIBUTE}),
                labels=frozenset({PACKAGE}),
            ),
        ),
        # What comes back brings its risks back; its links may have stood all the time.
        Route(CORRELATE, Interest(kinds=_TARGETS | {"technology"}, ops=frozenset({Op.RETURNED}))),
        Route(ASSESS, Interest(kinds=frozenset({"risk"}), ops=frozenset({Op.CREATED, Op.RETURNED}))),
        Route(
            ASSESS,
            Interest(
                kinds=frozenset({"risk"}),
                ops=frozenset({Op.UPDATED, Op.DECIDED}),
                fields=frozenset({"severity", "state", "status"}),
            ),
        ),
        Route(
            ASSESS,
            Interest(
                kinds=frozenset({"vulnerability"}), ops=frozenset({Op.UPDATED, Op.DECIDED}), fields=_BASIS
            ),
        ),
        Route(ASSESS, Interest(kinds=_TARGETS, ops=frozenset({Op.GONE}))),
        Route(
            ASSESS,
            Interest(
                kinds=EXPOSED_KINDS,
                ops=frozenset({Op.LINKED, Op.UNLINKED}),
                relationships=frozenset({RelationshipType.HAS_FILE}),
            ),
        ),
        # What an organisation decides about scores and due dates is few settings among few.
        Route(ASSESS, Interest(kinds=frozenset({"setting"}))),
        Route(
            ASSESS,
            Interest(
                kinds=_TARGETS,
                ops=frozenset({Op.UPDATED, Op.DECIDED}),
                fields=frozenset({"tags", "surface", "status", "status_code"}),
            ),
        ),
    )
