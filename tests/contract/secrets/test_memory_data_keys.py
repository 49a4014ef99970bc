import pytest
from data_keys_contract import DataKeysContract

from chariot.modules.secrets.memory import MemoryDataKeys


class TestMemory(DataKeysContract):
    @pytest.fixture
    def data_keys(self) -> MemoryDataKeys:
        return MemoryDataKeys()
