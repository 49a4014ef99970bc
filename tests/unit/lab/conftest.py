"""A running lab, on ports that no other test uses."""

import os
from collections.abc import AsyncIterator

import pytest

from chariot.lab.server import Lab, LabSettings


@pytest.fixture
def port_offset() -> int:
    """Ports of their own for each parallel test process."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    return 4000 + 50 * int(worker)


@pytest.fixture
async def lab(port_offset, tmp_path) -> AsyncIterator[Lab]:
    async with Lab(LabSettings(port_offset=port_offset, directory=tmp_path)) as running:
        yield running
