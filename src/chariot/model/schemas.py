"""JSON Schemas and the reference page, generated from the declarations of kinds and relationships.

python -m chariot.model.schemas docs/reference           # write
python -m chariot.model.schemas --check docs/reference   # fail when what is there is stale
"""

import argparse
import re
import sys
from collections.abc import Sequence
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

import msgspec

from chariot.model.base import Entity, FieldSpec
from chariot.model.fields import Merge
from chariot.model.registry import GROUPS, KINDS, LIFETIMES
from chariot.model.relationships import ENDS, Relationship

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_REFERENCE = "#/$defs/{name}"
_HEAD = """\
Generated from the declarations in `src/chariot/model/` by `python -m chariot.model.schemas`; a test fails when it
is stale. A JSON Schema of each kind stands in [schemas/](schemas/)."""


def generated() -> dict[str, str]:
    """Return every generated file: its text by its path below the reference folder."""
    files = {f"schemas/{kind}.json": _json(kind_schema(cls)) for kind, cls in KINDS.items()}
    files["schemas/relationship.json"] = _json(_schema(Relationship, "relationship"))
    files["model.md"] = reference()
    return files


def kind_schema(cls: type[Entity]) -> dict[str, Any]:
    """Return the JSON Schema of one kind as it stands in observations."""
    return _schema(cls, cls.kind)


def _schema(cls: type[Any], name: str) -> dict[str, Any]:
    (top,), components = msgspec.json.schema_components([cls], ref_template=_REFERENCE)
    own = components.pop(cls.__name__, top)
    return {
        "$schema": _DIALECT,
        "$id": f"{name}.json",
        **own,
        "description": _sentence(cls),
        **({"$defs": components} if components else {}),
    }


def _json(schema: dict[str, Any]) -> str:
    return msgspec.json.format(msgspec.json.encode(schema), indent=2).decode() + "\n"


def reference() -> str:
    """Return the reference page of the model in Markdown."""
    parts = [
        "# The model",
        _HEAD,
        _kinds_table(),
        "Groups name several kinds at once: "
        + "; ".join(f"`{name}` is {', '.join(kinds)}" for name, kinds in GROUPS.items())
        + ".",
        "## How sightings merge",
        _merge_table(),
        *(_kind_section(cls) for cls in KINDS.values()),
        "## Relationships",
        "A relationship leads from its source to its target; only these kinds may stand there.",
        _relationship_table(),
    ]
    return "\n\n".join(parts) + "\n"


def _kinds_table() -> str:
    rows = [
        (f"[{kind}](#{kind})", f"`{key_form(cls)}`", _lifetime(kind), _sentence(cls))
        for kind, cls in KINDS.items()
    ]
    return _table(("kind", "key", "holds for", "what it is"), rows)


def key_form(cls: type[Entity]) -> str:
    """Return what a key of this kind looks like, its values as `<field>`."""
    return f"#{cls.kind}" + "".join(f"<{name}>" if nested else f"#<{name}>" for name, nested in cls.identity)


def _lifetime(kind: str) -> str:
    lifetime = LIFETIMES.get(kind)
    return f"{lifetime.days} days" if lifetime else "ever"


def _merge_table() -> str:
    texts = {
        Merge.NEWEST: "The newest sighting that states the field wins; an empty value says nothing.",
        Merge.CLEARABLE: "As above, but an empty value clears the field; only null says nothing.",
        Merge.REPLACE: "The newest sighting wins whole, also where it states nothing.",
        Merge.UNION: "Everything that was ever stated, sorted, each once.",
        Merge.FIRST: "The oldest sighting that states the field wins.",
        Merge.DECISION: "Only an edit changes it.",
        Merge.DERIVED: "Computed from the other fields; what anybody states is not looked at.",
    }
    rows = [(rule.value, texts[rule]) for rule in Merge]
    return (
        _table(("rule", "what a sighting does"), rows)
        + "\n\nA field that a person edited is decided: from then on sightings leave it, whatever its rule."
    )


