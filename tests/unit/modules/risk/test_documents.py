"""docs/risk-formula.md says what the code does: its tables and examples are read and executed."""

import re
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from chariot.model.states import Decision, RiskState
from chariot.modules.risk import formula, remedies
from chariot.modules.risk.formula import Inputs, assess
from chariot.modules.risk.life import TRANSITIONS
from chariot.modules.risk.policy import CRITICALITY, SLA, WEIGHTS, Weights, check_setting
from chariot.modules.risk.ssvc import TABLE, Exploitation

PAGE = (Path(__file__).parents[4] / "docs" / "risk-formula.md").read_text(encoding="utf-8")
EXAMPLES = [tomllib.loads(block) for block in re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)]


def table(heading: str) -> list[list[str]]:
    """Return the cells of the first table after *heading*, without its head."""
    lines = PAGE.partition(f"\n{heading}\n")[2].splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("| "))
    rows = []
    for line in lines[start + 2 :]:
        if not line.startswith("| "):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def test_the_page_is_of_this_version():
    assert PAGE.startswith(f"# The risk formula, version {formula.FORMULA}\n")
    assert len(EXAMPLES) >= 5


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"score {example['result']['score']}")
def test_a_worked_example_comes_out_as_written(example: dict[str, Any]):
    weights = msgspec.convert(example.get("weights", {}), Weights)

    result = assess(msgspec.convert(example["inputs"], Inputs), weights)

    assert {factor.name: factor.points for factor in result.factors} == example["factors"]
    assert (result.score, result.decision.value) == (
        example["result"]["score"],
        example["result"]["decision"],
    )


def test_the_points_of_the_page_are_those_of_the_formula():
    rows = [*table("## Likelihood"), *table("## Impact")]

    points = {name: words for name, _, words in rows}

    assert points == {
        "epss": f"0 to {formula.EPSS_MAX}",
        "known exploited": f"{formula.KNOWN_EXPLOITED}",
        "ransomware": f"{formula.RANSOMWARE}",
        "exploit": f"0 to {max(formula.EXPLOIT_POINTS.values())}",
        "exposure": f"0 to {max(formula.EXPOSURE_POINTS.values())}",
        "authentication": f"{formula.AUTHENTICATION}",
        "cvss": f"0 to {formula.CVSS_MAX}",
        "criticality": f"{min(formula.CRITICALITY_POINTS.values())} to {max(formula.CRITICALITY_POINTS.values())}",
        "reach": f"0 to {formula.REACH_MAX}",
        "path": f"{formula.PATH}",
        "controls": f"{formula.CONTROLS_MOST} to 0",
    }


@pytest.mark.parametrize(
    ("factor", "points"),
    [
        ("exploit", formula.EXPLOIT_POINTS),
        ("exposure", formula.EXPOSURE_POINTS),
        ("criticality", formula.CRITICALITY_POINTS),
        ("controls", formula.CONTROL_POINTS),
    ],
)
def test_each_step_of_a_factor_stands_on_the_page(factor, points):
    (words,) = [row[1] for row in [*table("## Likelihood"), *table("## Impact")] if row[0] == factor]

    assert all(f"{step.value} {value}" in words for step, value in points.items())


def test_the_rules_of_the_page_are_those_of_the_formula():
    effects = [row[2] for row in table("## Rules")]

    assert effects == [
        f"never below {formula.FLOOR}",
        f"never above {formula.CEILING}",
        "0",
        f"{formula.HIGHEST}",
    ]


def test_the_efforts_of_the_page_are_those_in_use():
    efforts = {name: int(effort) for name, effort in table("## What changed, and what lowers it")}

    assert efforts == {
        "update": remedies.UPDATE_EFFORT,
        "require a log-in": remedies.LOG_IN_EFFORT,
        "put a filter before it": remedies.WAF_EFFORT,
        "separate the network": remedies.SEPARATE_EFFORT,
        "take off the internet": remedies.OFFLINE_EFFORT,
    }


@pytest.mark.parametrize(
    ("label", "start"), [(CRITICALITY, '[{"level"'), (WEIGHTS, '{"epss"'), (SLA, '{"severity"')]
)
def test_a_setting_on_the_page_can_be_read(label, start):
    (text,) = [line.strip() for line in PAGE.splitlines() if line.startswith(f"    {start}")]

    check_setting(label, text)


def test_the_bands_of_reach_on_the_page_are_those_that_are_stored():
    bands = {formula.reach_band(number) for number in range(2_000)}

    assert f"({', '.join(map(str, sorted(bands)[:-1]))} or {max(bands)} entities and more)" in PAGE


def test_the_ssvc_table_of_the_page_is_the_one_in_use():
    rows = {
        (Exploitation(row[0]), row[1] == "yes", row[2] == "total"): tuple(map(Decision, row[3:]))
        for row in table("## The decision beside it")
    }

    assert rows == TABLE


def test_the_life_of_the_page_is_the_one_in_use():
    rows = {
        RiskState(present): frozenset(map(RiskState, to.split(", ")))
        for present, to in table("## The life of a risk")
    }

    assert rows == TRANSITIONS
