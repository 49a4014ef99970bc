"""The webhook channel: one signed POST to an address that was checked and is not looked up again."""

import asyncio
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Final

import aiohttp
import msgspec
from yarl import URL

from chariot.adapters.webhook.guard import Guard
from chariot.adapters.webhook.pinned import Pinned
from chariot.adapters.webhook.signature import DELIVERY_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER, sign
from chariot.errors import InvalidError, UnavailableError
from chariot.modules.alerts.ports import Alert
from chariot.modules.caching.breaker import Places
from chariot.telemetry import trace_headers

TIMEOUT_S: Final = 10.0

_MAY_PASS: Final = frozenset({408, 425, 429})
"""Refusals that say "not now"; every other 4xx says "never"."""
_encoder = msgspec.json.Encoder(order="deterministic")


class WebhookChannel:
    """See `Channel`. The answer's status counts; its body is not read."""

    def __init__(
        self,
        guard: Guard,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        timeout_s: float = TIMEOUT_S,
        tls: ssl.SSLContext | None = None,
        places: Places | None = None,
    ) -> None:
        """*tls* is what certificates are checked against; by default the system's authorities.

        *places* leave alone for a while who is away.
        """
        self._guard = guard
        self._places = places or Places("webhooks")
        self._now = now
        self._timeout_s = timeout_s
        self._tls = tls

    async def send(self, address: str, alert: Alert, *, signing_key: str) -> None:
        """See `Channel.send`."""
        url = _read(address)
        if not signing_key:
            raise InvalidError("a webhook needs a key that signs it", place="signing_key")
        body = _encoder.encode(alert)
        timestamp = int(self._now().timestamp())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "chariot-webhook",
            TIMESTAMP_HEADER: str(timestamp),
            SIGNATURE_HEADER: sign(signing_key, timestamp, body),
            DELIVERY_HEADER: alert.id,
            "Idempotency-Key": alert.id,
            **trace_headers(),
        }
        await self._places.call(str(url.origin()), partial(self._sent, url, body, headers))

    async def _sent(self, url: URL, body: bytes, headers: dict[str, str]) -> None:
        # What aiohttp raises quotes the address, which may hold a token: its words and its cause stay behind.
        try:
            async with asyncio.timeout(self._timeout_s):
                status = await self._post(url, body, headers)
        except TimeoutError:
            raise UnavailableError(f"the webhook did not answer within {self._timeout_s:g} s") from None
        except aiohttp.ClientConnectorCertificateError:
            raise UnavailableError("the webhook's certificate is not trusted") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise UnavailableError(f"the webhook cannot be reached ({type(error).__name__})") from None
        _judge(status)

    async def _post(self, url: URL, body: bytes, headers: dict[str, str]) -> int:
        host = url.raw_host or ""
        addresses = await self._guard.addresses(host, url.port or 0)
        connector = aiohttp.TCPConnector(
            resolver=Pinned(addresses), force_close=True, ssl=self._tls if self._tls is not None else True
        )
        async with (
            aiohttp.ClientSession(connector=connector, trust_env=False, auto_decompress=False) as session,
            session.post(url, data=body, headers=headers, allow_redirects=False) as response,
        ):
            status = response.status
            # Leaving would read the rest of the answer, however long it is.
            response.close()
            return status


def _read(address: str) -> URL:
    try:
        url = URL(address)
    except ValueError:
        raise InvalidError("is not a web address", place="channel") from None
    if url.scheme not in ("https", "http") or not url.raw_host:
        raise InvalidError("is not an http or https address", place="channel")
    if url.raw_user is not None or url.raw_password is not None:
        raise InvalidError("a webhook's address must not carry a user or a password", place="channel")
    return url


def _judge(status: int) -> None:
    if 200 <= status < 300:
        return
    if 300 <= status < 400:
        raise InvalidError(f"the webhook answered {status}: redirects are not followed", place="channel")
    if 400 <= status < 500 and status not in _MAY_PASS:
        raise InvalidError(f"the webhook refused the alert with {status}", place="channel")
    raise UnavailableError(f"the webhook answered {status}")
