import pytest
from receipts_contract import ReceiptsContract

from chariot.modules.receipts.memory import MemoryReceipts


class TestMemory(ReceiptsContract):
    @pytest.fixture
    def receipts(self) -> MemoryReceipts:
        return MemoryReceipts()
