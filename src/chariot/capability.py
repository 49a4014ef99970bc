"""The public contract for a scanner: what a capability declares, what it is given, what it gives back.

A capability takes one entity, looks at the world through its `network` and nothing else, and yields entities and
relationships. Its type parameter declares which kinds it accepts. Another package adds one through the entry
point group `chariot.capabilities`; built-in ones are found the same way.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from enum import Enum
from typing import Any, ClassVar, Generic, Protocol, TypeVar, get_args, get_origin

import msgspec

from chariot.errors import ChariotError
from chariot.model.base import Entity
from chariot.model.relationships import Relationship

TARGET = TypeVar("TARGET", bound=Entity)
Found = Entity | Relationship
"""What a capability yields. A relationship's ends must have been yielded, or be the target."""


class Touch(Enum):
    """How much of a scan the target notices."""

    PASSIVE = "passive"
    """Nothing reaches the target: third parties and our own store only."""
    LIGHT = "light"
    """What any visitor does: name look-ups, one page."""
    ACTIVE = "active"
    """Probes that a visitor would not send."""


class CannotRunError(ChariotError):
    """The capability could not look (tool missing, key refused, blocked): the answer is unknown, not clean."""


class UnreadableError(CannotRunError):
    """The target answered with more than is read, such as a chain of certificates without an end."""


class NoAnswerError(ChariotError):
    """The target did not answer in time, or refused; often that is itself the finding."""


class KnownClosedError(NoAnswerError):
    """The port was closed when this scan asked before: nothing was sent."""


class DnsAnswer(msgspec.Struct, frozen=True):
    """What the resolver said of one name and type."""

    status: str
    """NOERROR, NXDOMAIN, SERVFAIL, REFUSED or TIMEOUT."""
    values: tuple[str, ...] = ()
    """Record data as presented, each once, sorted; names in lower case without the trailing dot."""
    aliases: tuple[str, ...] = ()
    """The CNAME chain that was followed, in order."""


class TlsPeer(msgspec.Struct, frozen=True):
    """What a TLS service showed in the handshake."""

    certificates: tuple[bytes, ...]
    """DER, the leaf first."""
    version: str
    cipher: str
    is_whole: bool = True
    """False where only the leaf could be read, whatever else was presented."""


class HttpResponse(msgspec.Struct, frozen=True):
    """One answer; redirects are not followed: each hop is a decision of its own."""

    url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    """In the order received; header names as received."""
    body: bytes
    cut: bool
    """True when the body was longer than the limit."""
    address: str
    """The address that answered."""
    request_headers: tuple[tuple[str, str], ...] = ()

    def header(self, name: str) -> str:
        """Return the first value of a header, whatever its case; empty when it is absent."""
        wanted = name.lower()
        return next((value for label, value in self.headers if label.lower() == wanted), "")


class Stream(Protocol):
    """A TCP connection with bounded reads."""

    async def read(self, limit_bytes: int, *, timeout_s: float) -> bytes:
        """Return what comes next, at most *limit_bytes*; empty at the end or when *timeout_s* passes."""
        ...

    async def send(self, data: bytes) -> None:
        """Send *data*."""
        ...

    async def upgrade(self, *, server_name: str = "", timeout_s: float) -> TlsPeer:
        """Shake hands on this connection, trusting anybody; what is read and sent from then on is inside TLS.

        Raises:
            NoAnswerError: the other side does not speak TLS here.
        """
        ...


