import pytest
from aliases_contract import ANN, GLOBEX, AliasesContract

from chariot.adapters.routing.aliases import RoutedAliases
from chariot.modules.audit.aliases import MemoryAliases


class TestRouted(AliasesContract):
    @pytest.fixture
    def apart(self) -> MemoryAliases:
        return MemoryAliases()

    @pytest.fixture
    def aliases(self, apart: MemoryAliases) -> RoutedAliases:
        return RoutedAliases(MemoryAliases(), {GLOBEX: apart})

    async def test_an_organisation_that_stands_apart_keeps_its_own(
        self, aliases: RoutedAliases, apart: MemoryAliases
    ) -> None:
        await aliases.add(GLOBEX, ANN)

        assert list(await apart.page(GLOBEX, after="", limit=9)) == [ANN]
