"""The channel for services that `apprise` knows: mail, chats, pagers and more, one address each."""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import apprise

from chariot.adapters.webhook.guard import Guard
from chariot.errors import InvalidError, UnavailableError
from chariot.modules.alerts.ports import Alert
from chariot.modules.alerts.words import subject, text

TIMEOUT_S: Final = 45.0
WORKERS: Final = 2

_REFUSED: Final = frozenset(
    {"json", "jsons", "xml", "xmls", "form", "forms", "apprise", "apprises", "syslog", "rsyslog", "schema"}
)
"""Schemes that post anything anywhere or write on this machine; a webhook does the first, and is signed."""


class AppriseChannel:
    """See `Channel`. Each address goes to one service; the signing key is not used."""

    def __init__(self, guard: Guard, *, timeout_s: float = TIMEOUT_S) -> None:
        self._guard = guard
        self._timeout_s = timeout_s
        self._threads = ThreadPoolExecutor(WORKERS, thread_name_prefix="apprise")
        # The library's own lines may quote the address, which holds tokens; what failed is told by our error.
        logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)

    async def send(self, address: str, alert: Alert, *, signing_key: str) -> None:  # noqa: ARG002 - the port's
        """See `Channel.send`."""
        loop = asyncio.get_running_loop()
        # Its first use loads a hundred services, which takes a second.
        service = await loop.run_in_executor(self._threads, _service, address)
        await self._check(service)
        sending = loop.run_in_executor(self._threads, _notify, service, alert)
        try:
            async with asyncio.timeout(self._timeout_s):
                sent = await sending
        except TimeoutError:
            raise UnavailableError(f"the service did not answer within {self._timeout_s:g} s") from None
        if not sent:
            raise UnavailableError("the service did not take the alert")

    async def _check(self, service: Any) -> None:
        """Refuse a service whose own host leads inside; the hosts of hosted services are fixed."""
        hosts = {getattr(service, "smtp_host", None)}
        if any("{host}" in template for template in service.templates):
            hosts.add(service.host)
        for host in sorted(host for host in hosts if isinstance(host, str) and host):
            await self._guard.addresses(host, service.port or 0)

    def close(self) -> None:
        """Let go of the threads; what is being sent is finished."""
        self._threads.shutdown(wait=True)


def _service(address: str) -> Any:
    if address.partition(":")[0].lower() in _REFUSED:
        raise InvalidError("this service is not used for alerts; use a webhook", place="channel")
    service = apprise.Apprise.instantiate(address, suppress_exceptions=True)
    if service is None:
        raise InvalidError("is not an address of a known service", place="channel")
    return service


def _notify(service: Any, alert: Alert) -> bool:
    """Send in this thread; some services raise where others return False."""
    try:
        return bool(
            service.notify(title=subject(alert), body=text(alert), body_format=apprise.NotifyFormat.TEXT)
        )
    except (OSError, ValueError, TypeError):
        return False
