"""Which entities bear which tag: a narrow table beside the versions, so that a rare tag is found without a walk.

It is kept for an organisation from when somebody first looks for a tag in it: before that nobody pays for it. A row
says that the present version of a key bears a tag; a tag is the hash of its label and value, and a second one that of
its label alone, for who asks for any value. So a row is short whatever people write, and two tags of one hash cost a
look at a row: each condition is asked of the row itself, too. Rows stand in the order of keys, as lists do.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

import msgspec

from chariot.adapters.sql.batch import NumberedVersion
from chariot.adapters.sql.cursors import decode_cursor
from chariot.model.keys import Key
from chariot.modules.surface.facts import slots
from chariot.modules.surface.merge import read_common
from chariot.modules.surface.places import FOLLOWED, ROOT
from chariot.modules.surface.query import All, Compare, Filter, Query
from chariot.modules.surface.sight import needs_tags
from chariot.modules.surface.states import Stored

FEW = 2_000
"""So many bearers are gone through and sorted faster than an index is walked that may hold few of them."""
FILLING, KEPT = 1, 2
"""How far an organisation is, beside 0: rows are written for what changes, and are there for all else as well."""
PAGE = 5_000
"""So many entities are entered at once: nobody who writes waits for more."""
_MANY_TAGS = 100
_CHUNK_LIMIT = 5_000

BearerRow = tuple[int, Key]
"""A tag's number and the key of what bears it."""


def tag_number(label: str, value: str = "") -> int:
    """Return the number of a tag; without a value, of the label whatever its value."""
    text = f"{label}\0{value}" if value else label
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


@lru_cache(maxsize=1_024)
def numbers_in(common: str) -> frozenset[int]:
    """Return the numbers of the tags in what an entity has in common with others; none for an empty text."""
    tags = read_common(common).tags.items() if common else ()
    return frozenset(
        number for label, value in tags for number in (tag_number(label), tag_number(label, value))
    )


def retagged(
    versions: Iterable[NumberedVersion], stored: Mapping[Key, Stored]
) -> tuple[list[BearerRow], list[BearerRow]]:
    """Return which rows go and which come with new *versions* of what is *stored*."""
    gone: list[BearerRow] = []
    come: list[BearerRow] = []
    for _, _, write in versions:
        held = stored.get(write.key)
        before = held.common if held is not None else ""
        if before == write.common:
            continue
        had, has = numbers_in(before), numbers_in(write.common)
        gone += [(number, write.key) for number in had - has]
        come += [(number, write.key) for number in has - had]
    gone.sort()
    come.sort()
    return gone, come


class Wanted(msgspec.Struct, frozen=True):
    """Tags of which all that a query lists bears one: itself, or what it is about."""

    numbers: tuple[int, ...]
    is_own: bool


def wanted(query: Query) -> Wanted | None:
    """Return the tags that *query* is about; None where it is about others too, or about a moment of the past."""
    if query.as_of is not None:
        return None
    numbers = _stated(query.where)
    if numbers:
        return Wanted(numbers, is_own=True)
    if not query.sight or any(not rule.tags for rule in query.sight):
        return None
    numbers = tuple(dict.fromkeys(tag_number(*tag) for rule in query.sight for tag in rule.tags))
    about = {bool(FOLLOWED[kind]) for kind in query.kinds}
    return Wanted(numbers, is_own=not about.pop()) if len(about) == 1 and len(numbers) <= _MANY_TAGS else None


def looks_for_tags(query: Query) -> bool:
    """Tell whether `wanted` may find tags in *query*: then it is worth to keep who bears them."""
    return needs_tags(query.sight) or wanted(query) is not None


def _stated(where: Filter | None) -> tuple[int, ...]:
    """Return the tags of which a filter asks for one in any case."""
    match where:
        case Compare(field, "=", values) if field.startswith("tag.") and None not in values:
            label = field.removeprefix("tag.")
            return tuple(dict.fromkeys(tag_number(label, value) for value in values))
        case All(terms):
            return next((found for term in terms if (found := _stated(term))), ())
    return ()


class FoundBy(msgspec.Struct, frozen=True):
    """How rows are found by the key of a bearer."""

    condition: str
    slot: int | None = None
    """The slot of the fact that the key is; None where it is the row's own key."""


class Bearers:
    """Finds the keys of the bearers of some tags, in pieces, for the rows of a query to be found among them.

    In the order of keys a page needs as many bearers as it has rows; in any other all of them, where they are few.
    """

    def __init__(self, query: Query, sought: Wanted, organisation: int) -> None:
        self._query = query
        self._sought = sought
        self._organisation = organisation
        self._is_down = query.sort == "-key"
        self.by_key = sought.is_own and query.sort.removeprefix("-") == "key"
        self._limit = query.limit + 1 if self.by_key else FEW + 1
        self._low, self._high = ("#", "$")
        if sought.is_own:
            self._low, self._high = f"#{min(query.kinds)}#", f"#{max(query.kinds)}$"
        if self.by_key and query.cursor:
            self._move(decode_cursor(query.cursor, query.sort, (str,))[0])

    @property
    def all(self) -> str:
        """The statement for the keys of all of them, with its values written out: they are names of our own."""
        return self.statement().format(f"'{self._low}'", f"'{self._high}'")

    def statement(self) -> str:
        """Return the statement for the next keys; its two values are `bounds`."""
        direction = "DESC" if self._is_down else "ASC"
        # The first of all are among the first of each: each is read along its part of the index.
        parts = (
            f"SELECT key FROM (SELECT key FROM bearer WHERE organisation = {self._organisation} AND tag = {number}"
            f" AND key > {{0}} AND key < {{1}} ORDER BY key {direction} LIMIT {self._limit}) AS part"
            for number in self._sought.numbers
        )
        return f"{' UNION '.join(parts)} ORDER BY key {direction} LIMIT {self._limit}"

    def count(self) -> str:
        """Return the statement that counts them, no further than needed; its two values are `bounds`."""
        return f"SELECT count(*) FROM ({self.statement()}) AS keys"

    @property
    def bounds(self) -> tuple[str, str]:
        """Between which keys the next are."""
        return self._low, self._high

    def go_on(self, found: Sequence[str]) -> bool:
        """Move on behind *found*; tell whether more may stand there."""
        if not self.by_key or len(found) < self._limit:
            return False
        self._move(found[-1])
        self._limit = min(2 * self._limit, _CHUNK_LIMIT)
        return True

    def _move(self, key: str) -> None:
        if self._is_down:
            self._high = key
        else:
            self._low = key

    def found_by(self, kinds: Mapping[str, int], key: str) -> Sequence[FoundBy] | None:
        """Return of which rows of `version`, named `v`, a bearer's *key* is theirs, or that of what they are about.

        None where no index finds them.
        """
        if self._sought.is_own:
            return (FoundBy(f"v.key = {key}"),)
        parts = []
        for kind in self._query.kinds:
            names = slots(kind)
            if FOLLOWED[kind] not in names:
                return None
            root, direct = (names.index(name) for name in (ROOT, FOLLOWED[kind]))
            of_kind = f"v.kind = {kinds[kind]}"
            parts.append(FoundBy(f"{of_kind} AND v.fact_{root} = {key}", root))
            parts.append(FoundBy(f"{of_kind} AND v.fact_{direct} = {key} AND v.fact_{root} IS NULL", direct))
        return parts
