from datetime import UTC, datetime

import pytest

from chariot.model.records import Change, Op
from chariot.model.relationships import RelationshipType
from chariot.modules.risk.routes import routes

PACKAGE = {
    "op": Op.LINKED,
    "kind": "file",
    "key": "#file#image",
    "relationship": RelationshipType.HAS_ATTRIBUTE,
    "target": "#attribute#file#image#package#pkg:npm/lib@1.0.0",
}
PORT = "#port#192.0.2.7#tcp#443"


def queues(**fields) -> set[str]:
    change = Change(
        sequence=1,
        organisation="acme",
        at=datetime(2026, 3, 1, tzinfo=UTC),
        **({"key": PORT, "kind": "port", "revision": 1} | fields),
    )
    return {route.queue for route in routes() if route.interest.meets(change)}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"op": Op.LINKED, "relationship": RelationshipType.HAS_TECHNOLOGY}, {"correlate"}),
        ({"op": Op.UPDATED, "relationship": RelationshipType.HAS_TECHNOLOGY}, {"correlate"}),
        ({"op": Op.LINKED, "relationship": RelationshipType.HAS_RISK}, set()),
        ({"op": Op.LINKED, "relationship": RelationshipType.HAS_FILE}, {"assess"}),
        ({"op": Op.UNLINKED, "relationship": RelationshipType.HAS_FILE}, {"assess"}),
        (PACKAGE, {"correlate"}),
        (PACKAGE | {"target": "#attribute#file#image#path#package"}, set()),
        ({"op": Op.RETURNED}, {"correlate"}),
        ({"op": Op.RETURNED, "kind": "technology"}, {"correlate"}),
        ({"op": Op.CREATED, "kind": "risk"}, {"assess"}),
        ({"op": Op.UPDATED, "kind": "risk", "fields": ("score", "factors")}, set()),
        ({"op": Op.DECIDED, "kind": "risk", "fields": ("state",)}, {"assess"}),
        ({"op": Op.UPDATED, "kind": "vulnerability", "fields": ("known_exploited",)}, {"assess"}),
        ({"op": Op.UPDATED, "kind": "vulnerability", "fields": ("references",)}, set()),
        ({"op": Op.GONE}, {"assess"}),
        ({"op": Op.DECIDED, "kind": "setting", "fields": ("value",)}, {"assess"}),
        ({"op": Op.DECIDED, "fields": ("tags",)}, {"assess"}),
        ({"op": Op.UPDATED, "fields": ("banner",)}, set()),
    ],
)
def test_each_change_reaches_the_stages_that_it_concerns(change, expected):
    assert queues(**change) == expected
