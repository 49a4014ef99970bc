"""The real network: looks a name up once, checks the address, waits its turn, checks again, and connects to it."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from itertools import cycle

from chariot.adapters.network.answers import AnswerBudget
from chariot.adapters.network.closed import ClosedPorts
from chariot.adapters.network.exchange import Answer, Target, exchange, target_of
from chariot.adapters.network.names import NoResolver, Resolver, leads_to, reverse_name
from chariot.adapters.network.streams import TcpStream, ask_by_datagram, dial, hang_up, lenient_tls, peer_of
from chariot.capability import (
    CannotRunError,
    DnsAnswer,
    HttpResponse,
    KnownClosedError,
    NoAnswerError,
    Stream,
    TlsPeer,
)
from chariot.errors import OutOfScopeError
from chariot.model import checks
from chariot.modules.discovery.buckets import Buckets
from chariot.modules.discovery.guard import Egress
from chariot.modules.discovery.journal import Sent
from chariot.modules.discovery.ports import Journal, Sources

ADDRESS_TRIES = 3
"""How many addresses of a name are tried until one answers."""
FOLLOW_STEPS = 12
"""How far records may lead on from a name in scope: SPF allows ten look-ups."""
FOLLOW_LIMIT = 200
"""How many names one run may be led to."""
_REMEMBERED_S = 30.0
_REMEMBERED = 256


class ScanNetwork:
    """The way out for one run. See `chariot.capability.Network`.

    What a name resolves to is remembered for half a minute within the run: the address that was checked is the one
    that is connected to, whatever the name says a moment later.
    """

    def __init__(
        self,
        egress: Egress,
        resolver: Resolver | NoResolver,
        buckets: Buckets,
        journal: Journal,
        *,
        sources: Sources | None = None,
        closed: ClosedPorts | None = None,
        answers: AnswerBudget | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._egress = egress
        self._resolver = resolver
        self._buckets = buckets
        self._journal = journal
        self._now = now
        self._clock = clock
        self._sources = sources
        self._closed = closed or ClosedPorts(clock=clock)
        self._answers = answers or AnswerBudget(clock=clock)
        self._followed: dict[str, int] = {}
        self._remembered: dict[str, tuple[float, tuple[str, ...]]] = {}
        self._tls: ssl.SSLContext | None = None

    async def resolve(self, name: str, record: str) -> DnsAnswer:
        """See `Network.resolve`."""
        check, question = self._question(name)
        check()
        await self._turn()
        check()
        self._record("dns", name, self._resolver.address, self._resolver.port, record)
        answer = await self._resolver.ask(question, record)
        if record.upper() in ("A", "AAAA"):
            self._egress.vouch(question, answer.aliases, answer.values)
        return answer

    @asynccontextmanager
    async def connect(self, host: str, port: int, *, timeout_s: float) -> AsyncIterator[Stream]:
        """See `Network.connect`."""
        _, _, stream = await self._open("tcp", host, port, timeout_s=timeout_s)
        try:
            yield stream
        finally:
            # The stream's own writer: another one than at first when it was upgraded to TLS.
            await hang_up(stream.writer)

    async def tls(self, host: str, port: int, *, server_name: str = "", timeout_s: float) -> TlsPeer:
        """See `Network.tls`."""
        _, _, stream = await self._open(
            "tls", host, port, timeout_s=timeout_s, context=self._context(), server_name=server_name
        )
        try:
            return peer_of(stream.writer)
        finally:
            await hang_up(stream.writer)

    async def get(self, url: str, *, timeout_s: float, limit_bytes: int = 262_144) -> HttpResponse:
        """See `Network.get`."""
        return await self.request("GET", url, timeout_s=timeout_s, limit_bytes=limit_bytes)

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: tuple[tuple[str, str], ...] = (),
        body: bytes = b"",
        timeout_s: float,
        limit_bytes: int = 262_144,
    ) -> HttpResponse:
        """See `Network.request`."""
        target = target_of(url, method=method, headers=headers, body=body)
        self._answers.check(self._egress.errand.scan, target.host)
        context = self._context() if target.is_tls else None
        server_name = "" if _is_ip(target.host) else target.host
        started = self._clock()
        address, reader, stream = await self._open(
            "http", target.host, target.port, timeout_s=timeout_s, context=context, server_name=server_name,
            detail=target.path if method == "GET" else f"{method} {target.path}",
        )  # fmt: skip
        try:
            # What waiting for a turn and connecting took is not the server's time to answer; a floor keeps it fair.
            left_s = max(timeout_s - (self._clock() - started), timeout_s / 2)
            answer = await self._exchange(
                reader, stream.writer, target, timeout_s=left_s, limit_bytes=limit_bytes
            )
        finally:
            await hang_up(stream.writer)
        return _response(target, answer.status, answer.headers, answer.body, address, cut=answer.cut)

    async def _exchange(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        target: Target,
        *,
        timeout_s: float,
        limit_bytes: int,
    ) -> Answer:
        """Return the answer; what it took counts against the host's share when it did not come to its end."""
        started = self._clock()
        answer = None
        try:
            answer = await exchange(
                reader,
                writer,
                target,
                timeout_s=timeout_s,
                limit_bytes=limit_bytes,
                body_s=self._answers.body_s,
            )
        finally:
            is_unfinished = answer is None or answer.late
            self._answers.spend(
                self._egress.errand.scan,
                target.host,
                seconds=self._clock() - started if is_unfinished else 0.0,
                size_bytes=0 if answer is None else answer.size_bytes,
            )
        return answer

    async def datagram(
        self, host: str, port: int, data: bytes, *, timeout_s: float, limit_bytes: int = 4_096
    ) -> bytes:
        """See `Network.datagram`."""
        failure = NoAnswerError(f"{host} has no address")
        for address in (await self.addresses(host))[:ADDRESS_TRIES]:
            await self._turn(address)
            self._egress.check_address(address)
            self._record("udp", host, address, port, f"{len(data)} bytes")
            try:
                return await ask_by_datagram(
                    address, port, data, timeout_s=timeout_s, limit_bytes=limit_bytes
                )
            except NoAnswerError as error:
                failure = error
        raise failure

    async def addresses(self, host: str) -> tuple[str, ...]:
        """See `Network.addresses`."""
        try:
            address = checks.ip(host)
        except ValueError:
            found = await self._look_up(host)
        else:
            self._egress.check_address(address)
            return (address,)
        allowed: list[str] = []
        refusals: list[OutOfScopeError] = []
        for address in found:
            try:
                self._egress.check_address(address)
            except OutOfScopeError as refusal:
                refusals.append(refusal)
            else:
                allowed.append(address)
        if refusals and not allowed:
            raise OutOfScopeError(f"{host} leads out of scope: {refusals[0]}") from refusals[0]
        return tuple(allowed)

    async def follow(self, source: str, record: str, name: str, wanted: str) -> DnsAnswer:
        """See `Network.follow`."""
        step = self._followed.get(source, 0) + 1
        if step > FOLLOW_STEPS or len(self._followed) >= FOLLOW_LIMIT:
            raise NoAnswerError(f"what {record} of {source} leads to goes on for too long")
        leading = await (self._look(source, record) if step > 1 else self.resolve(source, record))
        if not any(leads_to(text, name) for text in (*leading.values, *leading.aliases)):
            raise OutOfScopeError(f"no {record} of {source} leads to {name}")
        self._followed[name] = min(step, self._followed.get(name, step))
        return await self._look(name, wanted)

    async def _look(self, name: str, record: str) -> DnsAnswer:
        """Ask the resolver about a name that was led to, unless somebody denied it."""

        def check() -> None:
            self._egress.check_led_to(name)

        check()
        await self._turn()
        check()
        self._record("dns", name, self._resolver.address, self._resolver.port, f"{record}, led there")
        return await self._resolver.ask(name, record)

    async def dns_message(self, name: str, record: str) -> bytes:
        """See `Network.dns_message`."""
        check, question = self._question(name)
        check()
        await self._turn()
        check()
        self._record("dns", name, self._resolver.address, self._resolver.port, f"{record} with signatures")
        return await self._resolver.message(question, record)

    async def consult(self, source: str, path: str) -> bytes:
        """See `Network.consult`."""
        self._egress.guard.check_running()
        if self._sources is None:
            raise CannotRunError(f"the source {source} is not enabled")
        self._record("source", source, "", 0, path)
        return await self._sources.ask(source, path)

    @asynccontextmanager
    async def handed_over(
        self, program: str, targets: Sequence[tuple[str, str, int]], *, rate_per_s: float
    ) -> AsyncIterator[None]:
        """See `Handover.handed_over`."""
        for host, address, port in targets:
            await self._turn(address)
            self._egress.check_address(address)
            self._record("tool", host, address, port, program)
        # The waiting for turns took time in which the scope of the first ones could change.
        for _, address, _ in targets:
            self._egress.check_address(address)
        charged: asyncio.Task[None] = asyncio.create_task(self._charge(targets, rate_per_s))
        try:
            yield
        finally:
            charged.cancel()
            await asyncio.wait({charged})

    async def _charge(self, targets: Sequence[tuple[str, str, int]], rate_per_s: float) -> None:
        """Take from the common pace what a program may send meanwhile."""
        for _, address, _ in cycle(targets):
            await asyncio.sleep(1 / rate_per_s)
            await self._turn(address)

    async def _turn(self, address: str = "") -> None:
        """Wait for a turn, at the pace of all, of the address and its network, and of the contract."""
        pace = self._egress.authority.pace
        if pace is None:
            await self._buckets.take(address)
        else:
            await self._buckets.take(address, contract=pace.contract, rate_per_s=pace.rate_per_s)

    def _question(self, name: str) -> tuple[Callable[[], None], str]:
        """Return the check that *name* must pass, and the name under which its records stand."""
        try:
            address = checks.ip(name)
        except ValueError:
            return partial(self._egress.check_name, name), name
        return partial(self._egress.check_address, address), reverse_name(address)

    async def _look_up(self, name: str) -> tuple[str, ...]:
        self._egress.check_name(name)
        known = self._remembered.get(name)
        if known is not None and known[0] > self._clock():
            return known[1]
        four, six = await asyncio.gather(self.resolve(name, "A"), self.resolve(name, "AAAA"))
        found = tuple(_canonical((*four.values, *six.values)))
        if not found and "TIMEOUT" in (four.status, six.status):
            raise NoAnswerError(f"the resolver does not answer for {name}")
        if len(self._remembered) < _REMEMBERED:
            self._remembered[name] = (self._clock() + _REMEMBERED_S, found)
        return found

    async def _open(
        self,
        what: str,
        host: str,
        port: int,
        *,
        timeout_s: float,
        context: ssl.SSLContext | None = None,
        server_name: str = "",
        detail: str = "",
    ) -> tuple[str, asyncio.StreamReader, TcpStream]:
        """Connect to the first address of *host* that is in scope and answers; whoever asked hangs up."""
        addresses = (await self.addresses(host))[:ADDRESS_TRIES]
        failure = NoAnswerError(f"{host} has no address")
        scan = self._egress.errand.scan
        for address in addresses:
            if self._closed.holds(scan, address, port):
                failure = KnownClosedError(f"{address} port {port} was closed a moment ago")
                continue
            await self._turn(address)
            # Waiting takes time in which the scope can change: this check is the one that counts.
            self._egress.check_address(address)
            self._record(what, host, address, port, detail or server_name)
            try:
                reader, writer = await dial(
                    address, port, timeout_s=timeout_s, tls=context, server_name=server_name
                )
            except NoAnswerError as error:
                refused = isinstance(error.__cause__, ConnectionRefusedError)
                # Who is slow at a handshake has opened the port.
                if refused or context is None:
                    self._closed.learn(scan, address, port, refused=refused)
                failure = error
                continue
            self._closed.forget(scan, address, port)
            return address, reader, TcpStream(reader, writer, self._context)
        raise failure

    def _context(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = lenient_tls()
        return self._tls

    def _record(self, what: str, host: str, address: str, port: int, detail: str) -> None:
        errand = self._egress.errand
        self._journal.record(
            Sent(
                at=self._now(),
                organisation=self._egress.guard.organisation,
                scan=errand.scan,
                capability=errand.capability,
                target=errand.target,
                what=what,
                host=host,
                address=address,
                port=port,
                detail=detail[:200],
                authority=(self._egress.authority.name or self._egress.verdict(errand.target).why)[:500],
            )
        )


class ScanNetworkFactory:
    """Makes networks that share resolver, pace, journal, and what is known of ports and hosts.

    See `ports.NetworkFactory`.
    """

    def __init__(
        self,
        resolver: Resolver | NoResolver,
        buckets: Buckets,
        journal: Journal,
        *,
        sources: Sources | None = None,
        answers: AnswerBudget | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._sources = sources
        self._closed = ClosedPorts()
        self._answers = answers or AnswerBudget()
        self._resolver = resolver
        self._buckets = buckets
        self._journal = journal
        self._now = now

    def network(self, egress: Egress) -> ScanNetwork:
        """See `NetworkFactory.network`."""
        return ScanNetwork(
            egress,
            self._resolver,
            self._buckets,
            self._journal,
            sources=self._sources,
            closed=self._closed,
            answers=self._answers,
            now=self._now,
        )


def _response(
    target: Target,
    status: int,
    headers: tuple[tuple[str, str], ...],
    body: bytes,
    address: str,
    *,
    cut: bool,
) -> HttpResponse:
    return HttpResponse(target.url, status, headers, body, cut, address, target.headers)


def _canonical(addresses: tuple[str, ...]) -> list[str]:
    """Return *addresses* in canonical form, each once: IPv6 may carry an IPv4 address that has its own rules."""
    return list(dict.fromkeys(checks.ip(address) for address in addresses))


def _is_ip(host: str) -> bool:
    try:
        checks.ip(host)
    except ValueError:
        return False
    return True
