"""GitHub as a `CodeHost`. Source: GitHub's REST API reference, version 2022-11-28."""

import base64
import re
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final
from urllib.parse import quote

import msgspec

from chariot.adapters.outgoing.client import Client
from chariot.errors import InvalidError, NotFoundError, UnavailableError
from chariot.modules.integrations.ports import ProcessingState

VERSION: Final = "2022-11-28"
KINDS: Final = frozenset({"code-scanning", "dependabot", "secret-scanning"})
_REPOSITORY: Final = re.compile(r"[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}")
_NEXT: Final = re.compile(r'<([^<>]{1,4000})>\s*;[^,]*\brel="?next"?')
_PAGES: Final = 1_000
_PACKED_LIMIT_BYTES: Final = 10_000_000


class _Repository(msgspec.Struct):
    full_name: str = ""


class _Object(msgspec.Struct):
    sha: str = ""


class _Ref(msgspec.Struct):
    object: _Object = msgspec.field(default_factory=_Object)


class _Accepted(msgspec.Struct):
    id: str = ""


class _Processing(msgspec.Struct):
    processing_status: str = ""
    errors: list[str] | None = None


class GitHubCodeHost:
    """See `CodeHost`."""

    def __init__(self, client: Client, repository: str) -> None:
        """*repository* is `owner/name`.

        Raises:
            InvalidError: it is not.
        """
        parts = repository.split("/")
        if not _REPOSITORY.fullmatch(repository) or any(part in (".", "..") for part in parts):
            raise InvalidError("is not owner/name", place="repository")
        self._client = client
        self._path = f"/repos/{repository}"

    async def check(self) -> str:
        """See `CodeHost.check`."""
        return (await self._client.json("GET", self._path, _Repository)).full_name

    async def head(self, ref: str) -> str:
        """See `CodeHost.head`."""
        name = quote(ref.removeprefix("refs/"), safe="/")
        found = await self._client.json("GET", f"{self._path}/git/ref/{name}", _Ref)
        if not re.fullmatch(r"[0-9a-f]{40,64}", found.object.sha):
            raise UnavailableError(f"GitHub names no commit for {ref}")
        return found.object.sha

    async def upload(self, commit: str, ref: str, packed: bytes) -> str:
        """See `CodeHost.upload`.

        Raises:
            InvalidError: it is larger than GitHub takes.
        """
        if len(packed) > _PACKED_LIMIT_BYTES:
            raise InvalidError(
                f"packed, the findings have {len(packed):,} bytes and GitHub takes {_PACKED_LIMIT_BYTES:,};"
                " narrow the filter",
                place="filter",
            )
        body = {"commit_sha": commit, "ref": ref, "sarif": base64.b64encode(packed).decode()}
        # The same analysis sent twice is one: it may be repeated.
        accepted = await self._client.json(
            "POST", f"{self._path}/code-scanning/sarifs", _Accepted, body=body, again=True
        )
        return accepted.id

    async def processing(self, upload_id: str) -> ProcessingState:
        """See `CodeHost.processing`."""
        path = f"{self._path}/code-scanning/sarifs/{quote(upload_id, safe='')}"
        try:
            found = await self._client.json("GET", path, _Processing)
        except NotFoundError:
            # It is not there yet in the first moments after the upload.
            return ProcessingState(is_done=False)
        errors = tuple(found.errors or ())
        if found.processing_status == "failed":
            return ProcessingState(is_done=True, errors=errors or ("GitHub does not say why",))
        return ProcessingState(is_done=found.processing_status == "complete", errors=errors)

    async def alerts(self, kind: str) -> AsyncIterator[Sequence[Any]]:
        """See `CodeHost.alerts`."""
        if kind not in KINDS:
            raise InvalidError(f"there are {', '.join(sorted(KINDS))}", place="pull")
        path = f"{self._path}/{kind}/alerts?per_page=100"
        for _ in range(_PAGES):
            reply = await self._client.request("GET", path)
            try:
                page = msgspec.json.decode(reply.body, type=list[Any])
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                raise UnavailableError("GitHub answered with no list of alerts") from None
            yield page
            following = _NEXT.search(reply.headers.get("Link", "")[:8_000])
            if following is None:
                return
            path = following[1]
        raise UnavailableError(f"GitHub gave more than {_PAGES:,} pages")
