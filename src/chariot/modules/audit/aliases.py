"""Whom the pseudonyms of the audit log stand for: kept beside the log, so that it holds when a person is forgotten."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from chariot.model.keys import Organisation


class Alias(msgspec.Struct, frozen=True):
    """One name and what the log of one organisation writes in its place."""

    pseudonym: str
    name: str
    """As it is stored: sealed."""


class Aliases(Protocol):
    """Keeps the names behind pseudonyms, each organisation's apart."""

    async def add(self, organisation: Organisation, alias: Alias) -> None:
        """Keep *alias*; one of the same pseudonym stays as it was."""
        ...

    async def named(self, organisation: Organisation, names: Sequence[str]) -> Sequence[Alias]:
        """Return the aliases of *names*, which are given as they are stored; by pseudonym."""
        ...

    async def standing(self, organisation: Organisation, pseudonyms: Sequence[str]) -> Sequence[Alias]:
        """Return what *pseudonyms* stand for; by pseudonym."""
        ...

    async def page(self, organisation: Organisation, *, after: str, limit: int) -> Sequence[Alias]:
        """Return aliases by pseudonym, the first behind *after*."""
        ...

    async def remove(self, organisation: Organisation, pseudonyms: Sequence[str]) -> None:
        """Forget whom *pseudonyms* stand for, for good."""
        ...


class MemoryAliases:
    """See `Aliases`: the reference, and what tests use."""

    def __init__(self) -> None:
        self._kept: dict[Organisation, dict[str, Alias]] = {}

    async def add(self, organisation: Organisation, alias: Alias) -> None:
        """See `Aliases.add`."""
        self._kept.setdefault(organisation, {}).setdefault(alias.pseudonym, alias)

    async def named(self, organisation: Organisation, names: Sequence[str]) -> Sequence[Alias]:
        """See `Aliases.named`."""
        return [one for one in self._sorted(organisation) if one.name in names]

    async def standing(self, organisation: Organisation, pseudonyms: Sequence[str]) -> Sequence[Alias]:
        """See `Aliases.standing`."""
        return [one for one in self._sorted(organisation) if one.pseudonym in pseudonyms]

    async def page(self, organisation: Organisation, *, after: str, limit: int) -> Sequence[Alias]:
        """See `Aliases.page`."""
        return [one for one in self._sorted(organisation) if one.pseudonym > after][:limit]

    async def remove(self, organisation: Organisation, pseudonyms: Sequence[str]) -> None:
        """See `Aliases.remove`."""
        for pseudonym in pseudonyms:
            self._kept.get(organisation, {}).pop(pseudonym, None)

    def _sorted(self, organisation: Organisation) -> list[Alias]:
        return [alias for _, alias in sorted(self._kept.get(organisation, {}).items())]
