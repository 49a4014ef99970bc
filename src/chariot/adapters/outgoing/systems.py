"""Connections to the systems that integrations talk to. See `Systems`."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import msgspec

from chariot.adapters.github.code_host import VERSION, GitHubCodeHost
from chariot.adapters.jira.tracker import JiraOptions, JiraTracker, authorization
from chariot.adapters.outgoing.client import Outgoing
from chariot.adapters.outgoing.downloads import HttpDownloads
from chariot.errors import InvalidError


class HttpSystems:
    """See `Systems`."""

    def __init__(self, outgoing: Outgoing) -> None:
        self._outgoing = outgoing
        self._downloads = HttpDownloads(outgoing)

    @asynccontextmanager
    async def tracker(
        self, address: str, secret: str, options: Mapping[str, str]
    ) -> AsyncIterator[JiraTracker]:
        """See `Systems.tracker`."""
        try:
            chosen = msgspec.convert(dict(options), JiraOptions, strict=False)
        except msgspec.ValidationError as error:
            raise InvalidError(str(error), place="options") from None
        headers = {"Authorization": authorization(secret), "Accept": "application/json"}
        async with self._outgoing.to(address, headers) as client:
            yield JiraTracker(client, address, chosen)

    @asynccontextmanager
    async def code_host(
        self, address: str, secret: str, options: Mapping[str, str]
    ) -> AsyncIterator[GitHubCodeHost]:
        """See `Systems.code_host`."""
        headers = {
            "Authorization": f"Bearer {secret}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": VERSION,
        }
        async with self._outgoing.to(address, headers) as client:
            yield GitHubCodeHost(client, options.get("repository", ""))

    @property
    def downloads(self) -> HttpDownloads:
        """See `Systems.downloads`."""
        return self._downloads
