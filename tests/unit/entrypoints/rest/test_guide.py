"""The examples of docs/api.md, run."""

import json
import re
from pathlib import Path

import pytest

from chariot.entrypoints.rest.openapi import ALL_OPERATIONS

GUIDE = (Path(__file__).parents[4] / "docs" / "api.md").read_text()
EXAMPLES = re.findall(r"```http\n(\w+) (\S[^\n]*)\n(.*?)```", GUIDE, re.DOTALL)


def test_there_are_examples():
    assert len(EXAMPLES) >= 5


@pytest.mark.parametrize(("method", "path", "body"), EXAMPLES, ids=lambda one: one[:60])
async def test_an_example_of_the_guide_does_what_it_says(client, method, path, body):
    answer = await client.request(method, path, json=json.loads(body) if body.strip() else None)

    assert answer.status_code in (200, 201), answer.text
    assert set(answer.json()) == {"data", "meta", "links", "pagination"}


def test_every_address_that_the_guide_names_is_one():
    paths = {one.path.removeprefix("/api/v1").replace("{value}", "{seed}") for one in ALL_OPERATIONS}
    named = {
        path.partition("?")[0].replace("{value}", "{seed}")
        for path in re.findall(r"`(?:GET |POST |PUT |PATCH |DELETE )?(/[a-z][a-z/{}-]*)(?:\?[^`]*)?`", GUIDE)
    }

    assert named - paths - {"/api/v1", "/api/v1/openapi.json"} == set()
