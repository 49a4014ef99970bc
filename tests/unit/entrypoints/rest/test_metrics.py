from chariot.entrypoints.rest.metrics import Metrics
from chariot.telemetry import PoolUse
from rest_perimeter import ORGANISATION


async def text_of(metrics, services):
    return (await metrics.text(ORGANISATION, services.store, services.queues)).decode()


async def test_requests_are_counted_by_route_and_status(services):
    metrics = Metrics()
    metrics.answered("GET", "/api/v1/risks", 200, 0.002)
    metrics.answered("GET", "/api/v1/risks", 200, 0.003)

    text = await text_of(metrics, services)

    assert 'chariot_http_requests_total{method="GET",route="/api/v1/risks",status="200"} 2.0' in text
    assert 'chariot_http_request_seconds_bucket{le="0.0025",route="/api/v1/risks"} 1.0' in text


async def test_the_surface_is_told_by_its_kept_counters(services, surface):
    text = await text_of(Metrics(), services)

    assert 'chariot_entities{kind="domain",status="active"} 2.0' in text


async def test_two_servers_in_one_process_count_apart(services):
    first, second = Metrics(), Metrics()
    first.answered("GET", "/api/v1/risks", 200, 0.002)

    assert 'route="/api/v1/risks"' not in await text_of(second, services)


async def test_it_is_told_how_busy_the_pools_of_all_databases_are(services):
    metrics = Metrics()
    metrics.watch_pools([lambda: {"readers": PoolUse(4, 4, 2)}, lambda: {"readers": PoolUse(4, 1, 0)}])

    text = await text_of(metrics, services)

    for state, number in (("size", 8), ("used", 5), ("waiting", 2)):
        assert f'chariot_pool{{pool="readers",state="{state}"}} {number}.0' in text
