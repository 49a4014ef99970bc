from pathlib import Path

import msgspec
import pytest

from chariot.model.registry import KINDS
from chariot.model.relationships import RelationshipType
from chariot.model.schemas import generated, key_form, kind_schema, main, stale, write

REFERENCE = Path(__file__).parents[3] / "docs" / "reference"


def test_the_committed_reference_is_what_the_declarations_say() -> None:
    assert stale(REFERENCE) == [], "run: python -m chariot.model.schemas docs/reference"


@pytest.mark.parametrize("kind", list(KINDS))
def test_the_schema_of_a_kind_has_each_field_with_its_meaning_and_rule(kind: str) -> None:
    schema = kind_schema(KINDS[kind])

    assert set(schema["properties"]) == {"kind", *(spec.name for spec in KINDS[kind].specs)}
    for spec in KINDS[kind].specs:
        told = schema["properties"][spec.name]
        assert told["description"] == spec.description
        assert ("x-identity" in told) is spec.mark.identity
        assert ("x-secret" in told) is spec.mark.secret
        assert spec.mark.identity or told["x-merge"] == spec.mark.merge.value
    assert set(schema["required"]) == {
        "kind",
        *(spec.name for spec in KINDS[kind].specs if spec.mark.identity),
    }
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize("kind", [*KINDS, "relationship"])
def test_every_reference_inside_a_schema_leads_somewhere(kind: str) -> None:
    text = generated()[f"schemas/{kind}.json"]
    defined = msgspec.json.decode(text).get("$defs", {})

    pointed = {part.split('"')[0] for part in text.split("#/$defs/")[1:]}

    assert pointed <= set(defined)


def test_the_page_shows_every_kind_field_and_relationship() -> None:
    page = generated()["model.md"]

    for cls in KINDS.values():
        assert f"\n## {cls.kind}\n" in page
        assert f"Key: `{key_form(cls)}`" in page
        assert all(f"| `{spec.name}` |" in page for spec in cls.specs)
    assert all(f"| `{kind.value}` |" in page for kind in RelationshipType)


def test_a_table_has_as_many_cells_in_each_line() -> None:
    lines = [line for line in generated()["model.md"].splitlines() if line.startswith("|")]

    assert all(line.endswith(" |") for line in lines)
    assert {line.replace("\\|", "").count("|") for line in lines} <= {3, 4, 5, 6}


def test_what_is_stale_is_named_and_made_fresh(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path)
    (tmp_path / "model.md").write_text("old")
    (tmp_path / "schemas" / "domain.json").unlink()
    (tmp_path / "schemas" / "forgotten.json").write_text("{}")
    (tmp_path / "by-hand.md").write_text("kept")

    assert main(["--check", str(tmp_path)]) == 1
    assert stale(tmp_path) == ["model.md", "schemas/domain.json", "schemas/forgotten.json"]
    assert main([str(tmp_path)]) == 0
    assert main(["--check", str(tmp_path)]) == 0
    assert (tmp_path / "by-hand.md").read_text() == "kept"
    assert capsys.readouterr().out.count("stale ") == 3
