"""The desk at which sources are asked: each at its own address, with its own key, as often as it allows."""

import asyncio
import base64
import io
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote

import msgspec
from yarl import URL

from chariot.adapters.outgoing.client import Outgoing, Reply, web_address
from chariot.adapters.outgoing.waiting import asked_wait_s
from chariot.capability import CannotRunError, NoAnswerError
from chariot.errors import ChariotError, InvalidError, UnavailableError
from chariot.source import Terms

_REDIRECTS: Final = 5
_LONGEST_WAIT_S: Final = 60.0
"""Who has to wait longer is told instead, and comes again with the next scan."""
_BACK_OFF_S: Final = 30.0
"""How long a source that is away is left alone; doubled at each failure, up to an hour."""
_BACK_OFF_LIMIT_S: Final = 3_600.0
_KEPT_BYTES: Final = 64 * 1024 * 1024


class Account(msgspec.Struct, frozen=True):
    """How one source is asked here."""

    terms: Terms
    key: str = ""
    url: str = ""
    """Another place than its own."""
    per_minute: float = 0.0
    """Another pace than its own; 0 takes its own."""

    def __repr__(self) -> str:
        return f"Account({self.terms.url!r}, key={'set' if self.key else 'none'})"


class _State(msgspec.Struct):
    """What is remembered of one source."""

    lock: asyncio.Lock
    next_at: float = 0.0
    """When it may be asked again, by the pace."""
    left_alone_until: float = 0.0
    why: str = ""
    failures: int = 0


class SourceDesk:
    """See `chariot.modules.discovery.ports.Sources`. One question at a time for each source."""

    def __init__(
        self,
        outgoing: Outgoing,
        accounts: Mapping[str, Account],
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """*accounts* holds the sources that are enabled."""
        self._outgoing = outgoing
        self._accounts = dict(accounts)
        self._now = now
        self._clock = clock
        self._sleep = sleep
        self._states: dict[str, _State] = {}
        self._kept: OrderedDict[tuple[str, str], tuple[float, bytes]] = OrderedDict()
        self._kept_bytes = 0

    async def ask(self, source: str, path: str) -> bytes:
        """See `Sources.ask`."""
        account = self._accounts.get(source)
        if account is None:
            raise CannotRunError(f"the source {source} is not enabled: name it in the setting `sources`")
        if account.terms.key_needed and not account.key:
            raise CannotRunError(f"the source {source} needs a key: set CHARIOT_SOURCE_KEY_{source.upper()}")
        kept = self._kept.get((source, path))
        if kept is not None and kept[0] > self._clock():
            self._kept.move_to_end((source, path))
            return kept[1]
        state = self._states.setdefault(source, _State(asyncio.Lock()))
        async with state.lock:
            await self._turn(source, account, state)
            body = await self._asked(source, account, state, path)
        self._keep((source, path), account, body)
        return body

    async def _turn(self, source: str, account: Account, state: _State) -> None:
        """Wait until the source may be asked.

        Raises:
            CannotRunError: that is too long.
        """
        now = self._clock()
        if state.left_alone_until > now:
            raise CannotRunError(f"{source} {state.why}; asked again in {state.left_alone_until - now:.0f} s")
        wait_s = max(state.next_at - now, 0.0)
        if wait_s > _LONGEST_WAIT_S:
            raise CannotRunError(f"the pace of {source} allows the next question in {wait_s:.0f} s")
        state.next_at = max(state.next_at, now) + 60 / (account.per_minute or account.terms.per_minute)
        if wait_s > 0:
            await self._sleep(wait_s)

    async def _asked(self, source: str, account: Account, state: _State, path: str) -> bytes:
        try:
            reply, body = await self._fetch(account, path)
        except InvalidError as error:
            raise CannotRunError(f"{source} cannot be asked: {error.message}") from None
        except UnavailableError as error:
            self._leave_alone(state, f"is away: {error}", 0.0)
            raise CannotRunError(f"{source} is away: {error}") from None
        except ChariotError as error:
            raise CannotRunError(f"{source} cannot be asked: {error}") from None
        return self._judged(source, state, reply, body)

    def _judged(self, source: str, state: _State, reply: Reply, body: bytes) -> bytes:
        status = reply.status
        if status == 200:
            state.failures = 0
            return body
        if status in (404, 410):
            raise NoAnswerError(f"{source} knows nothing of it")
        wait_s = asked_wait_s(status, reply.headers, self._now())
        if wait_s is not None or status >= 500:
            why = f"asks to be left alone ({status})" if wait_s is not None else f"answered {status}"
            self._leave_alone(state, why, wait_s or 0.0)
            raise CannotRunError(f"{source} {why}")
        if status in (401, 402, 403):
            raise CannotRunError(f"{source} refused the key, or what it may do ({status})")
        raise CannotRunError(f"{source} answered {status}")

    def _leave_alone(self, state: _State, why: str, wait_s: float) -> None:
        state.failures += 1
        back_off_s = min(_BACK_OFF_S * 2 ** (state.failures - 1), _BACK_OFF_LIMIT_S)
        state.left_alone_until = self._clock() + max(wait_s, back_off_s)
        state.why = why

    async def _fetch(self, account: Account, path: str) -> tuple[Reply, bytes]:
        """Return an answer and its body, redirects followed; the key goes to the first place alone."""
        start = web_address(account.url or account.terms.url)
        url, headers = _with_key(account, f"{str(start).rstrip('/')}{path}")
        at = web_address(url)
        for _ in range(_REDIRECTS + 1):
            own = headers if at.origin() == start.origin() else {}
            body = io.BytesIO()
            async with self._outgoing.to(str(at), {}) as client:
                sent = {"Accept": "application/json", **own}
                reply = await client.download(url, body, headers=sent, limit_bytes=account.terms.limit_bytes)
            if reply.status not in (301, 302, 303, 307, 308):
                return reply, body.getvalue()
            at = _next(at, reply)
            url = str(at)
        raise UnavailableError(f"it redirects more than {_REDIRECTS} times")

    def _keep(self, place: tuple[str, str], account: Account, body: bytes) -> None:
        if len(body) > _KEPT_BYTES // 4:
            return
        old = self._kept.pop(place, None)
        self._kept_bytes += len(body) - (len(old[1]) if old is not None else 0)
        self._kept[place] = (self._clock() + account.terms.kept.total_seconds(), body)
        while self._kept_bytes > _KEPT_BYTES:
            _, (_, dropped) = self._kept.popitem(last=False)
            self._kept_bytes -= len(dropped)


def _with_key(account: Account, url: str) -> tuple[str, dict[str, str]]:
    """Return where to ask, and the headers that prove who we are."""
    how, _, name = account.terms.key.partition(" ")
    if not account.key or not how:
        return url, {}
    match how:
        case "query":
            return f"{url}{'&' if '?' in url else '?'}{name}={quote(account.key, safe='')}", {}
        case "bearer":
            return url, {"Authorization": f"Bearer {account.key}"}
        case "basic":
            return url, {"Authorization": f"Basic {base64.b64encode(account.key.encode()).decode()}"}
        case "header":
            return url, {name: account.key}
    raise InvalidError(f"a key is sent as header, query, bearer or basic, not {how!r}", place="key")


def _next(at: URL, reply: Reply) -> URL:
    try:
        following = at.join(URL(reply.headers.get("Location", "")[:4_000]))
    except ValueError:
        raise UnavailableError("it redirects to no address") from None
    if at.scheme == "https" and following.scheme != "https":
        raise UnavailableError("it redirects from https to something else")
    return web_address(str(following))
