"""Guessed names: which of them exist, for capabilities that try many."""

import msgspec

from chariot.capabilities.support.name_service import ANSWERED, ask
from chariot.capabilities.support.reading import try_domain
from chariot.capabilities.support.wildcards import Existence, Wildcards
from chariot.capability import CannotRunError, DnsAnswer, Network
from chariot.model.kinds.network import Domain

_GIVE_UP_AFTER = 60
"""So many questions without one answer, and the resolver is taken for away."""
_MORE_TYPES = ("AAAA", "NS", "MX", "TXT")


class Hit(msgspec.Struct, frozen=True):
    """A guessed name that exists."""

    domain: Domain
    has_nothing: bool
    """It has no record of its own, so that there are names below it. Source: RFC 8020."""


class Guesser:
    """Looks names up and counts what could not be told."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._wildcards = Wildcards(self._ask)
        self._asked = self._silent = self._doubtful = 0

    async def look(self, host: str) -> Hit | None:
        """Return *host* when it is there by itself.

        Raises:
            CannotRunError: the resolver answers nothing at all.
        """
        domain = try_domain(host)
        if domain is None:
            return None
        answer = await self._ask(host, "A")
        if answer.status not in ANSWERED:
            # Where thousands are asked some packets get lost, and most of those come through later.
            answer = await self._ask(host, "A")
        self._asked += 1
        if answer.status not in ANSWERED:
            self._silent += 1
            if self._silent == self._asked >= _GIVE_UP_AFTER:
                raise CannotRunError(f"the resolver answered none of {self._asked} questions")
            return None
        if answer.status == "NXDOMAIN" and not answer.aliases:
            return None
        existence = await self._wildcards.judge(host, answer)
        self._doubtful += existence is Existence.UNKNOWN
        if existence is not Existence.REAL:
            return None
        return Hit(domain, has_nothing=await self._has_nothing(host, answer))

    async def is_wildcard(self, parent: str) -> bool:
        """Tell whether names at random exist below *parent*."""
        return (await self._wildcards.level(parent)).is_wildcard

    def check(self, what: str) -> None:
        """Raise when some of *what* could not be told.

        Raises:
            CannotRunError: so many got no answer, or could not be told from what a wildcard makes up.
        """
        if self._silent:
            raise CannotRunError(f"{self._silent:,} of {self._asked:,} {what} got no answer")
        if self._doubtful:
            raise CannotRunError(
                f"{self._doubtful:,} {what} cannot be told from what a wildcard with changing answers makes up"
            )

    async def _has_nothing(self, host: str, answer: DnsAnswer) -> bool:
        if answer.values or answer.aliases:
            return False
        for record in _MORE_TYPES:
            more = await self._ask(host, record)
            if more.values:
                return False
            if more.status not in ANSWERED:
                # Silence is no record: what is behind it stays unknown, and is counted as that.
                self._silent += 1
        return True

    async def _ask(self, host: str, record: str) -> DnsAnswer:
        return await ask(self._network, host, record)
