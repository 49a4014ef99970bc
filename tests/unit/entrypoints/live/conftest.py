import pytest

from chariot.entrypoints.live.hub import Hub, LiveLimits
from support.watching import watched


@pytest.fixture
def limits():
    """A module that needs others says so."""
    return LiveLimits()


@pytest.fixture
async def server(tmp_path, limits):
    async with watched(tmp_path / "home", Hub(limits)) as one:
        yield one
