import pytest
from aliases_contract import AliasesContract

from chariot.modules.audit.aliases import MemoryAliases


class TestMemory(AliasesContract):
    @pytest.fixture
    def aliases(self) -> MemoryAliases:
        return MemoryAliases()
