import gc
import importlib.abc
import subprocess
import sys
from collections.abc import Iterator, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType

import pytest

from chariot.entrypoints.cli.start import collect_seldom, main


@pytest.fixture(autouse=True)
def collector() -> Iterator[None]:
    thresholds = gc.get_threshold()
    yield
    gc.set_threshold(*thresholds)


class Interrupting(importlib.abc.MetaPathFinder):
    """Presses Ctrl-C when the command line is loaded."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname == "chariot.entrypoints.cli.main":
            raise KeyboardInterrupt
        return None


def test_ctrl_c_while_it_loads_is_an_interruption_and_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "chariot.entrypoints.cli.main", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Interrupting(), *sys.meta_path])

    assert main() == 130


def test_the_module_is_the_command() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "chariot", "--version"], capture_output=True, text=True, check=False
    )

    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("chariot, version ")


def test_the_program_looks_for_cycles_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "chariot.entrypoints.cli.main", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Interrupting(), *sys.meta_path])
    collect_seldom()
    wanted = gc.get_threshold()
    gc.set_threshold(700, 10, 10)

    main()

    assert gc.get_threshold() == wanted
    assert wanted[0] > 700
