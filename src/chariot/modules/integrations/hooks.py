"""Files that others send to a hook: signed, fresh, and taken once however often they are sent."""

import asyncio
import hashlib
import hmac
import re
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Final

from chariot.errors import BusyError, DeniedError, InvalidError, NotFoundError
from chariot.model.keys import Organisation
from chariot.model.kinds.integration import ImportJob
from chariot.modules.files.service import FileService
from chariot.modules.integrations.jobs import Asked, ImportJobs, map_text
from chariot.modules.integrations.service import IntegrationService
from chariot.modules.integrations.types import WEBHOOK_IN, WebhookChoices, choices_of

WINDOW_S: Final = 300
"""How far the sender's clock may be from ours."""
AT_ONCE: Final = 4
"""Files that are taken in at a time: until its end nobody knows whether one is genuine."""
_SIGNATURE: Final = re.compile(r"v1=[0-9a-f]{64}")
_REFUSED: Final = "the hook is not known, or the signature is not its own"
_MEGABYTE: Final = 1_000_000


class Hooks:
    """Takes in what is sent to hooks."""

    def __init__(
        self,
        integrations: IntegrationService,
        jobs: ImportJobs,
        files: FileService,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._integrations = integrations
        self._jobs = jobs
        self._files = files
        self._now = now
        self._room = asyncio.Semaphore(AT_ONCE)

    async def accept(
        self,
        organisation: Organisation,
        label: str,
        chunks: AsyncIterator[bytes],
        *,
        timestamp: str,
        signature: str,
        file: str = "",
    ) -> ImportJob:
        """Take in a file that *signature* proves, and have it imported; the same one sent again gives its job.

        Raises:
            DeniedError: the hook is not known, or the signature is not its own: which, is told to nobody.
            InvalidError: the instant or the file is wrong.
            BusyError: too much is being sent.
        """
        self._fresh(timestamp)
        chosen, key = await self._key(organisation, label)
        if not _SIGNATURE.fullmatch(signature):
            raise DeniedError(_REFUSED)
        if self._room.locked():
            raise BusyError("other files are being taken in", retry_after_s=5.0)
        async with self._room:
            proof = _Proof(key, timestamp, signature)
            job_id = f"hook-{hashlib.sha256(f'{label}/{timestamp}/{signature}'.encode()).hexdigest()[:32]}"
            return await self._jobs.accept(
                organisation,
                proof.of(chunks),
                Asked(
                    file=file or label,
                    format=chosen.format,
                    map=await map_text(self._files, organisation, chosen.map),
                    complete=chosen.complete,
                ),
                actor=f"hook:{label}",
                limit_bytes=chosen.limit_mb * _MEGABYTE,
                job_id=job_id,
            )

    def _fresh(self, timestamp: str) -> None:
        if not timestamp.isascii() or not timestamp.isdecimal() or len(timestamp) > 12:
            raise InvalidError("is not seconds since 1970", place="chariot-timestamp")
        if abs(self._now().timestamp() - int(timestamp)) > WINDOW_S:
            raise InvalidError(f"is more than {WINDOW_S} s away from now", place="chariot-timestamp")

    async def _key(self, organisation: Organisation, label: str) -> tuple[WebhookChoices, str]:
        """Return what a hook takes, and its key."""
        try:
            _, integration = await self._integrations.get(organisation, label)
        except (NotFoundError, InvalidError):
            raise DeniedError(_REFUSED) from None
        if integration.type != WEBHOOK_IN or not integration.enabled:
            raise DeniedError(_REFUSED)
        chosen: WebhookChoices = choices_of(integration)
        return chosen, self._integrations.secret_of(organisation, integration)


class _Proof:
    """Lets bytes through, and raises at their end unless the signature is theirs: then nothing is kept."""

    def __init__(self, key: str, timestamp: str, signature: str) -> None:
        self._digest = hmac.new(key.encode(), f"{timestamp}.".encode(), hashlib.sha256)
        self._signature = signature

    async def of(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        async for chunk in chunks:
            self._digest.update(chunk)
            yield chunk
        if not hmac.compare_digest(f"v1={self._digest.hexdigest()}", self._signature):
            raise DeniedError(_REFUSED)
