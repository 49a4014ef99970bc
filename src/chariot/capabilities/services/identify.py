"""Find out what a port speaks: by its greeting, by where it stands, inside TLS, and only then by trying."""

import asyncio
import re
from collections.abc import Iterable

from chariot.capabilities.services.catalogue import by_greeting, elsewhere, usual_at
from chariot.capabilities.services.contract import Door, Probe, Seen, say
from chariot.capability import NoAnswerError

GREETING_TIMEOUT_S = 1.5
AT_ONCE = 6
_HTTP_QUESTION = b"OPTIONS * HTTP/1.0\r\n\r\n"
_HTTP_ANSWER = re.compile(rb"HTTP/1\.\d \d{3}|HTTP/0\.9|<!DOCTYPE|<html", re.IGNORECASE)
# An alert of TLS begins so, and so does the answer of an HTTP server that expected TLS.
_TLS_ANSWER = re.compile(rb"\x15\x03[\x00-\x04]\x00\x02")


async def speaks_http(door: Door, service: str) -> bool:
    """Tell whether what is known to be http or https still is: one question, without waiting for a greeting."""
    if service not in ("http", "https"):
        return False
    usual = door.secured() if service == "https" else door
    return bool(_HTTP_ANSWER.match(await _answer(usual, _HTTP_QUESTION)))


async def identify(door: Door) -> Seen | None:
    """Return what stands behind *door*; None where nothing is known that speaks so, or where it is HTTP.

    HTTP is left to the capabilities that read pages. The order keeps packets few: one connection for a service that
    greets, three or four for one at its usual port, and a bounded number for a silent one at an unusual port.
    """
    greeting = await _greeting(door)
    if greeting:
        return await _first(door, by_greeting(greeting))
    seen = await _first(door, (probe for probe in usual_at(door.port) if probe.greeting is None))
    answer = await _answer(door, _HTTP_QUESTION)
    # Who says back whatever is said would seem to speak every protocol.
    if answer == _HTTP_QUESTION:
        return None
    if seen is not None or _HTTP_ANSWER.match(answer):
        return seen
    if answer and not _TLS_ANSWER.match(answer):
        return await _first(door, elsewhere(door.port))
    inside = door.secured()
    if await _speaks_tls(inside):
        return await _identify_inside(inside)
    return await _first(door, elsewhere(door.port))


async def _identify_inside(door: Door) -> Seen | None:
    """Return what is spoken inside TLS; some services take TLS at the port where they usually stand without."""
    greeting = await _greeting(door)
    if greeting:
        return await _first(door, by_greeting(greeting))
    usual = (*usual_at(door.port, secure=True), *usual_at(door.port))
    seen = await _first(door, (probe for probe in usual if probe.greeting is None))
    answer = await _answer(door, _HTTP_QUESTION)
    if answer == _HTTP_QUESTION:
        return None
    if seen is not None or _HTTP_ANSWER.match(answer):
        return seen
    return await _first(door, elsewhere(door.port))


async def _first(door: Door, probes: Iterable[Probe]) -> Seen | None:
    """Return what the first probe says that recognises its protocol; a few are asked at once, because most wait."""
    waiting = list(probes)
    for at in range(0, len(waiting), AT_ONCE):
        answers = await asyncio.gather(*(_ask(door, probe) for probe in waiting[at : at + AT_ONCE]))
        seen = next((answer for answer in answers if answer is not None), None)
        if seen is not None:
            return seen
    return None


async def _ask(door: Door, probe: Probe) -> Seen | None:
    try:
        return await probe.ask(door)
    except NoAnswerError:
        # Whoever hangs up on a question may still answer the next one.
        return None


async def _greeting(door: Door) -> bytes:
    async with door.open() as stream:
        return await say(stream, b"", timeout_s=GREETING_TIMEOUT_S, limit=4_096)


async def _answer(door: Door, question: bytes) -> bytes:
    try:
        return await door.ask(question, limit=4_096)
    except NoAnswerError:
        return b""


async def _speaks_tls(door: Door) -> bool:
    try:
        async with door.open():
            return True
    except NoAnswerError:
        return False
