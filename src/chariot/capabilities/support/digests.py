"""Digests by which pages and icons are known again: MurmurHash3 of an icon, SimHash of a text."""

import base64
import hashlib
import re
from collections import Counter
from typing import Final

_WORD: Final = re.compile(r"[a-z]{2,30}")
_TAG: Final = re.compile(r"<(?:script|style)\b[\s\S]{0,50000}?</(?:script|style)>|<!--[\s\S]{0,50000}?-->")
_MASK: Final = 0xFFFFFFFF
TEXT_LIMIT: Final = 65_536
"""Characters of a page that count."""
SHINGLE: Final = 3


def icon_hash(data: bytes) -> int:
    """Return the number by which search engines index an icon: signed MurmurHash3 of its base64 in lines of 76."""
    value = murmur3(base64.encodebytes(data))
    return value - (1 << 32) if value & 0x80000000 else value


def murmur3(data: bytes) -> int:
    """Return MurmurHash3 (x86, 32 bits, seed 0) of *data*. Source: Austin Appleby's description of the algorithm."""
    whole = len(data) // 4
    state = 0
    for number in range(whole):
        state ^= _mixed(int.from_bytes(data[4 * number : 4 * number + 4], "little"))
        state = ((state << 13) | (state >> 19)) & _MASK
        state = (state * 5 + 0xE6546B64) & _MASK
    state ^= _mixed(int.from_bytes(data[4 * whole :], "little"))
    state ^= len(data)
    state = ((state ^ (state >> 16)) * 0x85EBCA6B) & _MASK
    state = ((state ^ (state >> 13)) * 0xC2B2AE35) & _MASK
    return state ^ (state >> 16)


def _mixed(block: int) -> int:
    block = (block * 0xCC9E2D51) & _MASK
    block = ((block << 15) | (block >> 17)) & _MASK
    return (block * 0x1B873593) & _MASK


def similarity_hash(body: str) -> str:
    """Return 64 bits in hex that differ little where the words differ little; empty where there are few words.

    Only words of letters count: numbers, times and random values are what differs at each look. Source: Charikar,
    Similarity estimation techniques from rounding algorithms, 2002.
    """
    words = _WORD.findall(_TAG.sub(" ", body[:TEXT_LIMIT].lower()))
    if len(words) < 2 * SHINGLE:
        return ""
    shingles = Counter(" ".join(words[at : at + SHINGLE]) for at in range(len(words) - SHINGLE + 1))
    balance = [0] * 64
    for shingle, count in shingles.items():
        bits = int.from_bytes(hashlib.blake2b(shingle.encode(), digest_size=8).digest(), "big")
        for place in range(64):
            balance[place] += count if bits >> place & 1 else -count
    return f"{sum(1 << place for place in range(64) if balance[place] > 0):016x}"
