"""Where alerts go."""

import asyncio
import importlib
from collections.abc import Callable
from contextlib import AsyncExitStack

from chariot.bootstrap.engines import Engines
from chariot.modules.alerts.ports import Alert, Channel, Channels
from chariot.settings import Settings


class _LateChannel:
    """A channel that is made when the first alert needs it: its library takes longer to load than all the rest."""

    def __init__(self, make: Callable[[], Channel]) -> None:
        self._make = make
        self._channel: Channel | None = None

    async def send(self, address: str, alert: Alert, *, signing_key: str) -> None:
        """See `Channel.send`."""
        if self._channel is None:
            self._channel = await asyncio.to_thread(self._make)
        await self._channel.send(address, alert, signing_key=signing_key)


def make_channels(settings: Settings, stack: AsyncExitStack, engines: Engines) -> Channels:
    """Return the ways by which an alert leaves, each made when the first alert needs it."""

    def webhook() -> Channel:
        guard = importlib.import_module("chariot.adapters.webhook.guard").Guard(settings.webhook_networks)
        made: Channel = importlib.import_module("chariot.adapters.webhook.channel").WebhookChannel(
            guard, now=engines.now, places=engines.breakers.webhooks
        )
        return made

    def services() -> Channel:
        guard = importlib.import_module("chariot.adapters.webhook.guard").Guard(settings.webhook_networks)
        made = importlib.import_module("chariot.adapters.apprise_channel.channel").AppriseChannel(guard)
        stack.callback(made.close)
        channel: Channel = made
        return channel

    return Channels(_LateChannel(webhook), _LateChannel(services))
