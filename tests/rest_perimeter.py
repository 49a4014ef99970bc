"""The small perimeter that API tests look at."""

from datetime import UTC, datetime
from urllib.parse import quote

from chariot.entrypoints.rest.services import RestServices
from chariot.model.keys import Organisation
from chariot.model.kinds.network import Address, Domain, Port
from chariot.model.kinds.weakness import Risk
from chariot.model.kinds.work import AlertRule, Seed
from chariot.model.observations import Edit, Observations
from chariot.model.relationships import Relationship, RelationshipType
from chariot.model.states import Severity

ORGANISATION = Organisation("default")
TOKEN = "chariot_a-token-that-only-the-tests-know-0123"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
RISK_KEY = "#risk#port#192.0.2.7#tcp#443#CVE-2023-12345"


def entity_path(key: str, *rest: str) -> str:
    return "/".join(["/api/v1/entities", quote(key, safe=""), *rest])


def risk_path(rest: str, key: str = RISK_KEY) -> str:
    return f"/api/v1/risks/{quote(key, safe='')}/{rest}"


async def write_perimeter(services: RestServices) -> None:
    """Write a seed, names, an address, a port with two risks, and a rule with secrets."""
    await services.surface.edit(
        ORGANISATION,
        [
            Edit(actor="local", entity=Seed(value="perimeter.test")),
            Edit(
                actor="local",
                entity=AlertRule(
                    label="on-call", channel="https://hooks.test/T0K3N", signing_key="s1gn1ng-k3y"
                ),
            ),
        ],
    )
    port = Port(address="192.0.2.7", protocol="tcp", number=443, service="https")
    entities = (
        Domain(host="www.perimeter.test"),
        Domain(host="shop.perimeter.test"),
        Address(ip="192.0.2.7"),
        port,
        Risk(target=port.key, weakness="CVE-2023-12345", severity=Severity.HIGH, title="Old", score=71),
        Risk(target=port.key, weakness="CVE-2023-54321", severity=Severity.LOW, title="Older", score=12),
    )
    relationships = (
        Relationship(RelationshipType.RESOLVES_TO, entities[0].key, entities[2].key),
        Relationship(RelationshipType.HAS_PORT, entities[2].key, port.key),
    )
    await services.surface.observe(
        ORGANISATION,
        Observations(
            capability="probe",
            seen_at=NOON,
            entities=entities,
            relationships=relationships,
            tags={"env": "prod"},
        ),
    )
