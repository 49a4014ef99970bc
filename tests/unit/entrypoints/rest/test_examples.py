import json

import jsonschema_rs
import pytest

from chariot.entrypoints.rest.examples import Examples
from chariot.entrypoints.rest.openapi import document

DESCRIBED = json.loads(document())


def contents():
    for path, methods in DESCRIBED["paths"].items():
        for method, operation in methods.items():
            for status, response in operation["responses"].items():
                if status.startswith("2"):
                    for content in response["content"].values():
                        yield pytest.param(content, id=f"{method} {path}")


@pytest.mark.parametrize("content", list(contents()))
def test_every_good_answer_has_an_example_that_its_schema_allows(content):
    if content["schema"].get("type") == "string":
        return
    whole = content["schema"] | {"components": DESCRIBED["components"]}

    assert jsonschema_rs.is_valid(whole, content["example"])


def test_an_example_of_what_holds_itself_ends():
    schemas = {
        "Node": {
            "type": "object",
            "properties": {"next": {"anyOf": [{"$ref": "#/x/Node"}, {"type": "null"}]}},
        }
    }

    made = Examples(schemas).of({"$ref": "#/x/Node"})

    assert "next" in made
