import pytest

from ..conftest import Run  # noqa: TID252 - a test package has no other name


@pytest.mark.parametrize("port", ["0", "65536", "http"])
def test_a_port_that_is_none_is_wrong_usage(run: Run, port: str) -> None:
    assert run("serve", "--port", port).code == 2
