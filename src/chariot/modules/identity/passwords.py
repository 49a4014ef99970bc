"""Passwords: what is taken as one, and how it is kept. Source: NIST SP 800-63B-4, section 3.1.1."""

import asyncio
import re
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from chariot.errors import BusyError, InvalidError

SHORTEST_ALONE = 15
"""The fewest characters of a password that stands alone …"""
SHORTEST_BESIDE = 8
"""… and of one that another factor stands beside."""
LONGEST = 256
_LEFT_OVER = 5
"""A password is as good as what is left of it without all that everybody tries; this is the least."""

_TRIED_FIRST = (
    "password passwort passphrase passwd pass welcome willkommen admin administrator root user guest login letmein "
    "changeme change default secret secure security master access monkey dragon football baseball basketball hockey "
    "soccer superman batman starwars pokemon princess sunshine shadow flower iloveyou iloveu loveyou love lovely "
    "whatever trustno michael jessica ashley daniel charlie thomas jordan hunter killer ninja mustang ferrari "
    "computer internet server system network oracle google apple android windows linux cisco summer winter spring "
    "autumn monday friday january december qwerty qwertz azerty asdf zxcv test testing temp demo sample example "
    "hello freedom nothing please money cheese cookie banana orange purple yellow silver golden hacker matrix "
    "company office london paris berlin chariot attack surface management horse battery staple correct"
)
"""What is tried first: our own collection of words that people begin with."""
_KNOWN_WORDS = tuple(_TRIED_FIRST.split())
_ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "qwertzuiop",
    "asdfghjkl",
    "zxcvbnm",
    "yxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "!@#$%^&*()",
)
_LEET = str.maketrans("013457@$!|+", "oieastasiit")
_YEAR = re.compile(r"(19|20)\d\d")
_SEQUENCE = 4


def normalised(password: str) -> str:
    """Return *password* as it is hashed: the same characters, however a keyboard made them (NFKC)."""
    return unicodedata.normalize("NFKC", password)


def check_password(password: str, *, has_factor: bool, context: Iterable[str] = ()) -> str:
    """Return the password as it is hashed, where it is one that may be set. No kind of character is asked for.

    *context* are words that a guesser knows too: names of the user, of the organisation, of the service.

    Raises:
        InvalidError: it is too short or too long, or easy to guess.
    """
    text = normalised(password)
    shortest = SHORTEST_BESIDE if has_factor else SHORTEST_ALONE
    if len(text) < shortest:
        beside = "" if has_factor else f", or {SHORTEST_BESIDE} with a second factor"
        raise InvalidError(f"needs at least {shortest} characters{beside}", place="password")
    if len(text) > LONGEST:
        raise InvalidError(f"is longer than {LONGEST} characters", place="password")
    if any(unicodedata.category(one) in ("Cc", "Cs") for one in text):
        raise InvalidError("holds a control character", place="password")
    if _left_over(text, context) < _LEFT_OVER:
        raise InvalidError(
            "is made of what everybody tries first (common words, names, rows of keys, repeats); use other words",
            place="password",
        )
    return text


def _left_over(text: str, context: Iterable[str]) -> int:
    """Return how many different characters are left when all that is easy to guess is taken away."""
    plain = text.casefold()
    words = [word for name in context for word in re.split(r"[^\w]+", name.casefold()) if len(word) >= 3]
    least = len(plain)
    for spelling in (plain, plain.translate(_LEET)):
        left = _YEAR.sub(" ", spelling)
        for word in sorted([*words, *_KNOWN_WORDS], key=len, reverse=True):
            left = left.replace(word, " ")
        left = _without_rows(left)
        least = min(least, len(set(left) - set(" ")))
    return least


def _without_rows(text: str) -> str:
    """Return *text* without four and more neighbours of the keyboard, the alphabet or the numbers."""
    rows = [*_ROWS, *(row[::-1] for row in _ROWS)]
    left, at = "", 0
    while at < len(text):
        size = 0
        for row in rows:
            while text[at : at + max(size, _SEQUENCE - 1) + 1] in row and at + max(
                size + 1, _SEQUENCE
            ) <= len(text):
                size = max(size, _SEQUENCE - 1) + 1
        left += " " if size else text[at]
        at += size or 1
    return left


class Hasher:
    """Hashes passwords with argon2id away from the event loop, a few at a time: each takes much memory.

    The cost is that of RFC 9106, section 4, for servers with little memory: 64 MiB, three passes.
    """

    def __init__(
        self, hasher: PasswordHasher | None = None, *, at_a_time: int = 2, waiting: int = 32
    ) -> None:
        self._hasher = hasher or PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=4)
        self._turns = asyncio.Semaphore(at_a_time)
        self._most = at_a_time + waiting
        self._inside = 0
        self._nobody = ""

    async def hash(self, password: str) -> str:
        """Return the hash of *password*, with its salt and cost.

        Raises:
            BusyError: too many wait already.
        """
        with self._counted():
            async with self._turns:
                return await asyncio.to_thread(self._hasher.hash, normalised(password))

    async def verify(self, hashed: str, password: str) -> bool:
        """Tell whether *password* is the one that *hashed* was made of; an empty hash is nobody's, and takes as long.

        Raises:
            BusyError: too many wait already.
        """
        if not self._nobody:
            self._nobody = await self.hash("nobody's password")
        with self._counted():
            async with self._turns:
                known = await asyncio.to_thread(
                    self._fits, hashed or self._nobody, normalised(password[:LONGEST])
                )
        return known and bool(hashed) and len(password) <= LONGEST

    def is_outdated(self, hashed: str) -> bool:
        """Tell whether *hashed* was made at another cost than hashes are now."""
        return self._hasher.check_needs_rehash(hashed)

    def _fits(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError, UnicodeEncodeError):
            return False

    @contextmanager
    def _counted(self) -> Iterator[None]:
        if self._inside >= self._most:
            raise BusyError("too many sign in at this moment", retry_after_s=2.0)
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1
