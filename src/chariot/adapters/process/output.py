"""The reading end of a program's standard output: bounded, and never held open by a child that stays behind."""

import os
import select
from io import RawIOBase
from typing import Any

_LOOK_S = 0.1


class Output(RawIOBase):
    """A pipe that ends when its writers do, when `finish` is called, or after *limit_bytes*."""

    def __init__(self, descriptor: int, limit_bytes: int) -> None:
        self._descriptor = descriptor
        self._limit = limit_bytes
        self._given = 0
        self._finished = False
        self.is_cut = False
        """True when more was written than may be."""

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill *buffer* with what comes next; return 0 at the end."""
        while not self._finished:
            # A reader that only waits for data would wait for ever on a pipe that a stray child holds open.
            if not select.select([self._descriptor], [], [], _LOOK_S)[0]:
                continue
            data = os.read(self._descriptor, len(buffer))
            if self._given + len(data) > self._limit:
                self.is_cut = True
                return 0
            self._given += len(data)
            buffer[: len(data)] = data
            return len(data)
        return 0

    def tell(self) -> int:
        """Return how much was read."""
        return self._given

    def finish(self) -> None:
        """Let a reader come to an end within a moment."""
        self._finished = True

    def close(self) -> None:
        """Give the pipe back."""
        if not self.closed:
            os.close(self._descriptor)
        super().close()
