import json
from pathlib import Path

import pytest

from chariot.entrypoints.rest.openapi import ALL_OPERATIONS, document, main
from chariot.entrypoints.rest.shapes import plural
from chariot.model.registry import KINDS, UNLISTED

CHECKED_IN = Path(__file__).parents[4] / "docs" / "reference" / "openapi.json"
DESCRIBED = json.loads(document())


def found(reference):
    node = DESCRIBED
    for step in reference.removeprefix("#/").split("/"):
        node = node.get(step, {})
    return node


def references(node):
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        node = list(node.values())
    if isinstance(node, list):
        for one in node:
            yield from references(one)


def test_the_checked_in_description_is_current():
    assert main(["--check", str(CHECKED_IN)]) == 0


def test_a_stale_description_is_told(tmp_path, capsys):
    file = tmp_path / "openapi.json"
    file.write_text("{}")

    assert main(["--check", str(file)]) == 1
    assert "is stale" in capsys.readouterr().err


def test_writing_makes_it_current(tmp_path):
    file = tmp_path / "reference" / "openapi.json"

    assert main([str(file)]) == 0
    assert main(["--check", str(file)]) == 0


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in UNLISTED])
def test_every_kind_has_a_list_with_its_own_schema(kind):
    listed = DESCRIBED["paths"][f"/api/v1/{plural(kind)}"]["get"]

    items = listed["responses"]["200"]["content"]["application/json"]["schema"]["properties"]["data"]["items"]
    assert items["anyOf"][0] == {"$ref": f"#/components/schemas/{KINDS[kind].__name__}Record"}


def test_every_reference_leads_somewhere():
    assert [reference for reference in references(DESCRIBED) if not found(reference)] == []


def test_what_operations_share_is_described_once():
    described = DESCRIBED["paths"]["/api/v1/entities/{key}"]["get"]

    assert described["responses"]["404"] == {"$ref": "#/components/responses/NotFound"}
    assert {"$ref": "#/components/parameters/chariot-organisation"} in described["parameters"]


def test_every_parameter_that_must_be_said_has_an_example():
    without = [
        f"{method} {path} {parameter['name']}"
        for path, methods in DESCRIBED["paths"].items()
        for method, operation in methods.items()
        for parameter in operation["parameters"]
        if parameter.get("required") and not ({"example", "examples"} & {*parameter, *parameter["schema"]})
    ]

    assert without == []


@pytest.mark.parametrize(
    ("path", "answers"),
    [
        ("/api/v1/audit/exports/{format}", {"application/jsonl", "text/csv"}),
        ("/api/v1/scope/journal/export", {"application/jsonl"}),
        ("/api/v1/exports/{format}", {"*/*"}),
        ("/api/v1/files/{path}/content", {"*/*"}),
    ],
)
def test_every_type_that_a_download_may_have_is_described(path, answers):
    assert answers <= {*DESCRIBED["paths"][path]["get"]["responses"]["200"]["content"]}


def test_names_of_operations_are_unique():
    names = [one.id for one in ALL_OPERATIONS]

    assert len(names) == len(set(names))


@pytest.mark.parametrize("operation", ALL_OPERATIONS, ids=lambda one: one.id)
def test_every_operation_is_described(operation):
    described = DESCRIBED["paths"][operation.path][operation.method.lower()]

    assert described["operationId"] == operation.id
    assert described["x-permission"] == operation.permission
    assert described["summary"]
    parameters = [found(one["$ref"]) if "$ref" in one else one for one in described["parameters"]]
    assert all("description" in parameter for parameter in parameters)
    assert {parameter["name"] for parameter in parameters if parameter["in"] == "path"} == set(
        operation.names
    )


@pytest.mark.parametrize(
    "operation", [one for one in ALL_OPERATIONS if one.body is not None], ids=lambda one: one.id
)
def test_every_body_has_an_example(operation):
    described = DESCRIBED["paths"][operation.path][operation.method.lower()]

    assert all("example" in content for content in described["requestBody"]["content"].values())


def test_secrets_are_described_as_null():
    channel = DESCRIBED["components"]["schemas"]["AlertRuleRecord"]["properties"]["channel"]

    assert (channel["type"], channel["x-secret"]) == ("null", True)
