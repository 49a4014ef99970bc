"""What integrations need of other systems. Each adapter is tested against a server that behaves as documented."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Protocol

import msgspec


class Issue(msgspec.Struct, frozen=True):
    """An issue as a tracker tells it. All its text comes from outside."""

    key: str
    url: str
    is_closed: bool
    resolution: str
    """Why it was closed, in the tracker's word; empty when it says nothing."""
    labels: frozenset[str]


class IssueText(msgspec.Struct, frozen=True):
    """What an issue says."""

    summary: str
    paragraphs: tuple[str, ...]


class Tracker(Protocol):
    """Keeps issues. What a tracker refuses is an InvalidError, what it lacks a NotFoundError."""

    async def check(self) -> str:
        """Return as whom we are known there.

        Raises:
            InvalidError: the address, the token or the project is wrong.
            UnavailableError: the tracker is away.
        """
        ...

    def labelled(self, label: str) -> AsyncIterator[Issue]:
        """Yield every issue of the project with *label*."""
        ...

    async def find(self, key: str) -> Issue | None:
        """Return one issue, None when there is none any more."""
        ...

    async def create(self, text: IssueText, labels: Sequence[str]) -> Issue:
        """Make an issue. Never repeated by itself: when it raises UnavailableError, it may have been made."""
        ...

    async def update(self, key: str, text: IssueText) -> None:
        """Let an issue say *text*."""
        ...

    async def close(self, key: str, comment: str) -> None:
        """Close an issue, and say why.

        Raises:
            ConflictError: its workflow has no such step from where it is.
        """
        ...

    async def reopen(self, key: str, comment: str) -> None:
        """Open an issue again; see `close`."""
        ...


class ProcessingState(msgspec.Struct, frozen=True):
    """How far a code host is with what it was sent."""

    is_done: bool
    errors: tuple[str, ...] = ()


class CodeHost(Protocol):
    """Takes findings about code, and gives its own."""

    async def check(self) -> str:
        """Return the repository's name as the host writes it. Raises as `Tracker.check`."""
        ...

    async def head(self, ref: str) -> str:
        """Return the commit that *ref* (`refs/heads/main`) points to."""
        ...

    async def upload(self, commit: str, ref: str, packed: bytes) -> str:
        """Send gzipped SARIF and return the id of its processing."""
        ...

    async def processing(self, upload_id: str) -> ProcessingState:
        """Return how far the host is with an upload."""
        ...

    def alerts(self, kind: str) -> AsyncIterator[Sequence[Any]]:
        """Yield all alerts of *kind* (`code-scanning`, `dependabot`, `secret-scanning`), page by page."""
        ...


class Fetched(msgspec.Struct, frozen=True):
    """What was downloaded, and how to ask whether it changed."""

    size_bytes: int
    etag: str
    modified: str


class Downloads(Protocol):
    """Fetches files from web addresses."""

    async def fetch(
        self,
        address: str,
        to: Path,
        *,
        headers: Mapping[str, str],
        etag: str,
        modified: str,
        limit_bytes: int,
    ) -> Fetched | None:
        """Write what is at *address* to the file *to*; None when it is as it was by *etag* or *modified*.

        *headers* go to the system of *address* alone, wherever it redirects.

        Raises:
            InvalidError: the address is wrong or leads inside, or there are more than *limit_bytes*.
            NotFoundError: there is nothing.
            UnavailableError: the system is away.
        """
        ...


class Systems(Protocol):
    """Opens connections to other systems; *options* are those of the integration's type."""

    def tracker(
        self, address: str, secret: str, options: Mapping[str, str]
    ) -> AbstractAsyncContextManager[Tracker]:
        """Give a tracker."""
        ...

    def code_host(
        self, address: str, secret: str, options: Mapping[str, str]
    ) -> AbstractAsyncContextManager[CodeHost]:
        """Give a code host."""
        ...

    @property
    def downloads(self) -> Downloads:
        """What fetches files."""
        ...
