r"""A network made of declared data: what a capability's tests run against, without a socket.

    network = FakeNetwork(
        dns={("www.example.com", "A"): ["192.0.2.7"], ("shop.example.com", "A"): aliased("www.example.com")},
        banners={("192.0.2.7", 22): b"SSH-2.0-OpenSSH_9.3p1\r\n"},
        responses={"http://www.example.com/": response(body=b"<title>hello</title>")},
        out_of_scope={"partner.example"},
    )

It is a closed world: a name that has no record does not exist, and whatever else was not declared raises
`NoAnswerError`. `sent` tells what was asked for, in order.
"""

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec

from chariot.capability import CannotRunError, DnsAnswer, HttpResponse, NoAnswerError, Stream, TlsPeer
from chariot.errors import OutOfScopeError
from chariot.model import checks

ALIAS_LIMIT = 8
"""The longest chain of aliases that is followed."""

VALUE = TypeVar("VALUE")


class Conversation(msgspec.Struct, frozen=True):
    """What a service says first, and what it says back: to each exact line it is sent, or as a function tells."""

    greeting: bytes = b""
    replies: Mapping[bytes, bytes] | Callable[[bytes], bytes] = {}
    secured: "Conversation | None" = None
    """What goes on after the connection was upgraded to TLS; None refuses it."""


def aliased(*chain: str) -> DnsAnswer:
    """Return the answer for a name that is an alias; its last alias's own records are looked up."""
    return DnsAnswer("NOERROR", (), chain)


def response(
    *,
    status: int = 200,
    headers: Mapping[str, str] | Sequence[tuple[str, str]] = (),
    body: bytes = b"",
    address: str = "",
    cut: bool = False,
) -> HttpResponse:
    """Return an answer for `responses`; its URL, and its address where it is empty, are filled in when asked."""
    pairs = tuple(headers.items()) if isinstance(headers, Mapping) else tuple(headers)
    return HttpResponse("", status, pairs, body, cut, address)


