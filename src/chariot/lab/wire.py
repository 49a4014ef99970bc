"""Services that answer in their own protocol, and ports behind which nothing can be known."""

import asyncio
from typing import assert_never

from chariot.lab.connections import Handler
from chariot.lab.world import FaultyService, WireService

MAX_QUESTIONS = 20
"""What one client may say before it is let go; real clients and scanners need less."""
QUESTION_LIMIT_BYTES = 4_096
IDLE_TIMEOUT_S = 10.0
TARPIT_PAUSE_S = 1.0
BABBLE = bytes(range(128, 192))
"""Bytes with which no protocol begins, and that are no text."""


def speaker(service: WireService) -> Handler:
    """Return what serves each connection to *service*: a greeting, then an answer to each thing said."""
    replies = tuple((beginning.lower(), answer) for beginning, answer in service.replies)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(service.greeting)
        await writer.drain()
        for _ in range(MAX_QUESTIONS):
            async with asyncio.timeout(IDLE_TIMEOUT_S):
                said = (await reader.read(QUESTION_LIMIT_BYTES)).lower()
            answer = next((answer for beginning, answer in replies if said.startswith(beginning)), None)
            if not said or answer is None:
                return
            writer.write(answer)
            await writer.drain()

    return serve


def faulty(service: FaultyService) -> Handler:
    """Return what serves each connection to *service* as its fault demands."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        match service.fault:
            case "tarpit":
                # The connection's own lifetime ends this.
                while True:
                    await asyncio.sleep(TARPIT_PAUSE_S)
                    writer.write(b"~")
                    await writer.drain()
            case "babble":
                writer.write(BABBLE)
                await writer.drain()
            case "silent":
                async with asyncio.timeout(IDLE_TIMEOUT_S):
                    while await reader.read(QUESTION_LIMIT_BYTES):
                        continue
            case "hangs-up":
                return
            case _:
                assert_never(service.fault)

    return serve
