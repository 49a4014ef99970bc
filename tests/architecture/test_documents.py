"""What the documents promise: the glossary's words, paths that exist, and nothing of the machine they were made on."""

import re
import runpy
import subprocess
import tomllib
from enum import Enum
from pathlib import Path

import pytest

from chariot.model import states
from chariot.model.records import Op
from chariot.model.registry import KINDS
from chariot.model.relationships import RelationshipType

ROOT = Path(__file__).parents[2]
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
TERMS = re.findall(r"^\*\*(.+?)\*\*", GLOSSARY, re.MULTILINE)
DOCUMENTS = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        return sorted(path for folder in ("src", "tests", "docs") for path in (ROOT / folder).rglob("*.*"))
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


# The two halves are written apart, so that this file does not find itself.
_MACHINES = re.compile(
    "|".join(
        (
            # A person's home in an example is me, you or ann.
            "/ho" + r"me/(?!me/|you/|ann/)[a-z][\w-]*/",
            "/Us" + r"ers/(?!me/|you/|ann/)[A-Za-z][\w-]*/",
            "/ro" + r"ot/",
            "/wo" + r"rk/(?:main|shared)",
            "/tm" + r"p/(?:brief|bash)",
            r"https?://[\w.-]*(?:arti" + r"factory|nex" + r"us|dev" + r"pi|pypi-pro" + r"xy)[\w.-]*",
            r"https?://(?!pypi\.)[\w.-]+/(?:simple|pypi)/",
        )
    )
)


def test_no_file_tells_of_the_machine_it_was_made_on() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in tracked()
        if path.name != "uv.lock"
        for match in [_MACHINES.search(text_of(path))]
        if match
    ]

    assert found == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text_of(path))
    local = [link for link in links if "://" not in link and not link.startswith("mailto:")]

    assert [link for link in local if not (path.parent / link).exists()] == []


@pytest.mark.parametrize(
    ("command", "group"), [("chariot import", "chariot.formats"), ("chariot export", "chariot.exporters")]
)
def test_the_readme_counts_the_formats_that_there_are(command: str, group: str) -> None:
    declared = tomllib.loads(text_of(ROOT / "pyproject.toml"))["project"]["entry-points"][group]

    counted = re.search(rf"{command} .*# (\d+) formats", text_of(ROOT / "README.md"))

    assert counted is not None
    assert int(counted[1]) == len(declared)


def test_the_glossary_is_in_order_and_says_each_word_once() -> None:
    assert sorted(TERMS, key=str.casefold) == TERMS
    assert len(set(TERMS)) == len(TERMS)


@pytest.mark.parametrize(
    "word",
    [
        "asset",
        "capability",
        "change",
        "edit",
        "entity",
        "evidence",
        "finding",
        "job",
        "key",
        "kind",
        "observation",
        "organisation",
        "reactor",
        "record",
        "relationship",
        "risk",
        "scope",
        "seed",
        "sighting",
        "stage",
        "surface",
        "version",
        "vulnerability",
    ],
)
def test_the_glossary_rules_the_words_of_the_product(word: str) -> None:
    assert word in TERMS


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_kind_is_in_the_glossary(kind: str) -> None:
    words = {term.replace(" ", "").casefold() for term in TERMS}

    assert kind in words


@pytest.mark.parametrize(
    "enum", [states.Status, states.RiskState, states.Depth, Op], ids=lambda one: one.__name__
)
def test_every_state_is_explained(enum: type[Enum]) -> None:
    assert [one.value for one in enum if f"*{one.value}*" not in GLOSSARY] == []


def test_relationship_types_are_written_one_way() -> None:
    assert all(
        re.fullmatch(r"[A-Z]+(_[A-Z]+)*", kind.value) and kind.name == kind.value for kind in RelationshipType
    )


@pytest.mark.parametrize("path", [ROOT / "Makefile", *DOCUMENTS], ids=lambda path: path.name)
def test_benchmarks_that_are_named_can_be_run(path: Path) -> None:
    benchmarks = runpy.run_path(str(ROOT / "benchmarks" / "__main__.py"))
    known = {*benchmarks["MODULES"], *benchmarks["BY_NAME"]}

    named = re.findall(r"python -m benchmarks((?: [a-z]+)+)", path.read_text(encoding="utf-8"))

    assert {name for names in named for name in names.split()} - known == set()
