r"""CPE names: parse the 2.3 formatted string, the 2.2 URI and the well-formed name; write the first two.

A component is kept in the form that the formatted string gives it: lower case, punctuation quoted by a
backslash except `.`, `-` and `_`; `*` is ANY, `-` is NA, and a literal hyphen alone is `\-`.
Source: NISTIR 7695, sections 5 and 6.
"""

import re
from functools import lru_cache
from typing import Final

import msgspec

from chariot.errors import InvalidError

ANY: Final = "*"
NA: Final = "-"
MAX_LENGTH: Final = 2048
"""Characters that a name may have; real names have fewer than 400."""

_PUNCTUATION = r"!\"#$%&'()+,/:;<=>@\[\]^`{|}~\\?*"
_BODY = rf"(?:[a-z0-9._-]|\\[{_PUNCTUATION}])"
_COMPONENT_PATTERN = rf"(?:\*|-|\\-|(?:\*|\?+)?(?!-(?:\Z|:)){_BODY}+(?:\*|\?+)?)"
_COMPONENT = re.compile(_COMPONENT_PATTERN)
_FORMATTED = re.compile(rf"cpe:2\.3:([aoh*-])((?::{_COMPONENT_PATTERN}){{10}})")
_PLAIN_END: Final = ":*" * 7
_PLAIN_START = re.compile(r"cpe:2\.3:[aoh](?::[a-z0-9._-]++){2}:(?:\*|[a-z0-9._-]++)")
_SPLIT = re.compile(r":((?:[^:\\]|\\.)*)", re.DOTALL)
_TOKEN = re.compile(r"\\(.)|(.)", re.DOTALL)
_NEEDLESSLY_QUOTED = re.compile(r"\\([._-])|(\\.)", re.DOTALL)
_QUOTED = re.compile(r"\\(.)")
_NEEDS_QUOTE = re.compile(rf"([{_PUNCTUATION}])")


class Cpe(msgspec.Struct, frozen=True, gc=False):
    """One CPE name; a component that is not given is ANY.

    Raises:
        InvalidError: a component is not in canonical form; `place` names it.
    """

    part: str = ANY
    """`a` application, `o` operating system, `h` hardware, or `*`."""
    vendor: str = ANY
    product: str = ANY
    version: str = ANY
    update: str = ANY
    edition: str = ANY
    language: str = ANY
    sw_edition: str = ANY
    target_sw: str = ANY
    target_hw: str = ANY
    other: str = ANY

    def __post_init__(self) -> None:
        if not _FORMATTED.fullmatch(str(self)):
            _refuse(self)

    def __str__(self) -> str:
        """Return the 2.3 formatted string."""
        return (
            f"cpe:2.3:{self.part}:{self.vendor}:{self.product}:{self.version}:{self.update}:{self.edition}"
            f":{self.language}:{self.sw_edition}:{self.target_sw}:{self.target_hw}:{self.other}"
        )


COMPONENTS: Final = Cpe.__struct_fields__
_PACKED: Final = ("edition", "sw_edition", "target_sw", "target_hw", "other")


def _refuse(cpe: Cpe) -> None:
    if cpe.part not in {"a", "o", "h", ANY, NA}:
        raise InvalidError(f"a CPE part is a, o, h, * or -, not {_shown(cpe.part)}", place="part")
    for name in COMPONENTS[1:]:
        value = getattr(cpe, name)
        if not _COMPONENT.fullmatch(value):
            raise InvalidError(f"not a CPE component: {_shown(value)}", place=name)
    raise InvalidError("not a CPE name", place="cpe")


def _shown(value: str) -> str:
    return repr(value if len(value) <= 80 else value[:77] + "...")


@lru_cache(maxsize=65_536)
def parse(text: str) -> Cpe:
    """Return the name that *text* writes: 2.3 formatted string, 2.2 URI or `wfn:[...]`; upper case is lowered.

    Raises:
        InvalidError: *text* is none of them; `place` names the component.
    """
    if len(text) > MAX_LENGTH:
        raise InvalidError(
            f"a CPE name has at most {MAX_LENGTH} characters, this one {len(text)}", place="cpe"
        )
    lowered = text.lower()
    if lowered.startswith("cpe:2.3:"):
        return _parse_formatted(lowered)
    if lowered.startswith("cpe:/"):
        return _parse_uri(lowered)
    if lowered.startswith("wfn:["):
        return _parse_well_formed(lowered)
    raise InvalidError(
        f"a CPE name starts with 'cpe:2.3:', 'cpe:/' or 'wfn:[', not {_shown(text)}", place="cpe"
    )


def try_parse(text: str) -> Cpe | None:
    """Return the name that *text* writes, or None: for what a target or a tool wrote."""
    try:
        return parse(text)
    except InvalidError:
        return None


def is_formatted(text: str) -> bool:
    """Tell whether *text* is a canonical 2.3 formatted string, without building the name."""
    if text.endswith(_PLAIN_END) and _PLAIN_START.fullmatch(text, 0, len(text) - len(_PLAIN_END)):
        return True
    return _FORMATTED.fullmatch(text) is not None


@lru_cache(maxsize=65_536)
def canonical(text: str) -> str:
    """Return the canonical formatted string of the name that *text* writes; see `parse`.

    Feeds repeat their names many times over, so that most are only looked up.
    """
    return text if is_formatted(text) else str(parse(text))


