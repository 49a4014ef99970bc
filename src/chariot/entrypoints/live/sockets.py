"""Changes over a WebSocket: the client says what it wants, and may say it anew at any time."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from chariot.entrypoints.live.hub import Batch, Watch
from chariot.entrypoints.rest.context import Context
from chariot.entrypoints.rest.limits import TokenBuckets
from chariot.entrypoints.rest.problems import problem
from chariot.entrypoints.rest.routes.live import LONGEST, PATH, PERMISSION, may_still, wanted
from chariot.entrypoints.rest.routes.parameters import FilterText
from chariot.entrypoints.rest.services import RestServices
from chariot.errors import BusyError, ChariotError, DeniedError, InvalidError, UnavailableError
from chariot.model.refusals import refused_input
from chariot.modules.access.store import RestrictedStore

GOING_AWAY, POLICY, AGAIN_LATER = 1001, 1008, 1013
"""Why the server closes: it stops or the longest time is over; the caller may not; too many are there already."""
_MESSAGE_BYTES = 65_536
_MESSAGES_PER_S, _MESSAGE_BURST = 1.0, 20
_encode = msgspec.json.Encoder().encode


class Subscribe(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="subscribe"):
    """What a client wants from now on, in place of what it wanted before."""

    after: Annotated[int, Meta(ge=0, le=LONGEST)] | None = None
    """The sequence of the last change that was seen; without it, go on from here."""
    kinds: Annotated[list[Annotated[str, Meta(max_length=100)]], Meta(max_length=50)] = []
    keys: Annotated[list[Annotated[str, Meta(max_length=16_384)]], Meta(max_length=1_000)] = []
    filter: FilterText = ""


class Ping(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="ping"):
    """Asks for a sign of life."""


_decoder: msgspec.json.Decoder[Subscribe | Ping] = msgspec.json.Decoder(Subscribe | Ping)


class LiveSockets:
    """Serves WebSocket connections of callers that the edge let in."""

    def __init__(self, services: RestServices) -> None:
        self._services = services

    async def serve(self, context: Context, receive: Any, send: Any) -> None:
        """Serve one connection until either side ends it."""
        await receive()
        if not context.caller.may(PERMISSION):
            await send({"type": "websocket.close", "code": POLICY})
            return
        await send({"type": "websocket.accept"})
        connection = _Connection(self._services, context, receive, send)
        try:
            code = await self._watch(connection, context)
            if code:
                await connection.close(code)
        except TimeoutError:
            # It reads nothing any more: a farewell would only wait behind what it left unread.
            return

    async def _watch(self, connection: "_Connection", context: Context) -> int:
        """Return the code to close with, 0 when the client is gone already."""
        caller, store = context.caller, self._services.store
        sight = caller.sight(PERMISSION)
        if sight is not None:
            store = RestrictedStore(store, sight)
        try:
            present = await store.last_sequence(caller.organisation)
            name = f"{caller.organisation}/{caller.user}"
            async with self._services.live.watching(
                store, caller.organisation, name, present, shelf=caller.shelf
            ) as watch:
                return await connection.run(watch)
        except (BusyError, UnavailableError) as error:
            await connection.refuse(error)
            return AGAIN_LATER


class _Connection:
    """One client: its messages are done one after the other, between what is sent to it."""

    def __init__(self, services: RestServices, context: Context, receive: Any, send: Any) -> None:
        self._services = services
        self._context = context
        self._receive = receive
        self._send = send
        self._patience_s = services.live.limits.patience_s
        self._messages = TokenBuckets(_MESSAGES_PER_S, _MESSAGE_BURST, clock=services.live.clock)
        self._outgoing: asyncio.Task[Batch | None] | None = None

    async def run(self, watch: Watch) -> int:
        """Serve the client; return the code to close with, 0 when it is gone already."""
        batches = _nothing()
        incoming = asyncio.create_task(self._message())
        try:
            while True:
                done = await self._either(incoming)
                if self._outgoing is not None and self._outgoing in done:
                    batch = self._outgoing.result()
                    if batch is None:
                        return GOING_AWAY
                    await self._tell(batch)
                    self._outgoing = asyncio.create_task(_next(batches))
                elif incoming in done:
                    asked = incoming.result()
                    if isinstance(asked, int):
                        return asked
                    incoming = asyncio.create_task(self._message())
                    if await self._changed(watch, asked):
                        batches = watch.batches(self._may_go_on)
                        self._outgoing = asyncio.create_task(_next(batches))
                else:
                    return POLICY
        finally:
            await _ended(incoming, self._outgoing)

    async def _either(self, incoming: "asyncio.Task[Any]") -> set["asyncio.Task[Any]"]:
        """Wait for a message or for what is to be sent; whoever asks for nothing is not waited for without end."""
        if self._outgoing is None:
            done, _ = await asyncio.wait({incoming}, timeout=self._patience_s)
        else:
            done, _ = await asyncio.wait({incoming, self._outgoing}, return_when=asyncio.FIRST_COMPLETED)
        return done

    async def _message(self) -> Subscribe | Ping | InvalidError | int:
        """Return what the client says next, or what is wrong with it, or the code to end with."""
        message = await self._receive()
        if message["type"] != "websocket.receive":
            return 0
        if self._messages.take("") < 0:
            return POLICY
        raw = message.get("bytes") or (message.get("text") or "").encode("utf-8", "surrogatepass")
        if len(raw) > _MESSAGE_BYTES:
            return InvalidError(f"is larger than {_MESSAGE_BYTES:,} bytes", place="message")
        try:
            return _decoder.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            return refused_input(error, place="message")

    async def _changed(self, watch: Watch, asked: Subscribe | Ping | InvalidError) -> bool:
        """Answer the client; return whether it is given something else from now on."""
        if isinstance(asked, Ping):
            await self._say({"type": "pong", "sequence": watch.position})
            return False
        try:
            if isinstance(asked, InvalidError):
                raise asked
            interest = wanted(self._context.caller, asked.kinds, asked.keys, asked.filter)
        except (InvalidError, DeniedError) as error:
            await self.refuse(error)
            return False
        # What is ready by now is sent first: it counts as looked through.
        ready = self._outgoing.result() if self._outgoing is not None and self._outgoing.done() else None
        if ready is not None:
            await self._tell(ready)
        await _ended(self._outgoing)
        watch.interest = interest
        if asked.after is not None:
            watch.resume(asked.after)
        await self._say({"type": "subscribed", "sequence": watch.position})
        return True

    async def _tell(self, batch: Batch) -> None:
        if not batch.items:
            await self._say({"type": "heartbeat", "sequence": batch.position})
            return
        changes = b",".join([one.body for one in batch.items])
        text = b'{"type":"changes","sequence":%d,"changes":[%b]}' % (batch.position, changes)
        await self._write({"type": "websocket.send", "text": text.decode()})

    async def refuse(self, error: ChariotError) -> None:
        """Say what is wrong, as REST does."""
        told = problem(error, instance=PATH, request_id=self._context.request_id)
        await self._say({"type": "error", "problem": told})

    async def close(self, code: int) -> None:
        """End the connection."""
        await self._write({"type": "websocket.close", "code": code})

    async def _say(self, message: dict[str, Any]) -> None:
        await self._write({"type": "websocket.send", "text": _encode(message).decode()})

    async def _write(self, message: dict[str, Any]) -> None:
        async with asyncio.timeout(self._patience_s):
            await self._send(message)

    async def _may_go_on(self) -> bool:
        token = self._context.headers.get("authorization", "").partition(" ")[2].strip()
        return await may_still(self._services, token, self._context.caller, PERMISSION)


async def _nothing() -> AsyncIterator[Batch]:
    """Yield nothing: what a client is given that asked for nothing yet."""
    nothing: tuple[Batch, ...] = ()
    for batch in nothing:
        yield batch


async def _next(batches: AsyncIterator[Batch]) -> Batch | None:
    """Return what comes next, None at the end."""
    return await anext(batches, None)


async def _ended(*tasks: "asyncio.Task[Any] | None") -> None:
    """Cancel *tasks* and wait until they have ended."""
    begun = [one for one in tasks if one is not None]
    for one in begun:
        one.cancel()
    await asyncio.gather(*begun, return_exceptions=True)
