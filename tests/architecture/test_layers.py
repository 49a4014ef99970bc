"""The import contracts of pyproject.toml, held by every run of the tests."""

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_import_contracts_are_kept() -> None:
    program = Path(sys.executable).with_name("lint-imports")

    checked = subprocess.run([program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_layers_name_every_part_that_exists() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    layers = {part.strip() for layer in contracts[0]["layers"] for part in layer.split("|")}
    beside = {"chariot.lab", "chariot.settings", "chariot.telemetry", "chariot.testing", "chariot.__main__"}

    parts = {
        f"chariot.{path.stem}"
        for path in (ROOT / "src" / "chariot").iterdir()
        if (path.suffix == ".py" or (path / "__init__.py").exists()) and path.stem != "__init__"
    }

    assert parts == layers | beside, "a new part of the product takes its place in the layers"
