"""Traces of OpenTelemetry; needs the extra `tracing`."""
