"""From which source package of Debian or Ubuntu a package was built, where a package list does not say it."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Final

TABLE: Final = "binaries.toml"
_LIBRARY: Final = re.compile(r"lib(?P<name>[a-z0-9.+-]*?[a-z+])-?[0-9][0-9.]*(?:t64)?")
_PART: Final = re.compile(
    r"(?P<name>.+)-(?:bin|cli|client|common|core|data|dbg|dev|doc|libs|server|tools|utils)"
)


@cache
def _table() -> tuple[Mapping[str, str], tuple[tuple[str, str], ...]]:
    """Return the source packages by the names that are built of them, and by how such names begin."""
    text = files("chariot.modules.intel").joinpath(TABLE).read_text("utf-8")
    pairs = [(name, source) for source, names in tomllib.loads(text)["sources"].items() for name in names]
    whole = {name: source for name, source in pairs if not name.endswith("*")}
    return whole, tuple((name[:-1], source) for name, source in pairs if name.endswith("*"))


def source_of(binary: str) -> str:
    """Return the source package that the table knows *binary* to be built from, or nothing."""
    whole, beginnings = _table()
    if binary in whole:
        return whole[binary]
    return next((source for start, source in beginnings if binary.startswith(start)), "")


def likely_sources(binary: str) -> tuple[str, ...]:
    """Return what the source package of *binary* may be called, by how the distributions name what they build."""
    return tuple(dict.fromkeys(name for name in _likely(binary) if name != binary))


def _likely(binary: str) -> Iterator[str]:
    if part := _PART.fullmatch(binary):
        binary = part["name"]
        yield binary
    if library := _LIBRARY.fullmatch(binary):
        yield library["name"]
        yield f"lib{library['name']}"
