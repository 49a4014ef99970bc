import pytest
from receipts_contract import ACME, GLOBEX, ReceiptsContract

from chariot.adapters.routing.receipts import RoutedReceipts
from chariot.modules.receipts.memory import MemoryReceipts


class TestRouted(ReceiptsContract):
    @pytest.fixture
    def apart(self) -> MemoryReceipts:
        return MemoryReceipts()

    @pytest.fixture
    def receipts(self, apart: MemoryReceipts) -> RoutedReceipts:
        return RoutedReceipts(MemoryReceipts(), {GLOBEX: apart})

    async def test_an_organisation_that_stands_apart_keeps_its_own(
        self, receipts: RoutedReceipts, apart: MemoryReceipts
    ) -> None:
        await receipts.begin(ACME, "a", b"1")
        await receipts.begin(GLOBEX, "b", b"1")

        assert await apart.begin(GLOBEX, "b", b"2") is not None
        assert await apart.begin(ACME, "a", b"2") is None
