"""The examples of the TypeScript client's README ask for what there is."""

import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
README = ROOT / "sdk/typescript/README.md"
EXAMPLES = re.findall(r"^```ts\n(.*?)^```", README.read_text(), re.DOTALL | re.MULTILINE)


def test_the_five_things_that_people_do_first_are_there() -> None:
    assert len(EXAMPLES) == 5


def test_every_address_of_an_example_is_one() -> None:
    paths = json.loads((ROOT / "docs/reference/openapi.json").read_text())["paths"]
    asked = {path for code in EXAMPLES for path in re.findall(r'"(/api/v1/[^"]*)"', code)}

    assert asked <= paths.keys()
