"""The examples of docs/graphql.md, run."""

import re
from pathlib import Path

import pytest

GUIDE = (Path(__file__).parents[4] / "docs" / "graphql.md").read_text()
EXAMPLES = re.findall(r"```graphql\n(.*?)```", GUIDE, re.DOTALL)


def test_there_are_examples():
    assert len(EXAMPLES) >= 4


@pytest.mark.parametrize("query", EXAMPLES, ids=range(len(EXAMPLES)))
async def test_an_example_of_the_guide_does_what_it_says(api, query):
    assert await api.data(query)
