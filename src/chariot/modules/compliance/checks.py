"""Checks as data: what each asks, how the answer is judged, and which controls of which frameworks it speaks to."""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec

from chariot.errors import InvalidError
from chariot.model.registry import KINDS
from chariot.modules.surface.filters import parse_filter
from chariot.modules.surface.query import Filter

FRAMEWORKS: Final[Mapping[str, str]] = {
    "asvs": "OWASP ASVS 5.0",
    "nist-csf": "NIST CSF 2.0",
    "cis": "CIS Controls 8.1",
    "soc2": "SOC 2 (Trust Services Criteria)",
    "iso27001": "ISO/IEC 27001:2022, Annex A",
}
"""The frameworks that packs may name, and the edition whose identifiers they use."""

_PACK_BYTES: Final = 1_000_000
_MOST_CHECKS: Final = 1_000
_MOST_FILES: Final = 100
_MOMENT: Final = re.compile(r"\{now(?:([+-])(\d{1,4})d)?\}")
_ANY_MOMENT: Final = datetime.fromisoformat("2026-01-01T00:00:00+00:00")

_Id = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9.-]{0,79}$")]
_Line = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
_Control = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9.:-]{0,29}$")]


class Surface(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A question about the surface: what matches a filter."""

    kinds: Annotated[tuple[str, ...], msgspec.Meta(min_length=1, max_length=20)]
    where: Annotated[str, msgspec.Meta(max_length=4_000)] = ""
    """In the filter language; `{now}`, `{now+30d}` and `{now-30d}` stand for moments."""
    expect: Annotated[str, msgspec.Meta(pattern="^(none|some)$")] = "none"
    """`none` passes when nothing matches, `some` when something does."""
    needs: tuple[str, ...] = ()
    """Without an entity of one of these kinds nobody can tell."""

    def filter(self, now: datetime) -> Filter | None:
        """Return what is asked of a store at the moment *now*."""

        def moment(found: re.Match[str]) -> str:
            sign, days = found.groups()
            shift = timedelta(days=int(days or 0))
            at = now - shift if sign == "-" else now + shift
            return f'"{at.isoformat()}"'

        return parse_filter(_MOMENT.sub(moment, self.where), self.kinds)


class Platform(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A question about this installation: what one of its properties is."""

    fact: _Id
    equals: bool | int | str | None = None
    at_least: float | None = None
    at_most: float | None = None


class Check(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One check."""

    id: _Id
    title: _Line
    advice: _Line
    """What to do when it fails."""
    surface: Surface | None = None
    platform: Platform | None = None
    maps: Mapping[str, Annotated[tuple[_Control, ...], msgspec.Meta(min_length=1, max_length=50)]] = {}
    """Controls by framework."""


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An example that a check must judge as stated: `chariot compliance test` runs it."""

    check: _Id
    expect: Annotated[str, msgspec.Meta(pattern="^(pass|fail|cannot-tell)$")]
    entities: tuple[Mapping[str, Any], ...] = ()
    """Entities of the surface, as JSON has them; what has no place there decides states and the like."""
    facts: Mapping[str, bool | int | float | str] = {}
    """Properties of an installation."""


class Pack(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file of checks, and examples of them."""

    name: _Line
    check: tuple[Check, ...] = ()
    case: tuple[Case, ...] = ()


def read_pack(data: bytes, place: str, facts: Iterable[str]) -> Pack:
    """Return the pack that *data*, TOML, is; *facts* are the properties that installations have.

    Raises:
        InvalidError: it is none; the text names *place* and what is wrong there.
    """
    if len(data) > _PACK_BYTES:
        raise InvalidError(f"has more than {_PACK_BYTES:,} bytes", place=place)
    try:
        pack = msgspec.convert(tomllib.loads(data.decode()), Pack)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError, RecursionError) as error:
        raise InvalidError(str(error)[:500], place=place) from None
    known = frozenset(facts)
    for check in pack.check:
        _refuse_wrong(check, f"{place}: {check.id}", known)
    return pack


def _refuse_wrong(check: Check, place: str, facts: frozenset[str]) -> None:
    """Raise InvalidError when *check* asks what nobody can answer."""
    if (check.surface is None) == (check.platform is None):
        raise InvalidError("asks either about the surface or about the platform", place=place)
    unknown = set(check.maps) - FRAMEWORKS.keys()
    if unknown:
        raise InvalidError(
            f"names the framework {min(unknown)!r}; there are {', '.join(FRAMEWORKS)}", place=place
        )
    if check.surface is not None:
        strange = {*check.surface.kinds, *check.surface.needs} - KINDS.keys()
        if strange:
            raise InvalidError(f"names the kind {min(strange)!r}, which is not known", place=place)
        try:
            check.surface.filter(_ANY_MOMENT)
        except InvalidError as error:
            raise InvalidError(str(error), place=place) from None
    if check.platform is not None:
        asked = (check.platform.equals, check.platform.at_least, check.platform.at_most)
        if all(one is None for one in asked):
            raise InvalidError("compares with nothing: give equals, at_least or at_most", place=place)
        if check.platform.fact not in facts:
            raise InvalidError(
                f"asks for {check.platform.fact!r}; there are {', '.join(sorted(facts))}", place=place
            )


def shipped_packs(facts: Iterable[str]) -> list[Pack]:
    """Return the packs that come with the product."""
    folder = resources.files("chariot.modules.compliance") / "packs"
    files = sorted((one for one in folder.iterdir() if one.name.endswith(".toml")), key=lambda one: one.name)
    return [read_pack(file.read_bytes(), file.name, facts) for file in files]


def own_packs(path: Path, facts: Iterable[str]) -> list[Pack]:
    """Return the packs in the folder *path*, or in the one file that it is.

    Raises:
        InvalidError: it cannot be read, or a pack is wrong.
    """
    try:
        files = [path] if path.is_file() else sorted(path.rglob("*.toml"))
        if not files:
            raise InvalidError("has no pack (*.toml)", place=str(path))
        if len(files) > _MOST_FILES:
            raise InvalidError(f"has more than {_MOST_FILES} packs", place=str(path))
        return [read_pack(file.read_bytes(), str(file), facts) for file in files]
    except OSError as error:
        raise InvalidError(f"cannot be read: {error.strerror}", place=str(path)) from error


def all_checks(packs: Sequence[Pack]) -> list[Check]:
    """Return the checks of *packs*; a later one takes the place of an earlier one of the same id.

    Raises:
        InvalidError: there are too many.
    """
    found = {check.id: check for pack in packs for check in pack.check}
    if len(found) > _MOST_CHECKS:
        raise InvalidError(f"there are more than {_MOST_CHECKS:,} checks", place="packs")
    return list(found.values())
