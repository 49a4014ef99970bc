"""What all receipts promise. Subclass `ReceiptsContract`, name the subclass `Test...`, provide `receipts`."""

import asyncio

from chariot.model.keys import Organisation
from chariot.modules.receipts.ports import Receipt, Receipts

ACME = Organisation("acme")
GLOBEX = Organisation("globex")


class ReceiptsContract:
    async def test_a_name_is_claimed_once_and_then_tells_what_stands_there(self, receipts: Receipts) -> None:
        assert await receipts.begin(ACME, "a", b"1") is None
        assert await receipts.begin(ACME, "a", b"2") == Receipt(b"1", None)

        await receipts.finish(ACME, "a", b"answer")

        assert await receipts.begin(ACME, "a", b"2") == Receipt(b"1", b"answer")

    async def test_of_many_that_claim_together_one_gets_it(self, receipts: Receipts) -> None:
        found = await asyncio.gather(*(receipts.begin(ACME, "a", b"1") for _ in range(20)))

        assert found.count(None) == 1

    async def test_what_was_let_go_can_be_claimed_again(self, receipts: Receipts) -> None:
        await receipts.begin(ACME, "a", b"1")
        await receipts.drop(ACME, "a")
        await receipts.drop(ACME, "never there")

        assert await receipts.begin(ACME, "a", b"2") is None

    async def test_organisations_know_nothing_of_each_other(self, receipts: Receipts) -> None:
        await receipts.begin(ACME, "a", b"1")
        assert await receipts.begin(GLOBEX, "a", b"2") is None

        await receipts.finish(GLOBEX, "a", b"theirs")
        await receipts.drop(GLOBEX, "a")

        assert await receipts.begin(ACME, "a", b"2") == Receipt(b"1", None)

    async def test_bytes_come_back_as_they_were(self, receipts: Receipts) -> None:
        answer = bytes(range(256)) * 100
        await receipts.begin(ACME, "a", b"\x00\xff")
        await receipts.finish(ACME, "a", answer)

        assert await receipts.begin(ACME, "a", b"") == Receipt(b"\x00\xff", answer)
