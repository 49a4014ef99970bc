"""The capabilities that are installed: built-in ones and those of other packages, found and checked alike."""

from collections.abc import Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from importlib.metadata import EntryPoint, entry_points
from inspect import isabstract
from typing import Any, NoReturn

import msgspec

from chariot.capability import (
    CannotRunError,
    Capability,
    DnsAnswer,
    HttpResponse,
    Network,
    Stream,
    TlsPeer,
    Touch,
)
from chariot.errors import ConfigurationError
from chariot.model import checks
from chariot.model.registry import KINDS
from chariot.modules.work.queues import ASSET, RISK, SCAN

GROUP = "chariot.capabilities"
"""The entry point group: `name = "package.module:Class"`."""

QUEUES: Mapping[str, str] = {"asset": ASSET, "risk": RISK, "scan": SCAN}
"""The queue of each class of work that a capability may name."""

AnyCapability = Capability[Any]


class Registry:
    """Capabilities by name, with the parameters that the settings give them."""

    def __init__(
        self,
        capabilities: Iterable[type[AnyCapability]],
        parameters: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        """Take capability classes, and parameters by capability and name.

        Raises:
            ConfigurationError: a capability breaks the contract, two have one name, or a parameter is wrong; the
                text lists everything that is.
        """
        faults: list[str] = []
        self._classes: dict[str, type[AnyCapability]] = {}
        for cls in capabilities:
            broken = faults_of(cls)
            faults += broken
            if not broken:
                other = self._classes.setdefault(cls.name, cls)
                if other is not cls:
                    faults.append(
                        f"{_where(other)} and {_where(cls)} are both called {cls.name!r}; rename one"
                    )
        self._parameters = dict(_parameters(self._classes, parameters or {}, faults))
        if faults:
            raise ConfigurationError("capabilities are not in order: " + "; ".join(sorted(faults)))
        nowhere = _Nowhere()
        self._matchers = {name: self.create(name, nowhere) for name in self._classes}

    @property
    def names(self) -> tuple[str, ...]:
        """All names, sorted."""
        return tuple(sorted(self._classes))

    @property
    def kinds(self) -> tuple[str, ...]:
        """All kinds at which some capability looks by itself, in the order of the reference."""
        wanted = {kind for cls in self._classes.values() if not cls.chained for kind in cls.accepts}
        return tuple(kind for kind in KINDS if kind in wanted)

    def get(self, name: str) -> type[AnyCapability] | None:
        """Return the capability of that name, None when it is not installed."""
        return self._classes.get(name)

    def accepting(self, kind: str) -> tuple[AnyCapability, ...]:
        """Return capabilities that accept *kind*, by name; made for `match` alone, they reach no network."""
        return tuple(self._matchers[name] for name in self.names if kind in self._classes[name].accepts)

    def matcher(self, name: str) -> AnyCapability | None:
        """Return the capability of that name, made for `match` alone; None when it is not installed."""
        return self._matchers.get(name)

    def create(self, name: str, network: Network) -> AnyCapability:
        """Return a capability for one run on *network*."""
        return self._classes[name](network, self._parameters[name])


def load_capabilities(points: Iterable[EntryPoint] | None = None) -> list[type[AnyCapability]]:
    """Return the classes behind the entry points of `GROUP`, by default those of this installation.

    Raises:
        ConfigurationError: one cannot be imported; the text names it and its package.
    """
    found: list[type[AnyCapability]] = []
    for point in sorted(entry_points(group=GROUP) if points is None else points, key=lambda each: each.name):
        package = point.dist.name if point.dist is not None else "an unknown package"
        try:
            found.append(point.load())
        except (ImportError, AttributeError, SyntaxError) as error:
            raise ConfigurationError(
                f"the capability {point.name} of {package} cannot be loaded from {point.value}: {error};"
                " mend or remove that package"
            ) from error
    return found


def faults_of(cls: Any) -> list[str]:
    """Return what is wrong with a capability class, one sentence each; nothing when it keeps the contract."""
    if not (isinstance(cls, type) and issubclass(cls, Capability)):
        return [f"{cls!r:.80} is not a subclass of chariot.capability.Capability"]
    where = _where(cls)
    if isabstract(cls):
        return [f"{where} does not define run"]
    faults = []
    try:
        checks.slug(getattr(cls, "name", None))
    except ValueError as error:
        faults.append(f"{where}: name: {error}")
    if not isinstance(getattr(cls, "touch", None), Touch):
        faults.append(f"{where}: touch is not a Touch")
    if cls.queue not in QUEUES:
        faults.append(f"{where}: queue is {cls.queue!r}, not one of {', '.join(QUEUES)}")
    if not cls.accepts:
        faults.append(f"{where} accepts no kind: subclass Capability[Domain] or another kind")
    faults += [f"{where} accepts {kind!r}, which is no kind" for kind in cls.accepts if kind not in KINDS]
    if not cls.timeout_s > 0:
        faults.append(f"{where}: timeout_s is not above 0")
    if not cls.period.total_seconds() > 0:
        faults.append(f"{where}: period is not above 0")
    if not issubclass(cls.parameters_type, msgspec.Struct):
        faults.append(f"{where}: parameters_type is no msgspec Struct")
    return faults


def _parameters(
    classes: Mapping[str, type[AnyCapability]], given: Mapping[str, Mapping[str, Any]], faults: list[str]
) -> Iterable[tuple[str, msgspec.Struct]]:
    faults.extend(
        f"no capability is called {name!r}, which has parameters" for name in given if name not in classes
    )
    for name, cls in classes.items():
        try:
            yield name, msgspec.convert(dict(given.get(name, {})), cls.parameters_type, strict=False)
        except msgspec.ValidationError as error:
            faults.append(f"{name}: parameters: {error}")


def _where(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"


class _Nowhere:
    """The network of a capability that is only asked whether it matches: it refuses everything."""

    def _refuse(self) -> NoReturn:
        raise CannotRunError("match decides from the facts of its target alone, without the network")

    async def resolve(self, name: str, record: str) -> DnsAnswer:  # noqa: ARG002 - all is refused
        self._refuse()

    def connect(self, host: str, port: int, *, timeout_s: float) -> AbstractAsyncContextManager[Stream]:  # noqa: ARG002
        self._refuse()

    async def tls(self, host: str, port: int, *, server_name: str = "", timeout_s: float) -> TlsPeer:  # noqa: ARG002
        self._refuse()

    async def get(self, url: str, *, timeout_s: float, limit_bytes: int = 262_144) -> HttpResponse:  # noqa: ARG002
        self._refuse()

    async def request(
        self,
        method: str,  # noqa: ARG002
        url: str,  # noqa: ARG002
        *,
        headers: tuple[tuple[str, str], ...] = (),  # noqa: ARG002
        body: bytes = b"",  # noqa: ARG002
        timeout_s: float,  # noqa: ARG002
        limit_bytes: int = 262_144,  # noqa: ARG002
    ) -> HttpResponse:
        self._refuse()

    async def datagram(
        self,
        host: str,  # noqa: ARG002
        port: int,  # noqa: ARG002
        data: bytes,  # noqa: ARG002
        *,
        timeout_s: float,  # noqa: ARG002
        limit_bytes: int = 4_096,  # noqa: ARG002
    ) -> bytes:
        self._refuse()

    async def addresses(self, host: str) -> tuple[str, ...]:  # noqa: ARG002
        self._refuse()

    async def follow(self, source: str, record: str, name: str, wanted: str) -> DnsAnswer:  # noqa: ARG002
        self._refuse()

    async def dns_message(self, name: str, record: str) -> bytes:  # noqa: ARG002
        self._refuse()

    async def consult(self, source: str, path: str) -> bytes:  # noqa: ARG002
        self._refuse()
