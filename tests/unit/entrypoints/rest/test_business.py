from datetime import UTC, datetime

from prometheus_client import CollectorRegistry, generate_latest

from chariot.entrypoints.rest.business import Business
from chariot.model.kinds.network import Domain
from chariot.model.kinds.weakness import Risk
from chariot.model.kinds.work import Job, Scan
from chariot.model.observations import Edit, Observations
from chariot.model.states import Decision
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
    await see(surface, Risk(target=domain.key, weakness="CVE-2024-1234", score=60), Scan(id="s1"))
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


async def test_risks_are_counted_by_what_to_do_and_what_is_late(services, surface):
    registry = CollectorRegistry()
    business = Business(registry)
    domain = Domain(host="late.test")
    risk = Risk(target=domain.key, weakness="CVE-2024-1", score=50, decision=Decision.ACT)
    await see(surface, domain, risk)
    due = {"due_at": NOON.isoformat(), "state": "open"}
    await surface.edit(ORGANISATION, [Edit(actor="ann", key=risk.key, fields=due)])

    await business.count_risks(ORGANISATION, services.store, datetime.now(UTC))

    text = generate_latest(registry).decode()
    assert 'chariot_risks_by_decision{decision="act"} 1.0' in text
    assert 'chariot_risks_by_state{state="open"} 1.0' in text
    assert "chariot_risks_overdue 1.0" in text
