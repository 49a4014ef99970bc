"""How much waits in all queues, of all organisations together, told to whoever scales the workers."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Gauge, start_http_server

from chariot.errors import BusyError, ConfigurationError, InvalidError, UnavailableError
from chariot.modules.work.leases import pause
from chariot.modules.work.ports import Inspector

STANDINGS = ("waiting", "leased", "delayed", "dead")
_EVERY_S = 5.0


class Backlog:
    """Numbers alone: no name of an organisation, no key, no error.

    It tells them while `run` runs, which is in the one process that relays; so that nobody counts them twice.
    """

    def __init__(self, queues: Inspector, *, every_s: float = _EVERY_S) -> None:
        self._queues = queues
        self._every_s = every_s
        self._registry = CollectorRegistry()
        self._messages = Gauge(
            "chariot_backlog_messages",
            "Messages in a queue, of all organisations",
            ("queue", "standing"),
            registry=self._registry,
        )
        self._oldest = Gauge(
            "chariot_backlog_oldest_seconds",
            "Age of the oldest message, of all organisations",
            ("queue",),
            registry=self._registry,
        )

    async def run(self, stop: asyncio.Event) -> None:
        """Look again and again until *stop* is set; then tell nothing any more."""
        try:
            while not stop.is_set():
                await self.look()
                await pause(stop, self._every_s)
        finally:
            self._forget()

    async def look(self) -> None:
        """Take the numbers of this moment; none while the queues are away."""
        try:
            depths = await self._queues.depths()
        except (BusyError, UnavailableError):
            self._forget()
            return
        for depth in depths:
            for standing in STANDINGS:
                self._messages.labels(depth.queue, standing).set(getattr(depth, standing))
            self._oldest.labels(depth.queue).set(depth.oldest_age_s)

    def _forget(self) -> None:
        self._messages.clear()
        self._oldest.clear()

    @contextmanager
    def served(self, address: str) -> Iterator[int]:
        """Answer Prometheus at *address* while the block runs; gives the port.

        Raises:
            InvalidError: it is not host:port.
            ConfigurationError: it cannot be had.
        """
        host, port = _split(address)
        try:
            server, thread = start_http_server(port, host, registry=self._registry)
        except OSError as error:
            raise ConfigurationError(f"cannot tell metrics at {address}: {error.strerror}") from error
        try:
            yield int(server.server_port)
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


def _split(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65_535:
        raise InvalidError(f"{address[:80]!r} is not host:port, such as 127.0.0.1:9464", place="--metrics")
    return host.strip("[]"), int(port)
