"""Spans as OpenTelemetry keeps them, sent by OTLP over HTTP.

Where to is said by the usual variables, such as `OTEL_EXPORTER_OTLP_ENDPOINT`.
"""

import importlib
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from opentelemetry import trace as otel
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import NonRecordingSpan, SpanContext, StatusCode, TraceFlags

from chariot.telemetry import NO_TRACE, Trace


class OtelTracing:
    """See `chariot.telemetry.Tracing`. *share* of the requests that bring no decision are traced, from 0 to 1."""

    def __init__(
        self,
        share: float,
        processor: SpanProcessor,
        *,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._share = share
        self._draw = draw
        self._provider = TracerProvider(resource=Resource.create({"service.name": "chariot"}))
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("chariot")

    def starts(self, parent: Trace) -> bool:
        """See `Tracing.starts`."""
        return parent.sampled if parent.trace_id else self._draw() < self._share

    @contextmanager
    def span(self, name: str, parent: Trace = NO_TRACE) -> Iterator[Callable[[str, str | int], None]]:
        """See `Tracing.span`."""
        context = otel.set_span_in_context(_remote(parent)) if parent.trace_id else None
        # The text of an error may name data, which the collector of spans is not there to hold.
        with self._tracer.start_as_current_span(
            name, context=context, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield span.set_attribute
            except BaseException as error:
                span.set_attribute("error.type", type(error).__name__)
                span.set_status(StatusCode.ERROR)
                raise

    def current(self) -> str:
        """See `Tracing.current`."""
        here = otel.get_current_span().get_span_context()
        return f"00-{here.trace_id:032x}-{here.span_id:016x}-{here.trace_flags:02x}" if here.is_valid else ""

    def close(self) -> None:
        """Send what is kept, and keep nothing more."""
        self._provider.shutdown()


def exporting(share: float) -> OtelTracing:
    """Return tracing whose spans are sent by OTLP in the background."""
    # It brings a client of HTTP with it, which nothing else needs.
    exporter = importlib.import_module("opentelemetry.exporter.otlp.proto.http.trace_exporter")
    return OtelTracing(share, BatchSpanProcessor(exporter.OTLPSpanExporter()))


def _remote(parent: Trace) -> NonRecordingSpan:
    return NonRecordingSpan(
        SpanContext(
            int(parent.trace_id, 16), int(parent.parent_id, 16), is_remote=True, trace_flags=TraceFlags(1)
        )
    )
