"""The ledger: which files came in, how far each is, and the journal by which it can be taken back.

An import is an entity of its organisation, so it has history, is backed up and asked for like any other. Each
transaction of an import also writes one page of its journal: both are there or neither is.
"""

import base64
import binascii
import secrets
import zlib
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from chariot.errors import InvalidError, NotFoundError
from chariot.model.keys import Key, Organisation
from chariot.model.kinds.exchange import Import, ImportPage
from chariot.model.observations import Edit
from chariot.model.states import ImportState
from chariot.modules.surface.query import All, Compare, Query
from chariot.modules.surface.service import SurfaceService
from chariot.modules.surface.trace import Trace

_UNPACKED_LIMIT_BYTES = 256 * 1024 * 1024
_PACKING_LEVEL = 1
_KIND = ("import",)
_encode = msgspec.json.Encoder().encode
_trace_decoder = msgspec.json.Decoder(Trace)


def new_id() -> str:
    """Return a new id: short enough to type, and not taken by chance."""
    return secrets.token_hex(5)


def pack(trace: Trace) -> str:
    """Return *trace* as a page keeps it."""
    return base64.b64encode(zlib.compress(_encode(trace), _PACKING_LEVEL)).decode()


def unpack(journal: str) -> Trace:
    """Return what `pack` wrote.

    Raises:
        InvalidError: somebody else wrote it.
    """
    try:
        stream = zlib.decompressobj()
        data = stream.decompress(base64.b64decode(journal), _UNPACKED_LIMIT_BYTES)
        if stream.unconsumed_tail:
            raise InvalidError("is larger than any that an import writes", place="journal")
        return _trace_decoder.decode(data)
    except (zlib.error, binascii.Error, msgspec.DecodeError, ValueError) as error:
        raise InvalidError(f"is not as an import wrote it: {error}", place="journal") from error


class Ledger:
    """Reads and writes the imports of one store."""

    def __init__(
        self,
        surface: SurfaceService,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        new_id: Callable[[], str] = new_id,
    ) -> None:
        self._surface = surface
        self._now = now
        self._new_id = new_id

    async def begin(
        self,
        organisation: Organisation,
        *,
        file: str,
        sha256: str,
        size_bytes: int,
        format_name: str,
        who: str,
    ) -> Import:
        """Write down that an import begins, and return it."""
        # Stores keep whole microseconds; the moment must be the same when it is read again.
        entry = Import(
            id=self._new_id(),
            file=file[-1_000:],
            sha256=sha256,
            size_bytes=size_bytes,
            format=format_name,
            requested_by=who[:200],
            started_at=self._now(),
        )
        await self._surface.edit(organisation, [Edit(actor=who, why=f"import {entry.id}", entity=entry)])
        return entry

    async def get(self, organisation: Organisation, import_id: str) -> Import:
        """Return one import.

        Raises:
            NotFoundError: there is none of that id.
        """
        try:
            key = Import(id=import_id).key
        except ValueError:
            raise NotFoundError(f"no import has the id {import_id[:40]!r}") from None
        record = (await self._surface.store.get(organisation, [key])).get(key)
        if record is None or not isinstance(record.entity, Import):
            raise NotFoundError(f"no import has the id {import_id[:40]!r}; `chariot list imports` shows them")
        return record.entity

    async def of_file(
        self,
        organisation: Organisation,
        sha256: str,
        format_name: str,
        state: ImportState,
    ) -> Import | None:
        """Return the newest import of the same bytes in *state*."""
        terms = (
            Compare("sha256", "=", (sha256,)),
            Compare("format", "=", (format_name,)),
            Compare("state", "=", (state.value,)),
        )
        query = Query(kinds=_KIND, where=All(terms), sort="-started_at", limit=1)
        page = await self._surface.store.find(organisation, query)
        return next((record.entity for record in page.items if isinstance(record.entity, Import)), None)

    async def all(self, organisation: Organisation) -> AsyncIterator[Import]:
        """Yield every import, newest first."""
        cursor = ""
        while True:
            query = Query(kinds=_KIND, sort="-started_at", cursor=cursor)
            page = await self._surface.store.find(organisation, query)
            for record in page.items:
                if isinstance(record.entity, Import):
                    yield record.entity
            cursor = page.cursor
            if not cursor:
                return

    async def page(self, organisation: Organisation, import_id: str, number: int) -> ImportPage | None:
        """Return one page of the journal, None behind the last."""
        key = ImportPage(owner=import_id, number=number).key
        record = (await self._surface.store.get(organisation, [key])).get(key)
        return record.entity if record is not None and isinstance(record.entity, ImportPage) else None

    async def pages(self, organisation: Organisation, import_id: str) -> AsyncIterator[ImportPage]:
        """Yield the pages of the journal in their order."""
        number = 0
        while (page := await self.page(organisation, import_id, number)) is not None:
            yield page
            number += 1

    async def set(self, organisation: Organisation, entry: Import, who: str, **fields: Any) -> Import:
        """Write down how an import goes on, and return it."""
        await self._surface.edit(organisation, [edit(entry, who, **fields)])
        return msgspec.structs.replace(entry, **fields)


def edit(entry: Import, who: str, **fields: Any) -> Edit:
    """Return the edit that sets *fields* of an import."""
    plain: Mapping[str, Any] = msgspec.to_builtins(fields)
    return Edit(actor=who, why=f"import {entry.id}", key=Key(entry.key), fields=dict(plain))
