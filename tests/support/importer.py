"""Somebody who sends sightings to the API, and sends again what got no answer."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import aiohttp

_ANSWER_S = 60.0
_PAUSE_S = 0.2
_TAKEN = 200
_NOT_NOW = (429, 503)


class Importer:
    """Sends batches one after the other, each until it is taken."""

    def __init__(self, address: str, token: str, batches: Sequence[bytes]) -> None:
        self._address = address
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._batches = batches
        self._moved = asyncio.Condition()
        self._taken = 0
        self.repeated = 0
        """How often a batch was sent again."""

    async def run(self) -> None:
        async with aiohttp.ClientSession(headers=self._headers) as session:
            for batch in self._batches:
                while not await self._is_taken(session, batch):
                    self.repeated += 1
                    await asyncio.sleep(_PAUSE_S)
                async with self._moved:
                    self._taken += 1
                    self._moved.notify_all()

    async def _is_taken(self, session: aiohttp.ClientSession, batch: bytes) -> bool:
        with suppress(aiohttp.ClientError, TimeoutError):
            async with asyncio.timeout(_ANSWER_S), session.post(self._address, data=batch) as response:
                text = await response.text()
                # Whatever is broken on the way is waited for; a refusal would be a fault.
                assert response.status in (_TAKEN, *_NOT_NOW), text
                return response.status == _TAKEN
        return False

    async def reached(self, share: float) -> None:
        """Return when so much of it was taken."""
        async with self._moved:
            await self._moved.wait_for(lambda: self._taken >= share * len(self._batches))
