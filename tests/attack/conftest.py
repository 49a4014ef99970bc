from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from chariot.application import Application
from chariot.settings import Settings
from support.two_organisations import opened


async def installation(folder: Path) -> AsyncIterator[Application]:
    settings = Settings(home=str(folder / "home"), organisation="operator", resolver="127.0.0.1:9")
    async with opened(settings, folder) as application:
        yield application


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def application(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Application]:
    """One installation for all reads of a module: the thief never had anything of the victim's name."""
    async for opened_one in installation(tmp_path_factory.mktemp("reads")):
        yield opened_one


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def written(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Application]:
    """Another for all writes: there the thief has things of the same names before long."""
    async for opened_one in installation(tmp_path_factory.mktemp("writes")):
        yield opened_one
