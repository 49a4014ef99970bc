from prometheus_client import CollectorRegistry, generate_latest

from chariot.entrypoints.rest.business import Business
from chariot.model.kinds.network import Domain
from chariot.model.kinds.weakness import Risk
from chariot.model.kinds.work import Job
from chariot.model.observations import Observations
from rest_perimeter import NOON, ORGANISATION


async def see(surface, *entities):
    await surface.observe(ORGANISATION, Observations(capability="x", seen_at=NOON, entities=entities))


async def test_what_happened_since_the_first_look_is_counted_once(services, surface):
    registry = CollectorRegistry()
    business = Business(registry)
    await business.follow(ORGANISATION, services.store)
    domain = Domain(host="new.test")
    await see(
        surface,
        domain,
        Risk(target=domain.key, weakness="CVE-2024-1234", score=50),
        Job(capability="seed", target=domain.key),
        Job(capability="alert.on-call", target=domain.key),
    )
    await see(surface, Risk(target=domain.key, weakness="CVE-2024-1234", score=60))
    for _ in range(2):
        await business.follow(ORGANISATION, services.store)

    text = generate_latest(registry).decode()
    for line in (
        'chariot_assets_discovered_total{kind="domain"} 1.0',
        "chariot_risks_found_total 1.0",
        "chariot_assessments_total 1.0",
        "chariot_scans_total 1.0",
        "chariot_jobs_total 1.0",
        "chariot_alerts_total 1.0",
    ):
        assert line in text
