"""A set of keys that stays small however many are put in."""

from math import log

_BITS = 2**28
_MASK = _BITS - 1


class KeySet:
    """Which keys were there: exact up to *exact*, then a bitmap of 32 MiB that takes few for others.

    Of a million keys the bitmap takes one in 250 new ones for known, and counts them to 0.1 %.
    Source: Whang, Vander-Zanden, Taylor, "A linear-time probabilistic counting algorithm", 1990.
    """

    def __init__(self, exact: int = 100_000) -> None:
        self._exact = exact
        self._hashes: set[int] = set()
        self._bitmap = bytearray()
        self._set_bits = 0

    def add(self, key: object) -> bool:
        """Add *key*; return whether it was new."""
        place = hash(key)
        if not self._bitmap:
            before = len(self._hashes)
            self._hashes.add(place)
            if len(self._hashes) > self._exact:
                self._spill()
                return True
            return len(self._hashes) > before
        return self._mark(place)

    def __contains__(self, key: object) -> bool:
        place = hash(key)
        if not self._bitmap:
            return place in self._hashes
        place &= _MASK
        return bool(self._bitmap[place >> 3] & (1 << (place & 7)))

    def __len__(self) -> int:
        if not self._bitmap:
            return len(self._hashes)
        return round(-_BITS * log(1 - self._set_bits / _BITS)) if self._set_bits < _BITS else _BITS

    def _spill(self) -> None:
        self._bitmap = bytearray(_BITS // 8)
        for place in self._hashes:
            self._mark(place)
        self._hashes = set()

    def _mark(self, place: int) -> bool:
        place &= _MASK
        byte, bit = place >> 3, 1 << (place & 7)
        if self._bitmap[byte] & bit:
            return False
        self._bitmap[byte] |= bit
        self._set_bits += 1
        return True
