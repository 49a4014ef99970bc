"""What no reviewer should have to say twice: sizes, imports, errors, mirrors."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from chariot import errors

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "chariot"
MODULES = sorted(SOURCE.rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
MODULE_LINES = 500
FUNCTION_LINES = 60

LONG_MODULES: frozenset[str] = frozenset()
LONG_FUNCTIONS: frozenset[str] = frozenset()
"""Exemptions of size. They may only shrink."""

SUPERVISORS = frozenset(
    {
        "entrypoints/rest/edge.py",  # around a request: a defect is answered, and told to the operator
        "adapters/sqlite/database.py",  # one caller's work must not end the writer thread
        "modules/discovery/supervision.py",  # around a capability
        "modules/work/worker.py",  # around a job
    }
)
"""Where `except Exception` is right, because whatever is thrown belongs to one piece of work."""

UNMIRRORED = frozenset(
    {
        # Declarations without behaviour of their own; what they promise is tested where they are used.
        "model/records.py",
        "model/states.py",
        "modules/exchange/report/data.py",
        "modules/intel/feeds/feed.py",
        "modules/surface/states.py",
        # Tested through the parts that they were cut from.
        "modules/intel/conditions.py",
        "modules/intel/criteria.py",
        "modules/intel/memory.py",
        "modules/intel/segments.py",
    }
)
"""Files below model/ and modules/ without a unit test of the same name. They may only shrink."""

DECLARATIONS = frozenset({"__init__.py", "ports.py"})
"""Files that only declare; a port's test is its contract."""


def named(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def catches_all(node: ast.AST) -> bool:
    if not isinstance(node, ast.ExceptHandler):
        return False
    last = node.body[-1]
    if isinstance(last, ast.Raise) and last.exc is None:
        return False  # It tidies up and lets go.
    caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
    return any(one is None or getattr(one, "id", "") in ("Exception", "BaseException") for one in caught)


def test_no_module_is_longer_than_one_reading() -> None:
    long = {
        named(path) for path in MODULES if len(path.read_text(encoding="utf-8").splitlines()) > MODULE_LINES
    }

    assert long == LONG_MODULES, (
        f"split what is longer than {MODULE_LINES} lines; drop exemptions that are done"
    )


def test_no_function_is_longer_than_a_screen() -> None:
    long = {
        f"{named(path)}:{function.name}"
        for path in MODULES
        for function in functions(path)
        if (function.end_lineno or 0) - function.lineno >= FUNCTION_LINES
    }

    assert long == LONG_FUNCTIONS, (
        f"split what is longer than {FUNCTION_LINES} lines; drop exemptions that are done"
    )


def test_every_module_says_what_it_is() -> None:
    silent = [
        named(path) for path in MODULES if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]

    assert silent == []


def test_only_supervisors_catch_everything() -> None:
    found = {
        named(path)
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if catches_all(node)
    }

    assert found == SUPERVISORS, "catch what you can name; only a supervisor catches everything, and it logs"


def test_nothing_is_imported_inside_a_function() -> None:
    found = [
        f"{named(path)}:{node.lineno}"
        for path in MODULES
        if not named(path).startswith("entrypoints/cli/")
        for function in functions(path)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]

    assert found == [], "import at the top; only commands of the CLI import late, so that --help is quick"


@pytest.mark.parametrize("path", [*MODULES, *TESTS], ids=lambda path: path.relative_to(ROOT).as_posix())
def test_nothing_is_mocked(path: Path) -> None:
    imported = re.findall(
        r"^\s*(?:from|import)\s+(unittest[.\w]*)(?:\s+import\s+(.*))?", path.read_text(), re.MULTILINE
    )

    assert not any("mock" in f"{module} {names}" for module, names in imported)


def test_every_error_is_drawn_in_the_tree_and_explained() -> None:
    classes = [
        one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, errors.ChariotError)
    ]

    assert len(classes) > 5
    for one in classes:
        assert one.__doc__, one
        assert one.__name__ in (errors.__doc__ or ""), f"draw {one.__name__} in the tree"


def test_unit_tests_mirror_the_model_and_the_modules() -> None:
    missing = set()
    for path in MODULES:
        name = named(path)
        if not name.startswith(("model/", "modules/")) or path.name in DECLARATIONS:
            continue
        place = Path(name)
        test = ROOT / "tests" / "unit" / place.parent / f"test_{place.name}"
        if not test.exists():
            missing.add(name)

    assert missing <= UNMIRRORED, f"add a unit test for {sorted(missing - UNMIRRORED)}"
    assert missing >= UNMIRRORED, f"no longer exempt: {sorted(UNMIRRORED - missing)}"