def _parse_formatted(text: str) -> Cpe:
    values = _split_quoted(text) if "\\" in text else text.split(":")[2:]
    if len(values) != len(COMPONENTS):
        raise InvalidError(
            f"a CPE 2.3 name has {len(COMPONENTS)} components, this one {len(values)}", place="cpe"
        )
    return Cpe(*values)


def _split_quoted(text: str) -> list[str]:
    return [_tidy(match.group(1)) for match in _SPLIT.finditer(text, len("cpe:2.3"))]


def _tidy(component: str) -> str:
    # A tool may quote what needs no quoting; only a lone hyphen means something else when quoted.
    if "\\" not in component or component == r"\-":
        return component
    return _NEEDLESSLY_QUOTED.sub(lambda m: m.group(1) or m.group(2), component)


def _parse_uri(text: str) -> Cpe:
    values = text[len("cpe:/") :].split(":")
    if len(values) > 7:
        raise InvalidError(f"a CPE 2.2 name has at most 7 components, this one {len(values)}", place="cpe")
    values += [""] * (7 - len(values))
    named = dict(zip(COMPONENTS[:7], values, strict=True))
    if named["edition"].startswith("~"):
        packed = named["edition"][1:].split("~")
        if len(packed) != len(_PACKED):
            raise InvalidError(
                f"a packed edition has {len(_PACKED)} parts, this one {len(packed)}", place="edition"
            )
        named.update(zip(_PACKED, packed, strict=True))
    return Cpe(**{name: _from_uri(value, name) for name, value in named.items()})


_PAIR = re.compile(r'\s*([a-z_]+)\s*=\s*(any|na|"((?:[^"\\]|\\.)*)")\s*(,|\])')


def _parse_well_formed(text: str) -> Cpe:
    """Return the name of the form `wfn:[part="a",vendor="acme"]`; see NISTIR 7695, section 5."""
    values: dict[str, str] = {}
    at, end = len("wfn:["), ""
    while end != "]":
        pair = _PAIR.match(text, at)
        if pair is None:
            raise InvalidError(f"not an attribute and its value: {_shown(text[at:])}", place="cpe")
        name, value, quoted, end = pair.groups()
        if name not in COMPONENTS or name in values:
            raise InvalidError(f"no attribute of a CPE name, or a second time: {_shown(name)}", place=name)
        literal = _tidy(quoted) if quoted is not None else ""
        if quoted == NA:
            raise InvalidError("a lone hyphen is quoted by a backslash", place=name)
        values[name] = literal if quoted is not None else {"any": ANY, "na": NA}[value]
        at = pair.end()
    if at != len(text):
        raise InvalidError(f"more after the name: {_shown(text[at:])}", place="cpe")
    return Cpe(**values)


_URI_TOKEN = re.compile(r"%([0-9a-f]{2})|([a-z0-9._~-])|(.)", re.DOTALL)


def _from_uri(value: str, name: str) -> str:
    if value in {"", NA}:
        return value or ANY
    written: list[str] = []
    for encoded, plain_character, wrong in _URI_TOKEN.findall(value):
        if wrong:
            raise InvalidError(f"{wrong!r} must be percent-encoded in a CPE 2.2 name", place=name)
        if encoded in {"01", "02"}:
            written.append("?" if encoded == "01" else "*")
        else:
            literal = chr(int(encoded, 16)).lower() if encoded else plain_character
            written.append(_NEEDS_QUOTE.sub(r"\\\1", literal))
    joined = "".join(written)
    return r"\-" if joined == NA else joined


def to_uri(cpe: Cpe) -> str:
    """Return the 2.2 URI of *cpe*; the components that 2.2 lacks are packed into its edition.

    Source: NISTIR 7695, section 6.1.2.
    """
    bound = {name: _to_uri_component(getattr(cpe, name)) for name in COMPONENTS}
    if any(bound[name] for name in _PACKED[1:]):
        bound["edition"] = "~" + "~".join(bound[name] for name in _PACKED)
    return "cpe:/" + ":".join(bound[name] for name in COMPONENTS[:7]).rstrip(":")


def _to_uri_component(value: str) -> str:
    if value in {ANY, NA}:
        return "" if value == ANY else NA
    written: list[str] = []
    for match in _TOKEN.finditer(value):
        quoted, bare = match.groups()
        if quoted is not None:
            written.append(f"%{ord(quoted):02x}")
        else:
            written.append({"?": "%01", "*": "%02"}.get(bare, bare))
    return "".join(written)


def quote(text: str) -> str:
    """Return *text* as a literal component: lower case, punctuation quoted, blanks as underscores.

    Raises:
        InvalidError: *text* holds a character that CPE has no form for.
    """
    lowered = text.strip().lower().replace(" ", "_") or ANY
    if lowered == NA:
        return r"\-"
    if lowered == ANY and not text.strip():
        return ANY
    written = _NEEDS_QUOTE.sub(r"\\\1", lowered)
    if not _COMPONENT.fullmatch(written):
        raise InvalidError(f"CPE has no form for {_shown(text)}", place="cpe")
    return written


def plain(component: str) -> str:
    """Return the text that *component* quotes, as a person writes it."""
    return _QUOTED.sub(r"\1", component) if "\\" in component else component
