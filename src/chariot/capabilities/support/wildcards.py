"""Names that exist, told from names that a wildcard makes up.

A wildcard answers for every name below its parent, so names at random show what it says: an alias, perhaps with the
name written into it, or addresses, perhaps another few at each question. Source: RFC 4592.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from enum import Enum
from ipaddress import ip_address, ip_network

from chariot.capabilities.support.name_service import ANSWERED
from chariot.capability import DnsAnswer

Ask = Callable[[str, str], Awaitable[DnsAnswer]]

FIRST_SAMPLES = 4
"""Names at random that are asked of every level."""
QUIET_SAMPLES = 6
"""So many in a row that bring nothing new end the sampling."""
SAMPLES_LIMIT = 40
_LENGTHS = (8, 12, 16, 24)
"""Some name servers make up names of some shapes only."""
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


class Existence(Enum):
    """Whether a name is there by itself."""

    REAL = "real"
    MADE_UP = "made up"
    UNKNOWN = "unknown"


class Profile:
    """What a wildcard at one level says."""

    def __init__(self) -> None:
        self.aliases: set[str] = set()
        """Names that it leads to, with `*` where the asked label is written into them."""
        self.addresses: set[str] = set()
        self.is_empty_answer = False
        """Names exist there that have no address."""
        self.silent = 0
        """Questions that nobody answered."""
        self.is_settled = True
        """False when each question still brought something new at the end."""

    @property
    def is_wildcard(self) -> bool:
        """True when names at random exist."""
        return bool(self.aliases or self.addresses or self.is_empty_answer)

    def add(self, label: str, answer: DnsAnswer) -> bool:
        """Learn from the answer for a name at random; tell whether it brought something new."""
        if answer.status not in ANSWERED:
            self.silent += 1
            return False
        if answer.status == "NXDOMAIN" and not answer.aliases:
            return False
        before = (len(self.aliases), len(self.addresses), self.is_empty_answer)
        self.aliases.update(_general(alias, label) for alias in answer.aliases[:1])
        self.addresses.update(answer.values)
        self.is_empty_answer |= not answer.aliases and not answer.values
        return before != (len(self.aliases), len(self.addresses), self.is_empty_answer)


class Wildcards:
    """Judges names, and remembers what it learnt of each level."""

    def __init__(self, ask: Ask, *, label: Callable[[int], str] | None = None) -> None:
        """*label* makes a label of some length at random."""
        self._ask = ask
        self._label = label or _random_label
        self._levels: dict[str, Profile] = {}
        self._sampling: dict[str, asyncio.Lock] = {}

    async def level(self, parent: str) -> Profile:
        """Return what names at random below *parent* get."""
        # Many names are judged at once: all of them wait until the level is known.
        async with self._sampling.setdefault(parent, asyncio.Lock()):
            known = self._levels.get(parent)
            if known is None:
                known = Profile()
                for number in range(FIRST_SAMPLES):
                    await self._sample(parent, known, _LENGTHS[number % len(_LENGTHS)])
                if known.is_wildcard:
                    await self._settle(parent, known)
                self._levels[parent] = known
        return known

    async def judge(self, host: str, answer: DnsAnswer) -> Existence:
        """Tell whether *host*, of which the resolver said *answer*, is there by itself."""
        label, _, parent = host.partition(".")
        profile = await self.level(parent)
        if not profile.is_wildcard:
            # Nothing is concluded from silence: a wildcard may be behind it.
            return Existence.UNKNOWN if profile.silent >= FIRST_SAMPLES else Existence.REAL
        if _is_like(profile, label, answer):
            return Existence.MADE_UP
        # Answers may have moved on since the samples were taken: what says so now is asked now.
        await self._settle(parent, profile)
        if _is_like(profile, label, answer):
            return Existence.MADE_UP
        if profile.is_settled or not _is_near(profile, answer):
            return Existence.REAL
        return Existence.UNKNOWN

    async def _settle(self, parent: str, profile: Profile) -> None:
        quiet = 0
        for number in range(SAMPLES_LIMIT):
            is_new = await self._sample(parent, profile, _LENGTHS[number % len(_LENGTHS)])
            quiet = 0 if is_new else quiet + 1
            if quiet >= QUIET_SAMPLES:
                profile.is_settled = True
                return
        profile.is_settled = False

    async def _sample(self, parent: str, profile: Profile, length: int) -> bool:
        label = self._label(length)
        return profile.add(label, await self._ask(f"{label}.{parent}", "A"))


def _random_label(length: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(length))


def _general(alias: str, label: str) -> str:
    return alias.replace(label, "*")


def _is_like(profile: Profile, label: str, answer: DnsAnswer) -> bool:
    if answer.aliases:
        return _general(answer.aliases[0], label) in profile.aliases or answer.aliases[0] in profile.aliases
    if not answer.values:
        return profile.is_empty_answer
    return set(answer.values) <= profile.addresses


def _is_near(profile: Profile, answer: DnsAnswer) -> bool:
    """Tell whether an answer could be one more out of a pool that never ends."""
    if answer.aliases:
        return bool(profile.aliases)
    pool = {_block(address) for address in profile.addresses}
    return any(_block(address) in pool for address in answer.values)


def _block(address: str) -> str:
    length = 16 if ip_address(address).version == 4 else 32
    return str(ip_network(f"{address}/{length}", strict=False))
