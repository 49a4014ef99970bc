"""Lists of any length, fetched a page at a time while somebody reads them."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any, Generic, TypeVar

import msgspec

T = TypeVar("T")


class Page(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """A piece of a list."""

    items: tuple[T, ...]
    cursor: str
    """Where the next page begins; empty when this is the last."""
    meta: dict[str, Any] = {}
    """What the server says about this answer, such as its `request_id`."""


class Pages(Generic[T]):
    """A list as an iterator of its items. `pages()` gives whole pages, `first()` the first."""

    def __init__(self, fetch: Callable[[str], Page[T]]) -> None:
        self._fetch = fetch

    def __iter__(self) -> Iterator[T]:
        for page in self.pages():
            yield from page.items

    def first(self) -> Page[T]:
        """Return the first page."""
        return self._fetch("")

    def pages(self) -> Iterator[Page[T]]:
        """Give page after page, to the end."""
        cursor = ""
        while True:
            page = self._fetch(cursor)
            yield page
            cursor = page.cursor
            if not cursor:
                return


class AsyncPages(Generic[T]):
    """A list as an asynchronous iterator of its items. `pages()` gives whole pages, `first()` the first."""

    def __init__(self, fetch: Callable[[str], Awaitable[Page[T]]]) -> None:
        self._fetch = fetch

    async def __aiter__(self) -> AsyncIterator[T]:
        async for page in self.pages():
            for item in page.items:
                yield item

    async def first(self) -> Page[T]:
        """Return the first page."""
        return await self._fetch("")

    async def pages(self) -> AsyncIterator[Page[T]]:
        """Give page after page, to the end."""
        cursor = ""
        while True:
            page = await self._fetch(cursor)
            yield page
            cursor = page.cursor
            if not cursor:
                return
