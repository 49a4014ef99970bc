import pytest
from data_keys_contract import GLOBEX, DataKeysContract, key

from chariot.adapters.routing.data_keys import RoutedDataKeys
from chariot.modules.secrets.memory import MemoryDataKeys


class TestRouted(DataKeysContract):
    @pytest.fixture
    def apart(self) -> MemoryDataKeys:
        return MemoryDataKeys()

    @pytest.fixture
    def data_keys(self, apart: MemoryDataKeys) -> RoutedDataKeys:
        return RoutedDataKeys(MemoryDataKeys(), {GLOBEX: apart})

    async def test_an_organisation_that_stands_apart_keeps_its_own(
        self, data_keys: RoutedDataKeys, apart: MemoryDataKeys
    ) -> None:
        await data_keys.add(key(of=GLOBEX))

        assert list(await apart.of(GLOBEX)) == [key(of=GLOBEX)]
