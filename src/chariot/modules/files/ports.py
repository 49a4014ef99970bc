"""The Blobs port. What it promises is `BlobsContract` in the tests; every adapter passes it."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

import msgspec

from chariot.model.keys import Organisation


class Blob(msgspec.Struct, frozen=True):
    """Bytes that are kept under a name."""

    name: str
    sha256: str
    size_bytes: int


class Blobs(Protocol):
    """Keeps bytes of any length, apart for each organisation, in memory that does not grow with them.

    A name is 1 to 200 lower-case letters, digits, dots, dashes and underscores, and begins with a letter or digit;
    whatever else is asked for is an InvalidError.
    """

    async def put(
        self, organisation: Organisation, name: str, chunks: AsyncIterator[bytes], *, limit_bytes: int
    ) -> Blob:
        """Keep *chunks* durably under *name*, in place of what was there; whoever reads sees one or the other.

        What *chunks* raises comes through, and leaves what was there.

        Raises:
            TooLargeError: there are more than *limit_bytes*; what was there stays.
            UnavailableError: the store is full or away.
        """
        ...

    async def size(self, organisation: Organisation, name: str) -> int | None:
        """Return how many bytes there are under *name*, None when there is nothing."""
        ...

    def get(self, organisation: Organisation, name: str, *, start: int = 0) -> AsyncIterator[bytes]:
        """Yield the bytes from *start* on.

        Raises:
            NotFoundError: there is nothing under *name*.
        """
        ...

    def local(self, organisation: Organisation, name: str) -> AbstractAsyncContextManager[Path]:
        """Give a file of this machine that holds the bytes, to be read while the block runs.

        Raises:
            NotFoundError: there is nothing under *name*.
        """
        ...

    async def delete(self, organisation: Organisation, name: str) -> bool:
        """Let go of *name*; False when there was nothing. Who reads it at this moment reads on."""
        ...
