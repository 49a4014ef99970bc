import asyncio

import httpx
import msgspec
import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from chariot.adapters.open_telemetry.tracing import OtelTracing
from chariot.bootstrap import open_application
from chariot.entrypoints.rest.app import create_app
from chariot.entrypoints.rest.wiring import rest_services
from chariot.modules.work.carrying import carrying
from chariot.modules.work.stages import StageSettings
from chariot.modules.work.worker import Worker
from chariot.settings import Settings
from chariot.telemetry import following, traced, traceparent
from chariot.testing.bus import MemoryBus
from rest_perimeter import write_perimeter
from work_fakes import FakeStage, message

PATH = "/api/v1/entities/%23domain%23www.perimeter.test"
PARENT = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.fixture
def kept():
    return InMemorySpanExporter()


@pytest.fixture
async def client_with(tmp_path, kept):
    """Opens a client of the product's own wiring, whose tracing draws what is given."""
    async with open_application(Settings(home=str(tmp_path))) as application:
        services = rest_services(application)
        await write_perimeter(services)
        token = (tmp_path / "api-token").read_text().strip()

        def open_client(share):
            tracing = OtelTracing(share, SimpleSpanProcessor(kept), draw=lambda: 0.5)
            app = create_app(msgspec.structs.replace(services, tracing=tracing))
            return httpx.AsyncClient(
                transport=httpx.ASGITransport(app=app),
                base_url="http://127.0.0.1:8642",
                headers={"authorization": f"Bearer {token}"},
            )

        yield open_client


async def test_a_request_is_a_span_and_its_calls_of_the_store_are_inside(client_with, kept):
    async with client_with(1.0) as client:
        answer = await client.get(PATH)

    spans = {span.name: span for span in kept.get_finished_spans()}
    request = spans["GET"]
    assert spans["store.get"].parent.span_id == request.context.span_id
    assert dict(request.attributes) == {
        "http.route": "/api/v1/entities/{key}",
        "http.response.status_code": 200,
        "chariot.request_id": answer.headers["x-request-id"],
    }


@pytest.mark.parametrize(("flags", "share", "spans"), [("01", 0.0, True), ("00", 1.0, False)])
async def test_who_calls_decides_whether_it_is_traced(client_with, kept, flags, share, spans):
    async with client_with(share) as client:
        await client.get(PATH, headers={"traceparent": f"00-{PARENT}-00f067aa0ba902b7-{flags}"})

    traces = {f"{span.context.trace_id:032x}" for span in kept.get_finished_spans()}
    assert traces == ({PARENT} if spans else set())


@pytest.mark.parametrize(("share", "spans"), [(0.4, 0), (0.6, 1)])
async def test_of_the_others_a_share_is_traced(client_with, kept, share, spans):
    async with client_with(share) as client:
        await client.get("/health/live")

    assert len(kept.get_finished_spans()) == spans
    assert traced.get() is None


async def test_what_failed_says_so(client_with, kept):
    async with client_with(1.0) as client:
        await client.get("/api/v1/entities/%23domain%23nowhere.test")

    request = next(span for span in kept.get_finished_spans() if span.name == "GET")
    assert request.attributes["http.response.status_code"] == 404


async def test_the_calls_of_the_store_are_metrics(tmp_path):
    async with open_application(Settings(home=str(tmp_path))) as application:
        services = rest_services(application)
        await services.store.counts(application.organisation)

        text = await services.metrics.text(application.organisation, services.store, services.queues)

    assert b'chariot_call_seconds_count{method="counts",port="store"}' in text
    assert b'port="bus"' in text


async def test_a_trace_goes_on_through_a_queue(kept):
    tracing = OtelTracing(0.0, SimpleSpanProcessor(kept))
    bus, told = carrying(MemoryBus()), []

    async def handle(_message):
        told.append(traceparent())

    with following(tracing, "ordering", f"00-{PARENT}-00f067aa0ba902b7-01"):
        await bus.publish([message("1")])
    worker = Worker(
        bus,
        FakeStage(handle),
        StageSettings(queue="plan", concurrency=1, timeout_s=5),
        owner="t",
        tracing=tracing,
    )
    stop = asyncio.Event()
    running = asyncio.create_task(worker.run(stop))
    async with asyncio.timeout(60):
        while not worker.totals.done:  # noqa: ASYNC110 - nothing tells when.
            await asyncio.sleep(0.005)
    stop.set()
    await running

    spans = {span.name: span for span in kept.get_finished_spans()}
    worked, ordered = spans["plan message"], spans["ordering"]
    assert worked.parent.span_id == ordered.context.span_id
    assert told == [f"00-{PARENT}-{worked.context.span_id:016x}-01"]
    assert traceparent() == ""


def test_a_span_that_fails_says_what_kind_of_error_it_was_and_nothing_of_its_text(kept):
    tracing = OtelTracing(1.0, SimpleSpanProcessor(kept))

    with pytest.raises(ValueError, match="hunter2"), tracing.span("store.get"):
        raise ValueError("the password is hunter2")

    (span,) = kept.get_finished_spans()
    assert dict(span.attributes) == {"error.type": "ValueError"}
    assert (span.status.is_ok, span.status.description, span.events) == (False, None, ())
