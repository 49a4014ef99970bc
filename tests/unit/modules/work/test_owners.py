import os
import subprocess
import sys

import pytest

from chariot.modules.work.owners import is_dead, this_owner

_PRINT = "from chariot.modules.work.owners import this_owner; print(this_owner(), flush=True); input()"


def test_this_process_lives() -> None:
    assert not is_dead(this_owner())


def test_a_process_that_was_killed_is_dead() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _PRINT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        owner = process.stdout.readline().strip()
        before = is_dead(owner)
        process.kill()
        process.wait()

    assert (before, is_dead(owner)) == (False, True)


def test_another_process_with_the_same_number_is_not_the_same_owner() -> None:
    host = this_owner().rpartition(":")[0].rpartition(":")[0]

    assert is_dead(f"{host}:{os.getpid()}:1")


@pytest.mark.parametrize("owner", ["", "x", "elsewhere:1:1", ":::", "elsewhere:99999999999:1"])
def test_of_what_is_not_here_nobody_knows(owner: str) -> None:
    assert not is_dead(owner)
