"""The supervisor of one stage: it leases, runs, extends, finishes, tries again, and buries."""

import asyncio
import random
import traceback
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import msgspec
import structlog

from chariot.errors import BusyError, ChariotError, InvalidError, OutOfScopeError, UnavailableError
from chariot.modules.work.messages import ERROR_LIMIT, Delivery
from chariot.modules.work.ports import Consumer
from chariot.modules.work.stages import GatheringStage, Stage, StageSettings
from chariot.telemetry import Tracing, following

_log = structlog.get_logger(__name__)
_WAIT_S = 1.0
_PAUSE_S = 1.0
_DRAIN_S = 10.0
_OUTAGE_S = 900.0
"""How long a message waits for what is away, until that counts as a failed try of its own."""
_OUTAGE_PAUSE_S = 0.25
_OUTAGE_PAUSE_CAP_S = 5.0


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """A message that is worked on in this process."""

    queue: str
    id: str
    order_key: str
    attempt: int
    since: datetime
    reason: str = ""
    """Why it does not go on, when it waits for room or for something that is away."""


class Totals(msgspec.Struct):
    """What a worker did since it began."""

    done: int = 0
    failed: int = 0
    """Attempts that will be repeated."""
    dead: int = 0
    lost: int = 0
    """Done or stopped after the lease was lost: somebody else does them again."""


class _LateError(ChariotError):
    """An attempt took longer than it may."""


class _Outage:
    """Tells whether a message waits out an outage, or is itself what does not work.

    What is away is away for all. As soon as another message was done meanwhile, the failure is this one's own.
    """

    def __init__(self, totals: Totals) -> None:
        self._totals = totals
        self._done = totals.done
        self._waited_s = 0.0
        self._pause_s = _OUTAGE_PAUSE_S

    def next_pause_s(self) -> float | None:
        """Return how long to wait for the next look, None when waiting is over."""
        if self._totals.done > self._done or self._waited_s >= _OUTAGE_S:
            return None
        pause_s, self._pause_s = self._pause_s, min(2 * self._pause_s, _OUTAGE_PAUSE_CAP_S)
        self._waited_s += pause_s
        return pause_s


