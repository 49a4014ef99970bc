"""The examples of the TypeScript client's README fit its types."""

import json
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SDK = ROOT / "sdk" / "typescript"
TSC = ROOT / "ui" / "node_modules" / ".bin" / "tsc"
EXAMPLES = re.findall(r"^```ts\n(.*?)^```", (SDK / "README.md").read_text(), re.DOTALL | re.MULTILINE)


def test_the_five_things_that_people_do_first_are_there() -> None:
    assert len(EXAMPLES) == 5


def test_every_address_of_an_example_is_one() -> None:
    paths = json.loads((ROOT / "docs/reference/openapi.json").read_text())["paths"]
    asked = {path for code in EXAMPLES for path in re.findall(r'"(/api/v1/[^"]*)"', code)}

    assert asked <= paths.keys()


def test_the_examples_fit_the_types(tmp_path: Path) -> None:
    if not TSC.exists():
        pytest.skip("NOT CHECKED: the types need the dashboard's compiler (make ui)")
    for number, code in enumerate(EXAMPLES):
        (tmp_path / f"example{number}.ts").write_text(code)
    options = json.loads((SDK / "tsconfig.json").read_text())
    options["compilerOptions"] |= {"noEmit": True, "paths": {"@chariot/client": [str(SDK / "src/index.ts")]}}
    (tmp_path / "tsconfig.json").write_text(json.dumps({**options, "include": ["*.ts"]}))

    done = subprocess.run(
        [str(TSC), "--project", str(tmp_path)], capture_output=True, text=True, check=False, timeout=300
    )

    assert done.returncode == 0, done.stdout
