from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from support.vaults import SealedWorld


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[SealedWorld]:
    made = SealedWorld(tmp_path)
    yield made
    await made.database.close()
