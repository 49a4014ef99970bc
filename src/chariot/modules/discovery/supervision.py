"""The supervisor of capabilities: whatever one does, its job ends with an outcome and a reason."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import msgspec
import structlog

from chariot.capability import CannotRunError, Capability, Found, NoAnswerError
from chariot.errors import ChariotError, OutOfScopeError
from chariot.model.base import Entity
from chariot.model.states import Outcome
from chariot.modules.discovery.guard import EgressGuard

_log = structlog.get_logger(__name__)
REASON_LIMIT = 500
_CLOSING_S = 5.0


class Ending(msgspec.Struct, frozen=True):
    """How a run ended."""

    outcome: Outcome
    reason: str = ""


def matches(capability: Capability[Any], target: Entity) -> bool:
    """Tell whether *capability* wants to look at *target*; one that crashes is run, so that its job says so."""
    try:
        return bool(capability.match(target))
    # A supervisor: a fault of one capability is no fault of the plan for the others.
    except Exception:  # noqa: BLE001
        _log.exception("match_crashed", capability=capability.name, target=target.key)
        return True


class Run:
    """One capability at one target, within its time limit and as long as the kill switch is off."""

    def __init__(
        self,
        capability: Capability[Any],
        target: Entity,
        guard: EgressGuard,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._capability = capability
        self._target = target
        self._guard = guard
        self._clock = clock
        self._left_s = capability.timeout_s
        self._stream: AsyncIterator[Found] | None = None
        self.ending: Ending | None = None
        """None while it goes on."""

    async def batch(self, limit: int) -> list[Found]:
        """Return the next findings, at most *limit*; fewer only at the end, and `ending` is set then.

        The time between two calls, when the caller writes, does not count against the limit.
        """
        found: list[Found] = []
        if self.ending is not None:
            return found
        started = self._clock()
        limited = asyncio.timeout(self._left_s)
        try:
            async with limited:
                now = asyncio.get_running_loop().time
                with self._guard.interrupting(lambda: limited.reschedule(now())):
                    await self._fill(found, limit)
        except TimeoutError as error:
            self.ending = self._late() if limited.expired() else self._crash(error)
        except StopAsyncIteration:
            self.ending = Ending(Outcome.DONE)
        except (NoAnswerError, OutOfScopeError) as error:
            # Both are answers: nobody is there, or it is not ours to ask.
            self.ending = Ending(Outcome.DONE, clean(str(error)))
        except CannotRunError as error:
            self.ending = Ending(Outcome.UNKNOWN, clean(str(error)))
        # A supervisor: whatever a capability raises belongs to its job alone.
        except Exception as error:  # noqa: BLE001
            self.ending = self._crash(error)
        self._left_s -= self._clock() - started
        return found

    def cut(self, reason: str) -> None:
        """End it from outside: what was not looked at is unknown."""
        self.ending = Ending(Outcome.UNKNOWN, reason)

    async def close(self) -> None:
        """Let the capability clean up behind itself, for a few seconds."""
        aclose = getattr(self._stream, "aclose", None)
        if aclose is None:
            return
        try:
            async with asyncio.timeout(_CLOSING_S):
                await aclose()
        # A supervisor, as above: the job has its outcome already.
        except Exception as error:  # noqa: BLE001
            self._crash(error)

    async def _fill(self, found: list[Found], limit: int) -> None:
        self._guard.check_running()
        if self._stream is None:
            self._stream = aiter(self._capability.run(self._target))
        while len(found) < limit:
            found.append(await anext(self._stream))

    def _late(self) -> Ending:
        if self._guard.stopped:
            return Ending(Outcome.UNKNOWN, clean(f"everything was stopped: {self._guard.stopped}"))
        return Ending(Outcome.UNKNOWN, f"it did not finish within {self._capability.timeout_s:g} s")

    def _crash(self, error: Exception) -> Ending:
        text = str(error) if isinstance(error, ChariotError) else f"{type(error).__name__}: {error}"
        _log.error(
            "capability_crashed", capability=self._capability.name, target=self._target.key, exc_info=error
        )
        return Ending(Outcome.UNKNOWN, clean(f"it crashed: {text}"))


def clean(text: str) -> str:
    """Return *text* as a reason may say it: it may quote a target, so it is one bounded line that stores can hold."""
    printable = "".join(letter if letter.isprintable() else " " for letter in text[: 2 * REASON_LIMIT])
    return printable[:REASON_LIMIT]