def _kind_section(cls: type[Entity]) -> str:
    rows = [
        (f"`{spec.name}`", _type_name(spec.type), _rule(spec), _marks(spec), _cell(spec.description))
        for spec in cls.specs
    ]
    table = _table(("field", "type", "merge", "marks", "what it is"), rows)
    return f"## {cls.kind}\n\n{_sentence(cls)}\n\nKey: `{key_form(cls)}`\n\n{table}"


def _rule(spec: FieldSpec) -> str:
    return "part of the key" if spec.mark.identity else spec.mark.merge.value


def _marks(spec: FieldSpec) -> str:
    marks = [name for name in ("indexed", "secret", "outside") if getattr(spec.mark, name)]
    if spec.mark.key_part:
        marks.append("itself a key")
    if spec.mark.max_length is not None:
        marks.append(f"at most {spec.mark.max_length:,}")
    return ", ".join(marks)


def _type_name(hint: Any) -> str:
    """Return a type in words: `text`, `one of a, b`, `list of text`, with `or null` where it may be absent."""
    origin, members = get_origin(hint), [one for one in get_args(hint) if one is not Ellipsis]
    if origin in (Union, UnionType):
        words = [_type_name(one) for one in members if one is not type(None)]
        return " or ".join(words) + (" or null" if type(None) in members else "")
    if origin is tuple:
        if Ellipsis in get_args(hint):
            return f"list of {_type_name(members[0])}"
        return f"({', '.join(map(_type_name, members))})"
    if isinstance(hint, type) and issubclass(hint, Enum):
        return "one of " + ", ".join(_cell(str(one.value)) for one in hint)
    names = {
        "str": "text",
        "int": "whole number",
        "float": "number",
        "bool": "true or false",
        "datetime": "instant",
    }
    return names.get(hint.__name__, str(hint.__name__))


def _relationship_table() -> str:
    order = list(KINDS)
    rows = [
        (f"`{kind.value}`", *(", ".join(sorted(ends, key=order.index)) for ends in ENDS[kind]))
        for kind in ENDS
    ]
    return _table(("type", "from", "to"), rows)


def _sentence(cls: type[Any]) -> str:
    """Return the first paragraph of a docstring on one line."""
    return _cell(re.sub(r"\s+", " ", (cls.__doc__ or "").strip().split("\n\n")[0]))


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("*", "\\*").replace("<", "&lt;")


def _table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def stale(folder: Path) -> list[str]:
    """Return the paths below *folder* that differ from what would be generated, sorted."""
    wanted = generated()
    present = {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for pattern in ("model.md", "schemas/*.json")
        for path in folder.glob(pattern)
    }
    return sorted(name for name in wanted.keys() | present.keys() if wanted.get(name) != present.get(name))


def write(folder: Path) -> list[str]:
    """Bring *folder* up to date and return the paths that changed."""
    wanted = generated()
    changed = stale(folder)
    for name in changed:
        path = folder / name
        if name not in wanted:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(wanted[name], encoding="utf-8")
    return changed


def main(arguments: list[str] | None = None) -> int:
    """Write or check the reference folder; return 1 when a check finds something stale."""
    parser = argparse.ArgumentParser(
        prog="python -m chariot.model.schemas", description=__doc__.split("\n")[0]
    )
    parser.add_argument("--check", action="store_true", help="change nothing, fail when something is stale")
    parser.add_argument("folder", type=Path, help="the reference folder, such as docs/reference")
    options = parser.parse_args(arguments)
    names = stale(options.folder) if options.check else write(options.folder)
    for name in names:
        sys.stdout.write(f"{'stale' if options.check else 'wrote'} {options.folder / name}\n")
    return 1 if options.check and names else 0


if __name__ == "__main__":
    raise SystemExit(main())
