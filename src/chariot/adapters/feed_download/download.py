"""Fetch a feed file: only what changed, going on where a fetch broke off, and to no address that is inside."""

from pathlib import Path
from typing import BinaryIO, Final

import aiohttp
import msgspec
from yarl import URL

from chariot.adapters.webhook.guard import Guard
from chariot.adapters.webhook.pinned import Pinned
from chariot.errors import InvalidError, UnavailableError
from chariot.modules.intel.ports import Download

MAX_BYTES: Final = 4 << 30
MAX_REDIRECTS: Final = 5
STALLED_S: Final = 60.0
CHUNK_BYTES: Final = 1 << 18
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


class _Validators(msgspec.Struct, frozen=True):
    """What the publisher said of the file that was fetched last."""

    url: str
    etag: str = ""
    last_modified: str = ""
    loaded: bool = False
    """Whether it was fetched whole and taken in."""


class HttpDownloads:
    """See `Downloads`. Fetches into one folder, which also remembers what was fetched."""

    def __init__(
        self, folder: Path, guard: Guard, *, max_bytes: int = MAX_BYTES, stalled_s: float = STALLED_S
    ) -> None:
        self._folder = folder
        self._guard = guard
        self._max_bytes = max_bytes
        self._timeout = aiohttp.ClientTimeout(total=None, sock_connect=stalled_s, sock_read=stalled_s)

    async def fetch(self, url: str, name: str) -> Download:
        """Fetch *url* into the file *name*, unless nothing is newer than what `taken_in` was told of.

        Raises:
            InvalidError: the URL is not one of HTTPS, leads inside, or the file is larger than the limit.
            UnavailableError: the publisher does not answer, or refuses.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        known = self._known(name)
        part = self._folder / f"{name}.part"
        if known is None or known.url != url:
            known = None
            part.unlink(missing_ok=True)
        try:
            return await self._follow(url, name, known, part)
        except TimeoutError:
            raise UnavailableError(f"{url}: nothing came for a while; ask again to go on") from None
        except (aiohttp.ClientError, OSError) as error:
            raise UnavailableError(
                f"{url}: cannot be fetched ({type(error).__name__}); ask again to go on"
            ) from error

    async def _follow(self, url: str, name: str, known: _Validators | None, part: Path) -> Download:
        here = URL(url)
        for _ in range(MAX_REDIRECTS + 1):
            addresses = await self._checked(here)
            connector = aiohttp.TCPConnector(resolver=Pinned(addresses), force_close=True)
            headers = {"User-Agent": "chariot-intel", "Accept-Encoding": "identity"} | _conditions(
                known, part
            )
            async with (
                aiohttp.ClientSession(
                    connector=connector, trust_env=False, auto_decompress=False, timeout=self._timeout
                ) as session,
                session.get(here, headers=headers, allow_redirects=False) as response,
            ):
                if response.status in _REDIRECTS:
                    here = here.join(URL(response.headers.get("Location", "")))
                    continue
                return await self._take(response, url, name, part)
        raise UnavailableError(f"{url}: redirected more than {MAX_REDIRECTS} times")

    async def _checked(self, url: URL) -> tuple[str, ...]:
        """Return the addresses that *url* may be fetched from."""
        if url.scheme not in {"https", "http"} or not url.raw_host:
            raise InvalidError(
                "a feed's URL begins with https://; a file is taken in by `chariot intel load`", place="url"
            )
        try:
            addresses = await self._guard.addresses(url.raw_host, url.port or 0)
        except InvalidError as error:
            raise InvalidError(
                "the address is not public; name its network in `feed_networks` to allow it", place="url"
            ) from error
        # Without TLS only where the settings say that the network is ours.
        if url.scheme == "http" and not all(map(self._guard.names, addresses)):
            raise InvalidError(
                "a feed is fetched without TLS only from a network in `feed_networks`", place="url"
            )
        return addresses

    async def _take(self, response: aiohttp.ClientResponse, url: str, name: str, part: Path) -> Download:
        if response.status == 304:
            return Download(None, 0)
        have = _size(part) if response.status == 206 else 0
        if response.status != 200 and not have:
            raise UnavailableError(f"{url}: answered {response.status}")
        length = response.content_length
        if length is not None and have + length > self._max_bytes:
            raise InvalidError(f"larger than {self._max_bytes} bytes", place=name)
        said = _Validators(url, response.headers.get("ETag", ""), response.headers.get("Last-Modified", ""))
        self._remember(name, said)
        fetched = 0
        with _appending(part, keep=bool(have)) as file:
            async for chunk in response.content.iter_chunked(CHUNK_BYTES):
                fetched += len(chunk)
                if have + fetched > self._max_bytes:
                    raise InvalidError(f"larger than {self._max_bytes} bytes", place=name)
                file.write(chunk)
        if length is not None and fetched < length:
            raise UnavailableError(f"{url}: broke off after {have + fetched} bytes; ask again to go on")
        return Download(self._finish(name, part), fetched)

    def _finish(self, name: str, part: Path) -> Path:
        return part.replace(self._folder / name)

    def taken_in(self, name: str) -> None:
        """Note that the file *name* was loaded, and let go of it: from now on only what is newer is fetched."""
        known = self._known(name)
        if known is not None:
            self._remember(name, msgspec.structs.replace(known, loaded=True))
        (self._folder / name).unlink(missing_ok=True)

    def discard(self, name: str) -> None:
        """Let go of the file *name*, which was refused: the next fetch takes it whole."""
        for path in (self._folder / name, self._folder / f"{name}.part", self._place(name)):
            path.unlink(missing_ok=True)

    def _place(self, name: str) -> Path:
        return self._folder / f"{name}.fetched"

    def _known(self, name: str) -> _Validators | None:
        try:
            return msgspec.json.decode(self._place(name).read_bytes(), type=_Validators)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            return None

    def _remember(self, name: str, validators: _Validators) -> None:
        self._place(name).write_bytes(msgspec.json.encode(validators))


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _appending(path: Path, *, keep: bool) -> BinaryIO:
    return path.open("ab" if keep else "wb")


def _conditions(known: _Validators | None, part: Path) -> dict[str, str]:
    if known is None:
        return {}
    if part.exists() and not known.loaded:
        # Go on only in the very same file: a strong ETag, or otherwise the time that it was changed.
        same = known.etag if known.etag and not known.etag.startswith("W/") else known.last_modified
        return {"Range": f"bytes={part.stat().st_size}-", "If-Range": same} if same else {}
    if not known.loaded:
        return {}
    conditions = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified}
    return {header: value for header, value in conditions.items() if value}
