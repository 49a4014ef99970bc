"""A person, as they stand in what is kept: which texts mean them, and what to write in their place."""

import re
from collections.abc import Iterable
from functools import cached_property
from typing import Final

from chariot.errors import InvalidError

PREFIXES: Final = ("", "user:", "cli:", "token:", "oidc:")
"""What stands before a name where it says how somebody proved it."""
_ISSUER: Final = re.compile(r"^oidc:[a-z0-9-]{1,40}/", re.IGNORECASE)
"""Stands before the name by which an issuer knows somebody."""
_KEYS: Final = ("#user#", "#member#")
"""Begin the keys of what is one person."""
_SHORTEST: Final = 2
_LONGEST: Final = 1_000
_MOST: Final = 50


class Subject:
    """One person by all their names: sign-in name, subject of an issuer, e-mail address, name as people know them.

    Raises:
        InvalidError: a name is too short to mean one person, or too long.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self.names = tuple(dict.fromkeys(name.strip() for name in names))
        if not self.names or len(self.names) > _MOST:
            raise InvalidError(f"give 1 to {_MOST} names of one person", place="subject")
        for name in self.names:
            if not _SHORTEST <= len(name) <= _LONGEST or not name.isprintable():
                raise InvalidError(
                    f"a name has {_SHORTEST} to {_LONGEST:,} characters, all of which can be printed",
                    place="subject",
                )

    @cached_property
    def _exact(self) -> frozenset[str]:
        return frozenset(f"{prefix}{name}".casefold() for name in self.names for prefix in PREFIXES)

    @cached_property
    def _words(self) -> re.Pattern[str]:
        # The longest first, or an address would be half replaced by the name that it begins with.
        names = "|".join(re.escape(name) for name in sorted(self.names, key=len, reverse=True))
        # A name inside a longer one, a host name or an address is somebody or something else.
        return re.compile(rf"(?<![\w.@+-])(?:{names})(?![\w@+-]|\.\w)", re.IGNORECASE)

    def is_meant(self, text: str) -> bool:
        """Tell whether *text*, whole, is a name of theirs, or the key of their account."""
        plain = _parted(text)[1].casefold()
        return plain in self._exact or _ISSUER.sub("", plain) in self._exact

    def is_mentioned(self, text: str) -> bool:
        """Tell whether *text* has a name of theirs in it as a word."""
        return self._words.search(text) is not None

    def replaced(self, text: str, by: str) -> str:
        """Return *text* with *by* in the place of each of their names."""
        if self.is_meant(text):
            start, plain = _parted(text)
            issuer = _ISSUER.match(plain)
            if issuer is not None:
                return f"{start}{issuer[0]}{by}"
            prefix, colon, _ = plain.partition(":")
            known = (
                colon
                and f"{prefix.casefold()}:" in PREFIXES
                and plain.casefold() not in map(str.casefold, self.names)
            )
            return f"{start}{prefix}:{by}" if known else f"{start}{by}"
        return self._words.sub(by, text)


def _parted(text: str) -> tuple[str, str]:
    """Return how the key of an account or a member begins, and the name in it; of any other text nothing and all."""
    start = next((one for one in _KEYS if text.startswith(one)), "")
    name = text.removeprefix(start)
    return start, name.replace("%23", "#").replace("%25", "%") if start else name
