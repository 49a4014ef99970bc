"""What the process tells of its own calls: how long they take, and traces when the settings want some."""

import importlib
from contextlib import AsyncExitStack

import msgspec

from chariot.bootstrap.engines import Engines
from chariot.errors import ConfigurationError
from chariot.modules.work.carrying import carrying
from chariot.modules.work.traces import TracedStore
from chariot.settings import Settings
from chariot.telemetry import CallTimes, Tracing, watched


def watch_engines(engines: Engines, calls: CallTimes, tracing: Tracing | None) -> Engines:
    """Return *engines* with the calls of the store and of the bus counted in *calls*, and traced by *tracing*."""
    return msgspec.structs.replace(
        engines,
        store=watched("store", TracedStore(engines.store, engines.traces), calls),
        bus=watched("bus", carrying(engines.bus), calls),
        tracing=tracing,
    )


def open_tracing(settings: Settings, stack: AsyncExitStack) -> Tracing | None:
    """Return what keeps spans, or None when the settings want none; *stack* closes it.

    Raises:
        ConfigurationError: the extra is not installed.
    """
    if not settings.trace_share:
        return None
    try:
        module = importlib.import_module("chariot.adapters.open_telemetry.tracing")
        tracing = module.exporting(settings.trace_share)
    except ImportError as error:
        raise ConfigurationError("trace_share needs the extra: pip install 'chariot[tracing]'") from error
    stack.callback(tracing.close)
    made: Tracing = tracing
    return made
