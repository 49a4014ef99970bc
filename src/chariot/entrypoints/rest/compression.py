"""Compression of answers: zstd or gzip, whichever the caller reads."""

import gzip

import msgspec
import zstandard

from chariot.entrypoints.rest.operations import Answer

LEAST_BYTES = 1_024
"""Smaller bodies travel in one packet either way."""
_LEVEL = 1
_LIMIT = 1_000
"""The longest Accept-Encoding that is read."""


def compressed(answer: Answer, accept_encoding: str) -> Answer:
    """Return *answer* in the encoding that the caller prefers, or as it is where that spares nothing."""
    if len(answer.body) < LEAST_BYTES or answer.stream is not None or "content-encoding" in answer.headers:
        return answer
    coding = preferred(accept_encoding)
    if not coding:
        return answer
    if coding == "zstd":
        body = zstandard.ZstdCompressor(level=_LEVEL).compress(answer.body)
    else:
        # The time of packing would make equal answers differ.
        body = gzip.compress(answer.body, _LEVEL, mtime=0)
    headers = answer.headers | {"content-encoding": coding, "vary": "accept-encoding"}
    if "etag" in headers:
        # Other bytes are another representation. Source: RFC 9110, section 8.8.3.3.
        headers["etag"] = f'{headers["etag"][:-1]}-{coding[0]}"'
    return msgspec.structs.replace(answer, body=body, headers=headers)


def preferred(accept_encoding: str) -> str:
    """Return `zstd`, `gzip` or nothing, by what the caller reads. Source: RFC 9110, section 12.5.3.

    >>> preferred("gzip;q=0.5, zstd, br"), preferred("zstd;q=0, gzip"), preferred("br")
    ('zstd', 'gzip', '')
    """
    best, best_weight = "", 0.0
    for part in accept_encoding[:_LIMIT].lower().split(","):
        name, _, parameter = part.partition(";")
        coding = name.strip()
        if coding not in ("zstd", "gzip"):
            continue
        weight = _weight(parameter)
        if weight > best_weight or (weight == best_weight and weight and coding == "zstd"):
            best, best_weight = coding, weight
    return best


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        weight = float(value)
    except ValueError:
        return 0.0
    return weight if 0.0 <= weight <= 1.0 else 0.0
