"""The example of docs/imports.md is run as it stands there."""

import re
from pathlib import Path
from typing import Any

import pytest

from chariot.format import Format
from chariot.model.kinds.weakness import Risk
from chariot.model.states import RiskState
from chariot.modules.exchange.imports import ImportService

from .conftest import ACME, PORT, World

DOCUMENT = Path(__file__).parents[4] / "docs" / "imports.md"
FIRST = b"""# portwatch 1 2026-01-10T12:00:00Z
192.0.2.7 443 weak-cipher
192.0.2.7 443 old-certificate
what is this
done 192.0.2.7
"""
SECOND = b"""# portwatch 1 2026-01-11T09:00:00Z
192.0.2.7 443 old-certificate
done 192.0.2.7
"""


@pytest.fixture
def portwatch() -> Format:
    (code,) = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    space: dict[str, Any] = {"__name__": "portwatch"}
    exec(compile(code, str(DOCUMENT), "exec"), space)
    made = space["Portwatch"]()
    assert isinstance(made, Format)
    return made


async def test_the_example_brings_refuses_and_closes(portwatch: Format, world: World, tmp_path: Path) -> None:
    service = ImportService(world.surface, {portwatch.name: portwatch}, now=lambda: world.now)
    reports = []
    for name, content in (("first.txt", FIRST), ("second.txt", SECOND)):
        (tmp_path / name).write_bytes(content)
        reports.append(await service.import_file(ACME, tmp_path / name))

    first, second = reports
    assert (first.findings, first.created, first.refused) == (2, 4, 1)
    assert first.errors[0].place == "line 4"
    assert second.closed == 1
    record = await world.get(Risk(target=PORT.key, weakness="portwatch:weak-cipher"))
    assert record.entity.state is RiskState.REMEDIATED


def test_the_document_names_every_field_of_the_json() -> None:
    from chariot.modules.exchange.imports import ImportReport

    text = DOCUMENT.read_text()

    assert [name for name in ImportReport.__struct_fields__ if f"`{name}`" not in text] == []
