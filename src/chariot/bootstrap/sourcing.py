"""Sources: which are enabled, with which keys, and the desk that asks them, made when the first is asked."""

import importlib
from collections.abc import Iterable

from chariot.bootstrap.places import now
from chariot.errors import ConfigurationError
from chariot.modules.caching.breaker import Places
from chariot.modules.discovery.ports import Sources
from chariot.modules.discovery.registry import AnyCapability
from chariot.settings import Settings, SourceSettings
from chariot.source import Source


class _LateDesk:
    """A desk whose library takes longer to load than all the rest. See `Sources`."""

    def __init__(
        self,
        settings: Settings,
        classes: tuple[type[Source[object]], ...],  # type: ignore[type-var]  # any target
        places: Places,
    ) -> None:
        self._settings = settings
        self._places = places
        self._classes = classes
        self._desk: Sources | None = None

    async def ask(self, source: str, path: str) -> bytes:
        """See `Sources.ask`."""
        if self._desk is None:
            self._desk = self._made()
        return await self._desk.ask(source, path)

    def _made(self) -> Sources:
        desk = importlib.import_module("chariot.adapters.sources.desk")
        guard = importlib.import_module("chariot.adapters.webhook.guard").Guard(
            self._settings.source_networks
        )
        outgoing = importlib.import_module("chariot.adapters.outgoing.client").Outgoing(
            guard, now=now, places=self._places
        )
        accounts = {}
        for cls in self._classes:
            own = self._settings.source_options.get(cls.name, SourceSettings())
            accounts[cls.name] = desk.Account(cls.terms, key=own.key, url=own.url, per_minute=own.per_minute)
        made: Sources = desk.SourceDesk(outgoing, accounts, now=now)
        return made


def sources_of(classes: Iterable[type[AnyCapability]]) -> dict[str, type[AnyCapability]]:
    """Return the capabilities that ask third parties, by name."""
    return {cls.name: cls for cls in classes if issubclass(cls, Source)}


def disabled_sources(settings: Settings, classes: Iterable[type[AnyCapability]]) -> frozenset[str]:
    """Return the sources that the settings do not name: nothing is sent to them.

    Raises:
        ConfigurationError: the settings name one that there is not.
    """
    known = sources_of(classes)
    unknown = sorted({*settings.sources, *settings.source_options} - known.keys())
    if unknown:
        raise ConfigurationError(
            f"sources: none is called {', '.join(unknown)}; there are {', '.join(known)}"
        )
    return frozenset(known) - frozenset(settings.sources)


def make_desk(settings: Settings, classes: Iterable[type[AnyCapability]], places: Places) -> Sources:
    """Return the desk for the sources that are enabled."""
    enabled = [cls for name, cls in sources_of(classes).items() if name in settings.sources]
    return _LateDesk(settings, tuple(enabled), places)  # type: ignore[arg-type]  # they are sources, by `sources_of`