class Worker:
    """Runs one stage over its queue.

    Failures stay with their message: whatever a handler raises, the others go on. What all of them stand on may be
    away for a while: that fails none of them.
    """

    def __init__(
        self,
        bus: Consumer,
        stage: Stage,
        settings: StageSettings,
        *,
        owner: str,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        chance: random.Random | None = None,
        after: Callable[[], None] = lambda: None,
        drain_s: float = _DRAIN_S,
        tracing: Tracing | None = None,
    ) -> None:
        """*after* is called after each attempt; *drain_s* is how long a stop waits for what runs."""
        self._bus = bus
        self._stage = stage
        self._settings = settings
        self._owner = owner
        self._now = now
        self._chance = chance or random.Random()  # noqa: S311 - jitter is no secret.
        self._after = after
        self._drain_s = drain_s
        self._tracing = tracing
        self._gathering = stage if isinstance(stage, GatheringStage) else None
        self._at_once = self._gathering.at_once if self._gathering else 1
        self._tasks: dict[asyncio.Task[None], list[Delivery]] = {}
        """What each task still has to do, in its order."""
        self._shown: dict[str, Running] = {}
        self._freed = asyncio.Event()
        self._stop = asyncio.Event()
        self.totals = Totals()

    @property
    def queue(self) -> str:
        """The queue that it empties."""
        return self._settings.queue

    def running(self) -> tuple[Running, ...]:
        """Return what is worked on now, oldest first."""
        return tuple(self._shown.values())

    async def run(self, stop: asyncio.Event) -> None:
        """Work until *stop* is set; then finish what runs, or give it back when it takes too long."""
        self._stop = stop
        heart = asyncio.create_task(self._beat())
        try:
            while not stop.is_set():
                try:
                    await self._fill(stop)
                except (BusyError, UnavailableError) as error:
                    _log.warning("worker_waits", queue=self.queue, reason=str(error))
                    await _first(stop, timeout_s=_PAUSE_S)
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=self._drain_s)
        finally:
            await self._give_up()
            heart.cancel()
            await asyncio.gather(heart, return_exceptions=True)

    async def _fill(self, stop: asyncio.Event) -> None:
        self._freed.clear()
        free = self._settings.concurrency - len(self._tasks)
        if free <= 0:
            await _first(stop, self._freed, timeout_s=_WAIT_S)
            return
        deliveries = await self._lease(free * self._at_once)
        for first in range(0, len(deliveries), self._at_once):
            group = list(deliveries[first : first + self._at_once])
            task = asyncio.create_task(self._attempts(group))
            self._tasks[task] = group
            task.add_done_callback(self._forget)
        if not deliveries:
            await self._idle(stop)

    async def _lease(self, limit: int) -> Sequence[Delivery]:
        lease_s, owner = self._settings.lease_s, self._owner
        leasing = asyncio.ensure_future(
            self._bus.lease(self.queue, limit=limit, lease_s=lease_s, owner=owner)
        )
        try:
            return await asyncio.shield(leasing)
        except asyncio.CancelledError:
            # What is being leased in this moment is nobody's otherwise, until the lease ends.
            await self._bus.release(await leasing)
            raise

    async def _idle(self, stop: asyncio.Event) -> None:
        waiting = asyncio.create_task(self._bus.wait([self.queue], _WAIT_S))
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({waiting, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if waiting.done():
                waiting.result()
        finally:
            waiting.cancel()
            stopping.cancel()
            await asyncio.gather(waiting, stopping, return_exceptions=True)

    def _forget(self, task: asyncio.Task[None]) -> None:
        left = self._tasks.pop(task)
        for delivery in left:
            self._shown.pop(delivery.receipt, None)
        self._freed.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            # The bus was away when the attempt was over: the lease ends by itself and the message comes again.
            self.totals.lost += len(left)
            for delivery in left:
                _log.warning("answer_lost", **_about(delivery), error=type(error).__name__)

    async def _attempts(self, group: list[Delivery]) -> None:
        """Do all of *group*, together where that works; what is done leaves it."""
        for delivery in group:
            self._show(delivery)
        if len(group) > 1 and await self._together(group):
            return
        while group:
            await self._attempt(group[0])
            self._shown.pop(group.pop(0).receipt, None)
            if group and self._stop.is_set():
                await self._bus.release(group)
                return

    async def _together(self, group: list[Delivery]) -> bool:
        """Let the stage do all of *group* at once; False when each has to be done by itself."""
        assert self._gathering is not None
        try:
            with following(self._tracing, f"{self.queue} messages", ""):
                async with asyncio.timeout(self._settings.timeout_s):
                    await self._gathering.handle_all([delivery.message for delivery in group])
        except asyncio.CancelledError:
            if (task := asyncio.current_task()) is None or task.cancelling():
                raise
            return False
        # A supervisor: one by one they show whose failure it was.
        except Exception as error:  # noqa: BLE001
            _log.info("one_by_one", queue=self.queue, messages=len(group), place=_place(error))
            return False
        await self._finish(group)
        self._after()
        return True

    async def _attempt(self, delivery: Delivery) -> None:
        try:
            with following(self._tracing, f"{self.queue} message", delivery.message.trace):
                done = await self._handled(delivery)
            if not done:
                return
        except (InvalidError, OutOfScopeError) as error:
            await self._bury(delivery, str(error))
        except asyncio.CancelledError:
            if (task := asyncio.current_task()) is None or task.cancelling():
                raise
            await self._fail(delivery, "something it waited for was cancelled", "")
        # A supervisor: whatever a stage raises belongs to its message alone.
        except Exception as error:  # noqa: BLE001
            await self._fail(delivery, _text(error), _place(error))
        else:
            await self._finish([delivery])
        finally:
            self._after()

    async def _handled(self, delivery: Delivery) -> bool:
        """Let the stage do it, however long what it needs is full or away; False when it was given back."""
        outage: _Outage | None = None
        while True:
            limit = asyncio.timeout(self._settings.timeout_s)
            try:
                async with limit:
                    await self._stage.handle(delivery.message)
            except BusyError as error:
                reason, pause_s = str(error), error.retry_after_s
            except UnavailableError as error:
                outage = outage or _Outage(self.totals)
                left_s = outage.next_pause_s()
                if left_s is None:
                    raise
                reason, pause_s = str(error), left_s
            except TimeoutError as error:
                if limit.expired():
                    raise _LateError(f"took longer than {self._settings.timeout_s:g} s") from error
                raise
            else:
                return True
            if not await self._hold(delivery, reason, pause_s):
                return False

    async def _hold(self, delivery: Delivery, reason: str, pause_s: float) -> bool:
        """Keep the place of *delivery* for a while; False when it was given back for a stop.

        A full queue downstream, or a database that is away, slows this stage down and fails nothing.
        """
        self._show(delivery, reason)
        await _first(self._stop, timeout_s=pause_s)
        self._show(delivery)
        if self._stop.is_set():
            await self._bus.release([delivery])
        return not self._stop.is_set()

    async def _finish(self, deliveries: Sequence[Delivery]) -> None:
        lost = await self._bus.ack(deliveries)
        self.totals.lost += len(lost)
        self.totals.done += len(deliveries) - len(lost)
        for delivery in lost:
            _log.warning("lease_lost", **_about(delivery))

    async def _fail(self, delivery: Delivery, error: str, place: str) -> None:
        if delivery.attempt >= self._settings.max_tries:
            await self._bury(delivery, error)
            return
        delay_s = self._settings.delay_s(delivery.attempt, self._chance)
        if await self._bus.retry(delivery, error, delay_s=delay_s):
            self.totals.failed += 1
            _log.info("attempt_failed", **_about(delivery), place=place, again_in_s=round(delay_s, 2))

    async def _bury(self, delivery: Delivery, error: str) -> None:
        if await self._bus.bury(delivery, error):
            self.totals.dead += 1
            _log.warning("dead_letter", **_about(delivery))

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self._settings.lease_s / 3)
            held = [delivery for group in self._tasks.values() for delivery in group]
            if not held:
                continue
            try:
                lost = await self._bus.extend(held, self._settings.lease_s)
            except (BusyError, UnavailableError) as error:
                _log.warning("heartbeat_failed", queue=self.queue, reason=str(error))
                continue
            gone = {delivery.receipt for delivery in lost}
            for task, group in tuple(self._tasks.items()):
                # Looked at again: meanwhile one may have been finished, and is lost to nobody.
                for delivery in [one for one in group if one.receipt in gone and not task.done()]:
                    self.totals.lost += 1
                    _log.warning("lease_lost", **_about(delivery))
                    task.cancel()

    async def _give_up(self) -> None:
        left = dict(self._tasks)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        given_back = [delivery for task, group in left.items() if task.cancelled() for delivery in group]
        if not given_back:
            return
        try:
            await asyncio.shield(self._bus.release(given_back))
        except ChariotError as error:
            _log.warning("release_failed", queue=self.queue, reason=str(error))

    def _show(self, delivery: Delivery, reason: str = "") -> None:
        shown = self._shown.get(delivery.receipt)
        self._shown[delivery.receipt] = Running(
            queue=self.queue,
            id=delivery.message.id,
            order_key=delivery.message.order_key,
            attempt=delivery.attempt,
            since=self._now() if shown is None else shown.since,
            reason=reason,
        )


async def _first(*events: asyncio.Event, timeout_s: float) -> None:
    tasks = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(tasks, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _about(delivery: Delivery) -> dict[str, object]:
    message = delivery.message
    return {
        "queue": message.queue,
        "id": message.id,
        "organisation": message.organisation,
        "attempt": delivery.attempt,
    }


def _text(error: Exception) -> str:
    """Return what a dead letter says: our own sentence, or the type and text of a surprise in one line."""
    if isinstance(error, ChariotError):
        return str(error)[:ERROR_LIMIT]
    text = "".join(letter if letter.isprintable() else " " for letter in str(error))
    return f"{type(error).__name__}: {text}"[:ERROR_LIMIT]


def _place(error: Exception) -> str:
    """Return where it was raised. The log gets this instead of the text, which may quote what came from outside."""
    frames = traceback.extract_tb(error.__traceback__)
    return (
        f"{type(error).__name__} in {frames[-1].name}, line {frames[-1].lineno}"
        if frames
        else type(error).__name__
    )
