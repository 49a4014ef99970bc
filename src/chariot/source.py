"""The public contract for a source: a third party that knows something of our targets, asked instead of them.

A source says where it is asked, with what key and how often, and reads the answer; that is one small file. Asking,
waiting, keys, caching and refusals are done around it. It is off until the settings name it.
"""

from abc import abstractmethod
from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import timedelta
from typing import ClassVar

import msgspec

from chariot.capability import TARGET, CannotRunError, Capability, Found, Touch

PAGES_LIMIT = 50
"""The most pages of one answer that are read."""


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """How a source wants to be asked."""

    url: str
    """Where its API begins; the settings may name another place."""
    key: str = ""
    """How a key is sent: `header NAME`, `query NAME`, `bearer` or `basic`; empty for a source that takes none."""
    key_needed: bool = False
    per_minute: float = 30.0
    """How often it may be asked."""
    kept: timedelta = timedelta(hours=12)
    """How long its answers are good for."""
    limit_bytes: int = 32 * 1024 * 1024
    """The largest answer that is read."""
    conditions: str
    """Where its terms of use stand."""


class Source(Capability[TARGET]):
    """One third party. Subclass it as `Source[Seed]`; see `Capability` for what else may be declared."""

    terms: ClassVar[Terms]
    touch = Touch.PASSIVE
    sends = "questions to a third party, nothing to the target"
    packets = 1
    timeout_s: ClassVar[float] = 600.0
    period: ClassVar[timedelta] = timedelta(days=1)

    @abstractmethod
    def paths(self, target: TARGET) -> Iterable[str]:
        """Return what to ask for, below the source's address; nothing where it knows nothing of such targets."""
        ...

    @abstractmethod
    def read(self, body: bytes, target: TARGET) -> Iterator[Found]:
        """Yield what an answer says. The text is hostile.

        Raises:
            ValueError: it is not what this source answers.
        """
        ...

    def following(self, body: bytes, path: str) -> str:  # noqa: ARG002 - for subclasses
        """Return the path of the next page, empty at the last."""
        return ""

    async def run(self, target: TARGET) -> AsyncIterator[Found]:
        """See `Capability.run`."""
        for path in self.paths(target):
            asked = path
            for _ in range(PAGES_LIMIT):
                body = await self.network.consult(self.name, asked)
                try:
                    found = list(self.read(body, target))
                    asked = self.following(body, asked)
                except (ValueError, RecursionError) as error:
                    raise CannotRunError(f"{self.name} answered what it does not document: {error}") from None
                for item in found:
                    yield item
                if not asked:
                    break
            else:
                raise CannotRunError(f"{self.name} has more than {PAGES_LIMIT} pages; the rest was not read")
