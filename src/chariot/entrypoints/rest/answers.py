"""Answers on the wire: problems as answers, and answers as ASGI messages."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

import msgspec

from chariot.entrypoints.rest.operations import Answer
from chariot.entrypoints.rest.problems import MEDIA_TYPE, problem, problem_headers

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


async def send_answer(send: Callable[[dict[str, Any]], Awaitable[None]], answer: Answer) -> None:
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
