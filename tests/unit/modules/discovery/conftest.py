from collections.abc import AsyncIterator

import pytest

from .world import FakeNetworks, World, opened


@pytest.fixture
async def world(tmp_path) -> AsyncIterator[World]:
    networks = FakeNetworks(
        dns={
            ("corp.example", "A"): ["8.8.8.8", "127.0.0.1"],
            ("cdn.corp.example", "A"): ["9.9.9.9"],
        },
        banners={("8.8.8.8", 22): b"SSH-2.0-x\r\n", ("127.9.0.1", 22): b""},
    )
    world, close = await opened(tmp_path / "store.db", networks)
    yield world
    await close()
