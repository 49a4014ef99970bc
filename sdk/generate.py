"""Writes the generated parts of the clients from the description of the API, or checks that they are current.

    python -m sdk.generate [--check]

The types of the TypeScript client are written where Node.js and the packages of `ui/` are there.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from sdk.models import models_text
from sdk.operations import operations_text

ROOT = Path(__file__).resolve().parent.parent
DESCRIPTION = ROOT / "docs/reference/openapi.json"
PYTHON = ROOT / "sdk/python/src/chariot_client"
TYPESCRIPT = ROOT / "sdk/typescript/src/schema.d.ts"
_OPENAPI_TYPESCRIPT = ROOT / "ui/node_modules/.bin/openapi-typescript"


def python_files(description: Path = DESCRIPTION) -> dict[Path, str]:
    """Return the generated modules of the Python client by their path."""
    api = json.loads(description.read_text())
    return {
        PYTHON / "models.py": _formatted(models_text(api)),
        PYTHON / "operations.py": _formatted(operations_text(api)),
    }


def typescript_files(description: Path = DESCRIPTION) -> dict[Path, str]:
    """Return the generated types of the TypeScript client; nothing where what writes them is not installed."""
    if shutil.which("node") is None or not _OPENAPI_TYPESCRIPT.exists():
        return {}
    done = subprocess.run(  # noqa: S603 - a program of this repository, with paths of ours
        [str(_OPENAPI_TYPESCRIPT), str(description)], capture_output=True, check=True, text=True, cwd=ROOT
    )
    return {TYPESCRIPT: done.stdout}


def _formatted(text: str) -> str:
    """Return *text* as the formatter of the repository writes it."""
    ruff = Path(sys.executable).with_name("ruff")
    done = subprocess.run(  # noqa: S603 - a program of this environment; the text goes in as input
        [str(ruff), "format", "--no-cache", "--config", str(ROOT / "pyproject.toml"), "-"],
        input=text,
        capture_output=True,
        check=True,
        text=True,
    )
    return done.stdout


def main(arguments: Sequence[str]) -> int:
    """Write the files, or with `--check` name those that are not current; return the exit code."""
    files = python_files() | typescript_files()
    stale = [path for path, text in files.items() if not path.exists() or path.read_text() != text]
    if "--check" in arguments:
        for path in stale:
            sys.stderr.write(f"{path.relative_to(ROOT)} is not current: python -m sdk.generate\n")
        return 1 if stale else 0
    for path in stale:
        path.write_text(files[path])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
