"""What all tests share: where `strategies` and the contracts are imported from, ports, steady property tests."""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, settings

_TESTS = Path(__file__).parent
_CONTRACTS = sorted(_TESTS.glob("contract/*/*_contract.py"))

sys.path[:0] = sorted({str(_TESTS), *(str(contract.parent) for contract in _CONTRACTS)})
# A contract is no test module by its name; without this its assertions would fail without a word.
pytest.register_assert_rewrite(*(contract.stem for contract in _CONTRACTS))

settings.register_profile(
    "chariot",
    deadline=None,
    max_examples=40,
    derandomize=True,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.function_scoped_fixture,
        # A contract is inherited: its properties run once for each adapter.
        HealthCheck.differing_executors,
    ],
)
settings.load_profile("chariot")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "passes_the_window: the time for which a bus remembers ids passes, for real servers really"
    )


@pytest.fixture(autouse=True)
def plain_logging() -> Iterator[None]:
    """Let no test hear less because another one set up logging for a command."""
    structlog.reset_defaults()
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def unused_tcp_port_factory() -> Callable[[], int]:
    """Return what chooses ports for servers: not the plugin's own, which others may take until a server listens."""
    # Only now: the path to it is set above.
    from support.ports import free_port

    return free_port


@pytest.fixture
def unused_tcp_port(unused_tcp_port_factory: Callable[[], int]) -> int:
    """Return a port for one server."""
    return unused_tcp_port_factory()


@pytest.fixture(scope="session")
def worker_offset() -> int:
    """Return a port offset of this test process's own, so that labs run side by side."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    return 2_000 + 100 * int(worker)
