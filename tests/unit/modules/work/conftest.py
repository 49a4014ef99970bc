from collections.abc import AsyncIterator

import pytest

from support.made_time import MadeTime


@pytest.fixture
async def made_time() -> AsyncIterator[MadeTime]:
    """Let a test of what waits take no time, on any machine."""
    time = MadeTime()
    with time.running():
        yield time
