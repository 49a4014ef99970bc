"""What every `Blobs` promises, one test a sentence."""

import asyncio
import hashlib
from collections.abc import AsyncIterator

import pytest

from chariot.errors import InvalidError, NotFoundError, TooLargeError
from chariot.model.keys import Organisation
from chariot.modules.files.ports import Blob, Blobs

ACME = Organisation("acme")
OTHER = Organisation("../other")
LIMIT = 1_000_000


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def failing() -> AsyncIterator[bytes]:
    yield b"half"
    raise InvalidError("went away", place="body")


async def content(blobs: Blobs, name: str, organisation: Organisation = ACME, start: int = 0) -> bytes:
    return b"".join([chunk async for chunk in blobs.get(organisation, name, start=start)])


class BlobsContract:
    """Subclass it, name the subclass `Test...`, provide `blobs`."""

    async def test_what_is_put_is_got_with_its_digest_and_size(self, blobs: Blobs) -> None:
        blob = await blobs.put(ACME, "a", chunks(b"one", b"", b"two"), limit_bytes=LIMIT)

        assert blob == Blob("a", hashlib.sha256(b"onetwo").hexdigest(), 6)
        assert await content(blobs, "a") == b"onetwo"
        assert await blobs.size(ACME, "a") == 6

    async def test_a_part_can_be_read(self, blobs: Blobs) -> None:
        await blobs.put(ACME, "a", chunks(b"0123456789"), limit_bytes=LIMIT)

        assert await content(blobs, "a", start=4) == b"456789"
        assert await content(blobs, "a", start=100) == b""

    async def test_nothing_is_content_too(self, blobs: Blobs) -> None:
        await blobs.put(ACME, "a", chunks(), limit_bytes=LIMIT)

        assert (await blobs.size(ACME, "a"), await content(blobs, "a")) == (0, b"")

    async def test_the_second_replaces_the_first(self, blobs: Blobs) -> None:
        await blobs.put(ACME, "a", chunks(b"long and old"), limit_bytes=LIMIT)
        await blobs.put(ACME, "a", chunks(b"new"), limit_bytes=LIMIT)

        assert await content(blobs, "a") == b"new"

    async def test_more_than_the_limit_is_refused_and_leaves_what_was_there(self, blobs: Blobs) -> None:
        await blobs.put(ACME, "a", chunks(b"old"), limit_bytes=LIMIT)

        with pytest.raises(TooLargeError, match="larger than 5 bytes"):
            await blobs.put(ACME, "a", chunks(b"123", b"456"), limit_bytes=5)

        assert await content(blobs, "a") == b"old"

    async def test_what_the_chunks_raise_comes_through_and_leaves_nothing(self, blobs: Blobs) -> None:
        with pytest.raises(InvalidError, match="went away"):
            await blobs.put(ACME, "a", failing(), limit_bytes=LIMIT)

        assert await blobs.size(ACME, "a") is None

    async def test_a_reader_sees_one_content_or_the_other(self, blobs: Blobs) -> None:
        old, new = b"o" * 700_000, b"n" * 700_000
        await blobs.put(ACME, "a", chunks(old), limit_bytes=LIMIT)

        await asyncio.gather(
            blobs.put(ACME, "a", chunks(new[:350_000], new[350_000:]), limit_bytes=LIMIT),
            *(self._whole(blobs, (old, new)) for _ in range(5)),
        )

        assert await content(blobs, "a") == new

    async def _whole(self, blobs: Blobs, allowed: tuple[bytes, ...]) -> None:
        assert await content(blobs, "a") in allowed

    async def test_organisations_do_not_see_each_other(self, blobs: Blobs) -> None:
        await blobs.put(ACME, "a", chunks(b"ours"), limit_bytes=LIMIT)
        await blobs.put(OTHER, "b", chunks(b"theirs"), limit_bytes=LIMIT)

        assert await blobs.size(OTHER, "a") is None
        assert await blobs.delete(OTHER, "a") is False
        assert await content(blobs, "a") == b"ours"

    async def test_there_is_a_file_of_this_machine(self, blobs: Blobs) -> None:
        await blobs.put(ACME, "a", chunks(b"bytes"), limit_bytes=LIMIT)

        async with blobs.local(ACME, "a") as path:
            assert path.read_bytes() == b"bytes"

    async def test_what_is_deleted_is_gone(self, blobs: Blobs) -> None:
        await blobs.put(ACME, "a", chunks(b"bytes"), limit_bytes=LIMIT)

        assert (await blobs.delete(ACME, "a"), await blobs.delete(ACME, "a")) == (True, False)
        assert await blobs.size(ACME, "a") is None

    async def test_who_reads_what_is_deleted_reads_on(self, blobs: Blobs) -> None:
        await blobs.put(ACME, "a", chunks(b"x" * 900_000), limit_bytes=LIMIT)
        reading = blobs.get(ACME, "a")
        first = await anext(aiter(reading))
        await blobs.delete(ACME, "a")

        rest = b"".join([chunk async for chunk in reading])

        assert len(first + rest) == 900_000

    async def test_what_is_not_there_cannot_be_read(self, blobs: Blobs) -> None:
        with pytest.raises(NotFoundError):
            await content(blobs, "a")
        with pytest.raises(NotFoundError):
            async with blobs.local(ACME, "a"):
                pass

    @pytest.mark.parametrize(
        "name", ["", "../a", "a/b", "/etc/passwd", ".a", "A", "a\0", "a b", "a" * 201, "é", "a\n"]
    )
    async def test_a_name_is_no_way_out(self, blobs: Blobs, name: str) -> None:
        with pytest.raises(InvalidError):
            await blobs.put(ACME, name, chunks(b"x"), limit_bytes=LIMIT)
        with pytest.raises(InvalidError):
            await blobs.size(ACME, name)