class FakeNetwork:
    """Answers from what it was given. See `chariot.capability.Network`."""

    def __init__(
        self,
        *,
        dns: Mapping[tuple[str, str], DnsAnswer | Sequence[str]] | None = None,
        banners: Mapping[tuple[str, int], bytes | Conversation] | None = None,
        peers: Mapping[tuple[str, int] | tuple[str, int, str], TlsPeer] | None = None,
        responses: Mapping[str, HttpResponse] | None = None,
        packets: Mapping[tuple[str, int], bytes | Callable[[bytes], bytes]] | None = None,
        messages: Mapping[tuple[str, str], bytes] | None = None,
        sources: Mapping[tuple[str, str], bytes] | None = None,
        out_of_scope: Collection[str] = (),
    ) -> None:
        """Declare the world.

        *dns*: record data by name and record type. *banners*: open ports by host and number. *peers*: TLS by
        host, port and, where it matters, server name. *responses*: by exact URL, with the method and a blank before
        it where that is not GET. *packets*: what a UDP port sends back, or a function of what it is sent; an empty
        packet is no answer. *messages*: whole DNS answers by name and record type. *sources*: what third parties
        have, by source and path. *out_of_scope*: names and addresses that are refused, names with all below them.
        """
        self._dns = dict(dns or {})
        self._names = {name for name, _ in self._dns}
        self._banners = dict(banners or {})
        self._peers = dict(peers or {})
        self._responses = dict(responses or {})
        self._packets = dict(packets or {})
        self._messages = dict(messages or {})
        self._sources = dict(sources or {})
        self._refused = frozenset(out_of_scope)
        self.sent: list[tuple[str, ...]] = []
        """One entry for each thing sent: what, to whom, and the details, as text."""

    async def resolve(self, name: str, record: str) -> DnsAnswer:
        """See `Network.resolve`."""
        self._check(name)
        self.sent.append(("resolve", name, record))
        return self._answer(name, record)

    @asynccontextmanager
    async def connect(self, host: str, port: int, *, timeout_s: float) -> AsyncIterator[Stream]:
        """See `Network.connect`."""
        conversation = self._reached("connect", self._banners, host, port, timeout_s=timeout_s)
        if isinstance(conversation, bytes):
            conversation = Conversation(conversation)
        peer = self._peers.get((host, port), TlsPeer((), "TLSv1.3", "TLS_AES_128_GCM_SHA256"))
        yield _FakeStream(conversation, self.sent, peer)

    async def tls(self, host: str, port: int, *, server_name: str = "", timeout_s: float) -> TlsPeer:
        """See `Network.tls`."""
        named = {(at[0], at[1]): peer for at, peer in self._peers.items() if at[2:] == (server_name,)}
        unnamed = {(at[0], at[1]): peer for at, peer in self._peers.items() if len(at) == 2}
        return self._reached("tls", {**unnamed, **named}, host, port, server_name, timeout_s=timeout_s)

    async def get(self, url: str, *, timeout_s: float, limit_bytes: int = 262_144) -> HttpResponse:
        """See `Network.get`."""
        return await self.request("GET", url, timeout_s=timeout_s, limit_bytes=limit_bytes)

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: tuple[tuple[str, str], ...] = (),
        body: bytes = b"",  # noqa: ARG002 - answers are declared by method and URL alone
        timeout_s: float,
        limit_bytes: int = 262_144,
    ) -> HttpResponse:
        """See `Network.request`."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        self._check(host)
        _positive(timeout_s)
        self.sent.append((method.lower(), host, url, *(f"{name}: {value}" for name, value in headers)))
        declared = self._responses.get(url if method == "GET" else f"{method} {url}")
        if declared is None:
            raise NoAnswerError(f"{url} does not answer")
        address = declared.address or next(iter(self._addresses(host)), host)
        return msgspec.structs.replace(
            declared,
            url=url,
            address=address,
            body=declared.body[:limit_bytes],
            cut=declared.cut or len(declared.body) > limit_bytes,
        )

    async def datagram(
        self, host: str, port: int, data: bytes, *, timeout_s: float, limit_bytes: int = 4_096
    ) -> bytes:
        """See `Network.datagram`."""
        answer = self._reached("udp", self._packets, host, port, timeout_s=timeout_s)
        said = answer if isinstance(answer, bytes) else answer(data)
        if not said:
            raise NoAnswerError(f"{host} port {port}/udp does not answer")
        return said[:limit_bytes]

    async def follow(self, source: str, record: str, name: str, wanted: str) -> DnsAnswer:
        """See `Network.follow`; only what is declared leads anywhere."""
        self.sent.append(("follow", source, record, name, wanted))
        declared = self._answer(source, record)
        if not any(name in text for text in (*declared.values, *declared.aliases)):
            raise OutOfScopeError(f"no {record} of {source} leads to {name}")
        return self._answer(name, wanted)

    async def dns_message(self, name: str, record: str) -> bytes:
        """See `Network.dns_message`."""
        self._check(name)
        self.sent.append(("dns_message", name, record))
        if (name, record) not in self._messages:
            raise NoAnswerError(f"the resolver did not tell {record} of {name}")
        return self._messages[name, record]

    async def consult(self, source: str, path: str) -> bytes:
        """See `Network.consult`; a source of which nothing is declared is not enabled."""
        self.sent.append(("consult", source, path))
        if not any(known == source for known, _ in self._sources):
            raise CannotRunError(f"the source {source} is not enabled")
        if (source, path) not in self._sources:
            raise NoAnswerError(f"{source} knows nothing of {path}")
        return self._sources[source, path]

    async def addresses(self, host: str) -> tuple[str, ...]:
        """See `Network.addresses`."""
        self._check(host)
        found = self._addresses(host)
        allowed = tuple(address for address in found if address not in self._refused)
        if found and not allowed:
            raise OutOfScopeError(f"{host} leads out of scope")
        return allowed

    @asynccontextmanager
    async def handed_over(
        self, program: str, targets: Sequence[tuple[str, str, int]], *, rate_per_s: float
    ) -> AsyncIterator[None]:
        """Let a program send to *targets*; see `chariot.modules.discovery.tools.ports.Handover`."""
        _positive(rate_per_s)
        for host, address, port in targets:
            self._check(address)
            self.sent.append(("tool", host, address, str(port), program))
        yield

    def _reached(
        self,
        what: str,
        declared: Mapping[tuple[str, int], VALUE],
        host: str,
        port: int,
        *details: str,
        timeout_s: float,
    ) -> VALUE:
        """Return what stands at *port* of *host*, or of an address that the host has."""
        self._check(host)
        _positive(timeout_s)
        self.sent.append((what, host, str(port), *details))
        for place in (host, *self._addresses(host)):
            if (place, port) in declared:
                self._check(place)
                return declared[place, port]
        raise NoAnswerError(f"{host} port {port} does not answer")

    def _addresses(self, host: str) -> tuple[str, ...]:
        try:
            return (checks.ip(host),)
        except ValueError:
            return (*self._answer(host, "A").values, *self._answer(host, "AAAA").values)

    def _answer(self, name: str, record: str) -> DnsAnswer:
        declared = self._dns.get((name, record))
        if declared is None:
            return DnsAnswer("NOERROR" if name in self._names else "NXDOMAIN")
        if not isinstance(declared, DnsAnswer):
            return DnsAnswer("NOERROR", tuple(sorted(set(declared))))
        if declared.values or not declared.aliases or declared.status != "NOERROR":
            return declared
        return self._followed(declared.aliases, record)

    def _followed(self, chain: tuple[str, ...], record: str) -> DnsAnswer:
        while len(chain) <= ALIAS_LIMIT:
            following = self._dns.get((chain[-1], record))
            if not isinstance(following, DnsAnswer) or not following.aliases:
                last = self._answer(chain[-1], record)
                return DnsAnswer(last.status, last.values, chain)
            chain = (*chain, *following.aliases)
        return DnsAnswer("SERVFAIL")

    def _check(self, host: str) -> None:
        labels = host.split(".")
        if any(".".join(labels[start:]) in self._refused for start in range(len(labels))):
            raise OutOfScopeError(f"{host} is out of scope")


class _FakeStream:
    """See `chariot.capability.Stream`."""

    def __init__(self, conversation: Conversation, sent: list[tuple[str, ...]], peer: TlsPeer) -> None:
        self._conversation = conversation
        self._waiting = conversation.greeting
        self._sent = sent
        self._peer = peer

    async def read(self, limit_bytes: int, *, timeout_s: float) -> bytes:
        """See `Stream.read`."""
        _positive(timeout_s)
        now, self._waiting = self._waiting[:limit_bytes], self._waiting[limit_bytes:]
        return now

    async def send(self, data: bytes) -> None:
        """See `Stream.send`."""
        self._sent.append(("send", repr(data)))
        replies = self._conversation.replies
        self._waiting += replies.get(data, b"") if isinstance(replies, Mapping) else replies(data)

    async def upgrade(self, *, server_name: str = "", timeout_s: float) -> TlsPeer:
        """See `Stream.upgrade`."""
        _positive(timeout_s)
        self._sent.append(("upgrade", server_name))
        if self._conversation.secured is None:
            raise NoAnswerError("TLS is not spoken on this connection")
        self._conversation = self._conversation.secured
        self._waiting = self._conversation.greeting
        return self._peer


def _positive(timeout_s: float) -> None:
    if timeout_s <= 0:
        raise ValueError(f"a time limit must be above 0 s, not {timeout_s}")
