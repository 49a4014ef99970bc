"""Files from web addresses, asked for only when they changed. See `Downloads`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from yarl import URL

from chariot.adapters.outgoing.client import Outgoing, Reply, web_address
from chariot.errors import InvalidError, NotFoundError, UnavailableError
from chariot.modules.integrations.ports import Fetched

_REDIRECTS: Final = 5
_HEADER_LIMIT: Final = 1_000


class HttpDownloads:
    """See `Downloads`. Each address of a chain of redirects is checked like the first."""

    def __init__(self, outgoing: Outgoing) -> None:
        self._outgoing = outgoing

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
        """See `Downloads.fetch`."""
        conditions = {"If-None-Match": etag, "If-Modified-Since": modified if not etag else ""}
        asked = {name: value for name, value in conditions.items() if value}
        url = web_address(address)
        first = url.origin()
        for _ in range(_REDIRECTS + 1):
            # What proves who we are is for the system that it was given for.
            own = dict(headers) if url.origin() == first else {}
            reply = await self._one(url, to, own | asked, limit_bytes)
            if reply.status == 304:
                return None
            if reply.status == 200:
                return _fetched(reply, to)
            if reply.status not in (301, 302, 303, 307, 308):
                raise _refused(url, reply.status)
            url = _next(url, reply)
        raise InvalidError(f"redirects more than {_REDIRECTS} times", place="address")

    async def _one(self, url: URL, to: Path, headers: Mapping[str, str], limit_bytes: int) -> Reply:
        async with self._outgoing.to(str(url), {}) as client:
            with to.open("wb") as file:
                return await client.download(str(url), file, headers=headers, limit_bytes=limit_bytes)


def _fetched(reply: Reply, to: Path) -> Fetched:
    etag, modified = reply.headers.get("ETag", ""), reply.headers.get("Last-Modified", "")
    return Fetched(
        to.stat().st_size,
        etag if len(etag) <= _HEADER_LIMIT and etag.isprintable() else "",
        modified if len(modified) <= _HEADER_LIMIT and modified.isprintable() else "",
    )


def _next(url: URL, reply: Reply) -> URL:
    try:
        following = url.join(URL(reply.headers.get("Location", "")[:4_000]))
    except ValueError:
        raise UnavailableError(f"{url.host} redirects to no address") from None
    if following == url:
        raise UnavailableError(f"{url.host} redirects to no other address")
    if url.scheme == "https" and following.scheme != "https":
        raise InvalidError("redirects from https to something else; that is not followed", place="address")
    return web_address(str(following))


def _refused(url: URL, status: int) -> Exception:
    if status in (401, 403):
        return InvalidError(f"{url.host} refused the token ({status})", place="secret")
    if status in (404, 410):
        return NotFoundError(f"{url.host} has nothing there ({status})")
    if status in (408, 425, 429) or status >= 500:
        return UnavailableError(f"{url.host} answered {status}")
    return InvalidError(f"{url.host} refused with {status}", place="address")
