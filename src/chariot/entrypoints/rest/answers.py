"""Answers on the wire: problems as answers, and answers as ASGI messages."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress
from typing import Any

import msgspec

from chariot.entrypoints.rest.operations import Answer
from chariot.entrypoints.rest.problems import MEDIA_TYPE, problem, problem_headers

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
_encode = msgspec.json.Encoder().encode


def problem_answer(
    error: BaseException, path: str, request_id: str, *, headers: dict[str, str] | None = None
) -> Answer:
    """Return *error* as the caller sees it."""
    told = problem(error, instance=path[:500], request_id=request_id)
    return Answer(
        body=_encode(told),
        status=told.status,
        media_type=MEDIA_TYPE,
        headers=problem_headers(error) | (headers or {}),
    )


async def send_live(receive: Receive, send: Send, answer: Answer) -> None:
    """Send a stream that goes on: it ends when the caller goes away, or leaves a piece unread for too long."""
    sending = asyncio.ensure_future(send_answer(_patient(send, answer.patience_s), answer))
    leaving = asyncio.ensure_future(_gone(receive))
    try:
        await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
    finally:
        sending.cancel()
        leaving.cancel()
        # One that reads too slowly is dropped, which is no failure of ours.
        with suppress(asyncio.CancelledError, TimeoutError):
            await sending


def _patient(send: Send, patience_s: float | None) -> Send:
    async def patient(message: dict[str, Any]) -> None:
        async with asyncio.timeout(patience_s):
            await send(message)

    return patient


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def send_answer(send: Send, answer: Answer) -> None:
    """Send *answer*: whole, or piece by piece where it is a stream."""
    headers = [(name.encode(), value.encode("latin-1")) for name, value in answer.headers.items()]
    # Neither a body nor its type goes with "not modified". Source: RFC 9110, section 15.4.5.
    if answer.status != 304:
        headers.append((b"content-type", answer.media_type.encode()))
        if answer.stream is None:
            headers.append((b"content-length", str(len(answer.body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    if answer.stream is not None:
        try:
            async for chunk in answer.stream:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        finally:
            # Whoever asked may have gone; what is behind the stream must not wait for the collector.
            if isinstance(answer.stream, AsyncGenerator):
                await answer.stream.aclose()
    await send({"type": "http.response.body", "body": answer.body, "more_body": False})