class Network(Protocol):
    """The only way out. Each call checks the scope on the name and on the resolved address right before it sends.

    Every method raises `OutOfScopeError` for what the scope refuses, and `NoAnswerError` when nothing answers in
    time; both are ordinary outcomes that a capability may let through.
    """

    async def resolve(self, name: str, record: str) -> DnsAnswer:
        """Ask the configured resolver for *record* (A, AAAA, MX, PTR…) of *name*; for PTR *name* is an address."""
        ...

    def connect(self, host: str, port: int, *, timeout_s: float) -> AbstractAsyncContextManager[Stream]:
        """Open a TCP connection to a name or an address; closed when the context ends."""
        ...

    async def tls(self, host: str, port: int, *, server_name: str = "", timeout_s: float) -> TlsPeer:
        """Shake hands without trusting anybody, and return what was shown. Without a name, no SNI is sent."""
        ...

    async def get(self, url: str, *, timeout_s: float, limit_bytes: int = 262_144) -> HttpResponse:
        """Send one GET, without following redirects and without trusting certificates."""
        ...

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
        """Send one request of any method, as `get` does; *headers* replace those that are sent by default."""
        ...

    async def datagram(
        self, host: str, port: int, data: bytes, *, timeout_s: float, limit_bytes: int = 4_096
    ) -> bytes:
        """Send one UDP packet and return the first that comes back from there, cut to *limit_bytes*."""
        ...

    async def addresses(self, host: str) -> tuple[str, ...]:
        """Return the addresses of a name that are in scope, or the address itself."""
        ...

    async def follow(self, source: str, record: str, name: str, wanted: str) -> DnsAnswer:
        """Ask the resolver for *wanted* of *name*, which need not be in scope: a *record* of *source* leads there.

        *source* is in scope, or was itself followed to in this run; that its record mentions *name* is looked up,
        not believed. Nothing is sent to whom *name* belongs.
        """
        ...

    async def dns_message(self, name: str, record: str) -> bytes:
        """Return the resolver's whole answer in wire form, with the signatures in it, checked by nobody."""
        ...

    async def consult(self, source: str, path: str) -> bytes:
        """Return what a third party has at *path*; the settings say where it is, and whether it may be asked.

        Nothing reaches the target.

        Raises:
            NoAnswerError: it knows nothing of that.
            CannotRunError: it is not enabled, refused the key, asks to be left alone, or is away.
        """
        ...


class Kept(msgspec.Struct, frozen=True):
    """A file that a run made, such as a picture."""

    path: str
    """Its name among the files of the organisation; the same for the same target, so that a new one replaces it."""
    media_type: str
    data: bytes


class NoParameters(msgspec.Struct, frozen=True):
    """For a capability that has nothing to set."""


class Capability(ABC, Generic[TARGET]):
    """One scanner. Subclass it as `Capability[Port]` or `Capability[Domain | Address]`."""

    name: ClassVar[str]
    """Short and lower case; it stands in the origins of all that it finds."""
    touch: ClassVar[Touch]
    queue: ClassVar[str] = "asset"
    """The class of its work: asset, risk or scan, each with its own number of workers."""
    timeout_s: ClassVar[float] = 60.0
    period: ClassVar[timedelta] = timedelta(days=1)
    """How long an answer is good for."""
    needs: ClassVar[tuple[str, ...]] = ()
    """External programs that must be on the PATH."""
    parameters_type: ClassVar[type[msgspec.Struct]] = NoParameters
    accepts: ClassVar[tuple[str, ...]] = ()
    """Kinds, from the type parameter."""
    sends: ClassVar[str] = ""
    """What leaves this machine at one target, in a few words for people."""
    packets: ClassVar[int] = 10
    """About how many look-ups, connections and requests one target costs: what `chariot scan --plan` counts with."""
    deep: ClassVar[bool] = False
    """It runs only where a seed allows deep looks: it takes long or sends much."""
    chained: ClassVar[bool] = False
    """It looks only at what the `next` of another one hands it, never at a change by itself."""
    next: ClassVar[tuple[str, ...]] = ()
    """Capabilities that look at what it finds at once, also where that is no news."""
    told_version: str = ""
    """Which version of a program did the looking, as the run learned it."""
    kept: tuple[Kept, ...] = ()
    """Files that the run made; whoever runs it keeps them when it has ended."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        for base in getattr(cls, "__orig_bases__", ()):
            origin = get_origin(base)
            if isinstance(origin, type) and issubclass(origin, Capability):
                (target,) = get_args(base)
                members = get_args(target) or (target,)
                cls.accepts = tuple(member.kind for member in members if not isinstance(member, TypeVar))

    def __init__(self, network: Network, parameters: msgspec.Struct | None = None) -> None:
        self.network = network
        self.parameters: Any = parameters if parameters is not None else self.parameters_type()

    def match(self, target: TARGET) -> bool:  # noqa: ARG002 - for subclasses
        """Tell whether it is worth running at *target*; cheap, from its facts alone."""
        return True

    def cost(self, target: TARGET) -> int:  # noqa: ARG002 - for subclasses
        """Return about how many things it sends to look at *target*; by default `packets`."""
        return self.packets

    @abstractmethod
    def run(self, target: TARGET) -> AsyncIterator[Found]:
        """Look at *target* and yield what is there.

        Raises:
            CannotRunError: it could not look at all; the reason is kept and the answer counts as unknown.
        """
        ...
