"""Names that are there because people choose the same ones everywhere."""

import contextlib
from collections.abc import AsyncIterator, Iterable
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import ClassVar

import msgspec

from chariot.capabilities.support.concurrency import spread
from chariot.capabilities.support.guessing import Guesser
from chariot.capabilities.support.name_service import is_zone
from chariot.capabilities.support.weaknesses import attribute
from chariot.capabilities.support.wildcards import FIRST_SAMPLES
from chariot.capability import CannotRunError, Capability, Found, Touch
from chariot.model.kinds.network import Domain
from chariot.modules.discovery.registrable import registrable

AT_ONCE = 50
"""Questions in flight; the rate is the network's business."""
LEVELS = 2
"""How far below the zone words are tried: a second time only below names that have nothing but names below them."""
_WORDS = Path(__file__).with_name("data") / "words.txt"


class WordParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which words are tried."""

    words_file: str = ""
    """A file of labels, one a line; by default our own list."""
    limit: int = 20_000
    """The most words that are tried at one level."""


class DnsWords(Capability[Domain]):
    """Look up common names below a zone, and tell those that exist from those that a wildcard makes up."""

    name = "dns-words"
    touch = Touch.ACTIVE
    sends = "look-ups of the words of a list"
    packets = 2_000
    timeout_s: ClassVar[float] = 900.0
    period: ClassVar[timedelta] = timedelta(days=7)
    parameters_type = WordParameters

    def cost(self, target: Domain) -> int:
        """See `Capability.cost`: a name that nobody registers is seldom a zone, which one question tells."""
        if registrable(target.host) != target.host:
            return 1
        with contextlib.suppress(CannotRunError):
            return 1 + FIRST_SAMPLES + len(self._words())
        return 1

    async def run(self, target: Domain) -> AsyncIterator[Found]:
        """See `Capability.run`."""
        if not await is_zone(self.network, target.host):
            return
        words = self._words()
        guesser = Guesser(self.network)
        parents = [target.host]
        for _ in range(LEVELS):
            deeper: list[str] = []
            for parent in parents:
                async for found in self._below(target, parent, words, guesser, deeper):
                    yield found
            parents = deeper
        guesser.check(f"names below {target.host}")

    async def _below(
        self, target: Domain, parent: str, words: Iterable[str], guesser: Guesser, deeper: list[str]
    ) -> AsyncIterator[Found]:
        names = (f"{word}.{parent}" for word in words)
        async with contextlib.aclosing(spread(guesser.look, names, limit=AT_ONCE)) as hits:
            async for hit in hits:
                if hit.has_nothing:
                    deeper.append(hit.domain.host)
                else:
                    yield hit.domain
        if await guesser.is_wildcard(parent):
            # A name that has nothing but names below it is no asset: what is known of it is said of the zone.
            for found in attribute(target.key, "dns-wildcard", f"*.{parent}"):
                yield found

    def _words(self) -> tuple[str, ...]:
        path = Path(self.parameters.words_file) if self.parameters.words_file else _WORDS
        try:
            return _read(path)[: self.parameters.limit]
        except (OSError, UnicodeDecodeError) as error:
            raise CannotRunError(f"the word list {path.name} cannot be read: {error}") from None


@cache
def _read(path: Path) -> tuple[str, ...]:
    """Return the labels of a list, each once, in its order; `#` begins a comment."""
    lines = path.read_text(encoding="utf-8").splitlines()
    words = (word.lower() for line in lines for word in line.partition("#")[0].split())
    return tuple(dict.fromkeys(word for word in words if _is_label(word)))


def _is_label(word: str) -> bool:
    return len(word) <= 63 and word.isascii() and word.replace("-", "").replace("_", "").isalnum()
