"""What has to be in the file no later than a write: it goes in with the first one, in the same transaction."""

from collections.abc import Callable, Hashable, Sequence
from contextvars import ContextVar, Token
from types import TracebackType
from typing import Self

import apsw
import msgspec


class Ahead(msgspec.Struct, eq=False):
    """One such thing, for as long as the block lasts that it is entered for."""

    place: str
    """The file."""
    together: Hashable
    """What is put together with what: all that wait for one transaction are put at once."""
    put: Callable[[Sequence[Self], apsw.Connection], None]
    stored: bool = False
    """Whether it is in the file; the writer's thread says so after the commit."""
    carried: int = 0
    """How many writes that are under way carry it."""
    _before: "Token[Ahead | None] | None" = None

    def __enter__(self) -> Self:
        """Let the next write of this task, or of one that it starts, carry this."""
        self._before = ahead.set(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it; a task that goes on by itself carries nothing any more."""
        if self._before is not None:
            ahead.reset(self._before)
            self._before = None

    @property
    def is_under_way(self) -> bool:
        """Tell whether it is in the file, or in a write that was accepted."""
        return self.stored or self.carried > 0

    def goes_with(self, place: str) -> bool:
        """Tell whether a write to *place* has to carry it."""
        return self._before is not None and not self.stored and self.place == place


ahead: ContextVar[Ahead | None] = ContextVar("ahead", default=None)
"""What the next write carries; None where nothing has to be there before it."""


def waiting(carried: Sequence[Ahead | None]) -> dict[Hashable, list[Ahead]]:
    """Return those of *carried* that are not in the file yet, each once, by what is put together."""
    found: dict[Hashable, list[Ahead]] = {}
    for one in dict.fromkeys(one for one in carried if one is not None and not one.stored):
        found.setdefault(one.together, []).append(one)
    return found
