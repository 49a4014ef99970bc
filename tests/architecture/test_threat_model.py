"""Each claim of the threat model names the tests that hold it, and they are there."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
CLAIMS = [line for line in DOCUMENT.splitlines() if line.startswith("- ")]
NAMED = re.findall(r"`(tests/[\w./-]+\.py)::(test_\w+)`", DOCUMENT)


@cache
def names_in(path: str) -> frozenset[str]:
    """Return the names of the tests that the file at *path* has, methods of contracts too."""
    file = ROOT / path
    if not file.is_file():
        return frozenset()
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(
        node.name for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, kinds)
    )


@pytest.mark.parametrize("claim", CLAIMS)
def test_every_claim_names_a_test_or_says_that_nothing_holds_it(claim: str) -> None:
    assert re.search(r"`tests/[\w./-]+\.py::test_\w+`|\*\*Not held\*\*|\*\*Trusted\*\*", claim), claim


@pytest.mark.parametrize(("path", "name"), sorted(set(NAMED)))
def test_every_test_that_is_named_is_there(path: str, name: str) -> None:
    assert name in names_in(path)


def test_the_model_makes_claims() -> None:
    assert len(CLAIMS) > 30
