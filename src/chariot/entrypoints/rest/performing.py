"""Doing one operation: permission, version, parameters, body, idempotency, time limit, and the answer."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import msgspec

from chariot.entrypoints.rest.auditing import RequestAudit
from chariot.entrypoints.rest.caller import Caller
from chariot.entrypoints.rest.compression import LEAST_BYTES, compressed
from chariot.entrypoints.rest.context import Context
from chariot.entrypoints.rest.idempotency import IdempotencyKeys
from chariot.entrypoints.rest.limits import Gate
from chariot.entrypoints.rest.operations import Answer, Call, Operation, RawJson, StreamedBody
from chariot.entrypoints.rest.problems import UnauthenticatedError
from chariot.entrypoints.rest.requests import (
    Receive,
    body_chunks,
    decode_body,
    path_parameter,
    query_parameters,
    read_body,
)
from chariot.entrypoints.rest.seeing import seen_by
from chariot.entrypoints.rest.services import RestServices
from chariot.entrypoints.rest.versions import deprecation_headers
from chariot.errors import BusyError, ChariotError, DeniedError


class Performer:
    """One operation with all that its requests share."""

    def __init__(
        self, operation: Operation, services: RestServices, keys: IdempotencyKeys, gate: Gate
    ) -> None:
        self.operation = operation
        self._services = services
        self._keys = keys
        self._gate = gate
        self._audit = RequestAudit(services.audit)
        self._is_streamed = isinstance(operation.body, StreamedBody)
        self._decoder = None
        if operation.body is not None and not isinstance(operation.body, RawJson | StreamedBody):
            self._decoder = msgspec.json.Decoder(operation.body)
        limits = services.limits
        self._limit_bytes = limits.batch_bytes if isinstance(operation.body, RawJson) else limits.body_bytes
        self._headers = deprecation_headers(operation.deprecated)

    async def answer(
        self, context: Context, path: str, query: str, names: Mapping[str, str], receive: Receive
    ) -> Answer:
        """Return the answer to one request; *names* are the segments of the path as they were sent.

        Raises:
            ChariotError: what `problems` tells the caller.
        """
        try:
            _permit(context.caller, self.operation.permission)
            if self.operation.one_write:
                async with self._audit.with_write(context, self.operation, path):
                    answer = await self._in_turn(context, path, query, names, receive)
            else:
                await self._audit.admitted(context, self.operation, path)
                answer = await self._in_turn(context, path, query, names, receive)
        except ChariotError as error:
            self._audit.ended(context, self.operation, path, error)
            raise
        if self._headers:
            answer = msgspec.structs.replace(answer, headers=answer.headers | self._headers)
        encodings = context.headers.get("accept-encoding")
        if encodings is not None and len(answer.body) >= LEAST_BYTES:
            return compressed(answer, encodings)
        return answer

    async def _in_turn(
        self, context: Context, path: str, query: str, names: Mapping[str, str], receive: Receive
    ) -> Answer:
        if self.operation.quick:
            # What is mostly answered from memory takes no place from what is not.
            return await self._do(context, path, query, names, receive)
        with self._gate.passed():
            return await self._in_time(context, path, query, names, receive)

    async def _in_time(
        self, context: Context, path: str, query: str, names: Mapping[str, str], receive: Receive
    ) -> Answer:
        if self._is_streamed or self.operation.unhurried:
            # A file may take as long as it keeps coming.
            return await self._do(context, path, query, names, receive)
        limit_s = self._services.limits.answer_timeout_s
        try:
            async with asyncio.timeout(limit_s):
                return await self._do(context, path, query, names, receive)
        except TimeoutError:
            raise BusyError(f"no answer was found within {limit_s:g} s", retry_after_s=5.0) from None

    async def _do(
        self, context: Context, path: str, query: str, names: Mapping[str, str], receive: Receive
    ) -> Answer:
        raw, body = await self._body(context, receive)
        call = Call(
            services=seen_by(self._services, context.caller, self.operation),
            caller=context.caller,
            request_id=context.request_id,
            path=path,
            query=query,
            names={name: path_parameter(name, value) for name, value in names.items()} if names else {},
            parameters=query_parameters(query, self.operation.parameters),
            body=body,
            headers=context.headers,
            address=context.address,
        )
        key = context.headers.get("idempotency-key") if self.operation.repeatable else None
        if key is None:
            return await self.operation.handle(call)
        return await self._once(call, key, raw)

    async def _body(self, context: Context, receive: Receive) -> tuple[bytes, Any]:
        """Return the body as it came, and as the handler reads it."""
        if self.operation.body is None:
            return b"", None
        if self._is_streamed:
            return b"", self._chunks(context, receive)
        raw = await read_body(
            receive,
            context.headers,
            limit_bytes=self._limit_bytes,
            timeout_s=self._services.limits.body_timeout_s,
        )
        return raw, decode_body(raw, self._decoder) if self._decoder is not None else raw

    def _chunks(self, context: Context, receive: Receive) -> AsyncIterator[bytes]:
        limits = self._services.limits
        return body_chunks(
            receive, context.headers, limit_bytes=limits.upload_bytes, pause_s=limits.body_timeout_s
        )

    async def _once(self, call: Call, key: str, raw: bytes) -> Answer:
        # What If-Match names is part of what is asked.
        parts = (
            call.path.encode(),
            call.query.encode("latin-1"),
            call.headers.get("if-match", "").encode(),
            raw,
        )
        return await self._keys.once(
            call.caller.organisation,
            (call.caller.subject, self.operation.id),
            key,
            b"\0".join(parts),
            lambda: self.operation.handle(call),
            keeps=not self.operation.secret,
        )


def _permit(caller: Caller, permission: str) -> None:
    """Refuse a caller without *permission*.

    Raises:
        UnauthenticatedError: nobody is known.
        DeniedError: the caller is known, and may not.
    """
    if caller.may(permission):
        return
    if not caller.known:
        raise UnauthenticatedError("this needs a token")
    raise DeniedError(f"this needs the permission {permission}")
