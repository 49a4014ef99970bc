import copy
import json
from pathlib import Path

import pytest

from chariot.entrypoints.rest.compatibility import breaks
from chariot.entrypoints.rest.openapi import document
from chariot.entrypoints.rest.versions import VERSION

BASELINE = Path(__file__).parents[4] / "docs" / "reference" / "openapi-baseline.json"
PRESENT = json.loads(document())
RISKS = ("paths", "/api/v1/risks", "get")
SEEDS = ("paths", "/api/v1/seeds", "post")


def changed(path, change):
    described = copy.deepcopy(PRESENT)
    place = described
    for step in path:
        place = place[step]
    change(place)
    return described


def test_nothing_that_worked_by_the_last_version_stops_without_a_new_first_number():
    baseline = json.loads(BASELINE.read_bytes())
    same = baseline["info"]["version"].partition(".")[0] == VERSION.partition(".")[0]

    assert not same or breaks(baseline, PRESENT) == []


def test_a_description_breaks_nothing_of_itself():
    assert breaks(PRESENT, PRESENT) == []


@pytest.mark.parametrize(
    ("path", "change", "told"),
    [
        (("paths",), lambda all_: all_.pop("/api/v1/risks"), "GET /api/v1/risks is gone"),
        (RISKS, lambda one: one.update({"operationId": "other"}), "is called other"),
        (RISKS, lambda one: one.update({"x-permission": "risks:read"}), "needs risks:read"),
        (RISKS, lambda one: one["parameters"].pop(), "takes no"),
        (
            RISKS,
            lambda one: one["parameters"].append(
                {"in": "query", "name": "new", "required": True, "schema": {}}
            ),
            "needs new in its query",
        ),
        (RISKS, lambda one: one["responses"].pop("200"), "answers 200 no more"),
        (
            ("components", "schemas", "RiskRecord", "properties"),
            lambda fields: fields.pop("score"),
            "has no answer.data[].score any more",
        ),
        (
            ("components", "schemas", "RiskRecord", "properties", "revision"),
            lambda field: field.update({"type": "string"}),
            "gives string at answer.data[].revision",
        ),
        (
            ("components", "schemas", "SeedsBody", "required"),
            lambda names: names.append("why"),
            "needs body.why",
        ),
        (("components", "schemas", "Depth", "enum"), lambda values: values.remove("light"), "takes no light"),
    ],
)
def test_what_breaks_is_told(path, change, told):
    assert told in "\n".join(breaks(PRESENT, changed(path, change)))


@pytest.mark.parametrize(
    ("path", "change"),
    [
        (("paths",), lambda all_: all_.update({"/api/v1/new": {}})),
        (RISKS, lambda one: one["parameters"].append({"in": "query", "name": "new", "schema": {}})),
        (
            ("components", "schemas", "RiskRecord", "properties"),
            lambda fields: fields.update({"new": {"type": "string"}}),
        ),
    ],
)
def test_what_is_added_breaks_nothing(path, change):
    assert breaks(PRESENT, changed(path, change)) == []
