"""What `chariot doctor` checks: each check says what it found and what a lack of it costs."""

import importlib.metadata
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from chariot.entrypoints.cli.sandbox import sandbox_fault
from chariot.errors import ChariotError, ConfigurationError
from chariot.settings import Settings

if TYPE_CHECKING:
    import dns.resolver

_DISTRIBUTION = "chariot-asm"
_ROOM_BYTES = 1_000_000_000
_PYTHON = (3, 11)
_RESOLVE_S = 3.0

TOOLS: dict[str, str] = {
    "nmap": "deep scans go without it; its XML (`nmap -oX`) can be imported from any machine",
    "chromium": "deep scans bring no pictures of pages",
}
"""External programs that nothing needs, but people expect: what their absence costs."""
_BROWSER = "chromium"


EXTRAS: dict[str, str] = {
    "nats": "queues on NATS",
    "neo4j": "graph in Neo4j",
    "redis": "shared cache",
    "postgres": "store on PostgreSQL",
    "parquet": "exports as Parquet",
    "pdf": "reports as PDF",
    "tracing": "traces to a collector",
}
"""What each optional part of the package is for."""
_EXTRA = re.compile(r"""extra\s*==\s*["']([\w.-]+)["']""")


class State(Enum):
    """How a check came out."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the doctor."""

    name: str
    state: State
    found: str
    cost: str = ""
    """What does not work because of it, and what to do."""


def run_checks(settings: Settings, *, resolve_s: float = _RESOLVE_S) -> list[Check]:
    """Return all checks of this installation, in the order of what stands on what."""
    checks: list[Check] = [_python(), *_packages(), _sqlite()]
    checks += _home(settings)
    checks += [*_stores(settings), *_servers(settings)]
    checks += [_resolver(settings, resolve_s), *_authorities(settings), *_tools(settings)]
    return checks


def _python() -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    good = sys.version_info[:2] >= _PYTHON
    cost = "" if good else "Chariot needs Python 3.11 or newer"
    return Check(name="python", state=State.OK if good else State.FAILED, found=version, cost=cost)


def _packages() -> Iterator[Check]:
    try:
        wanted = importlib.metadata.requires(_DISTRIBUTION) or []
    except importlib.metadata.PackageNotFoundError:
        cost = "it runs from a folder; capabilities of other packages and its version may not be found"
        yield Check(name="package", state=State.WARNING, found="chariot-asm is not installed", cost=cost)
        return
    yield from package_checks(wanted, _installed)


def package_checks(wanted: Sequence[str], is_installed: Callable[[str], bool]) -> Iterator[Check]:
    """Yield what is there of *wanted*, the requirements of the distribution as its metadata states them."""
    names: list[str] = []
    absent: dict[str, None] = {}
    for requirement in wanted:
        name = re.split(r"[^\w.-]", requirement, maxsplit=1)[0]
        extra = _EXTRA.search(requirement)
        if extra is None:
            names.append(name)
        elif not is_installed(name):
            absent[extra[1]] = None
    missing = [name for name in names if not is_installed(name)]
    state = State.FAILED if missing else State.OK
    found = f"missing: {', '.join(missing)}" if missing else f"all {len(names)} are there"
    cost = f"some commands fail; install {_DISTRIBUTION} again" if missing else ""
    yield Check(name="packages", state=state, found=found, cost=cost)
    if absent:
        cost = f"without them no {', no '.join(EXTRAS.get(extra, extra) for extra in absent)}"
        cost += f"; `pip install '{_DISTRIBUTION}[{','.join(absent)}]'`"
        yield Check(name="extras", state=State.OK, found=f"not installed: {', '.join(absent)}", cost=cost)


def _installed(name: str) -> bool:
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def _sqlite() -> Check:
    try:
        import apsw
    except ImportError as error:
        return Check(
            name="sqlite", state=State.FAILED, found=str(error), cost="the embedded store does not open"
        )
    return Check(name="sqlite", state=State.OK, found=str(apsw.sqlite_lib_version()))


def _home(settings: Settings) -> Iterator[Check]:
    home = settings.home_path
    place = next(folder for folder in (home, *home.parents) if _is_there(folder))
    writable = place.is_dir() and os.access(place, os.W_OK | os.X_OK)
    found = f"{home}{'' if place == home else ' (made at first use)'}"
    cost = "" if writable else "nothing can be kept; name another folder with --home or CHARIOT_HOME"
    yield Check(name="home", state=State.OK if writable else State.FAILED, found=found, cost=cost)
    free = shutil.disk_usage(place).free
    short = free < _ROOM_BYTES
    cost = "under 1 GB: writing stops when it is full, and goes on when there is room" if short else ""
    state = State.WARNING if short else State.OK
    yield Check(name="disk", state=state, found=f"{free / 1e9:,.1f} GB free", cost=cost)


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except PermissionError:
        return False


def _stores(settings: Settings) -> Iterator[Check]:
    """Look at the database of all, and at those that hold one organisation each."""
    from chariot.bootstrap.upkeep import stores

    try:
        places = stores(settings)
    except ConfigurationError as error:
        yield Check(name="store", state=State.FAILED, found=str(error), cost="nothing can be read or written")
        return
    for organisation, place in places.items():
        if not organisation and settings.is_embedded:
            yield _file(settings, Path(place))
        else:
            yield _database(settings, organisation, place)
    if not settings.store_url.startswith("sqlite:"):
        yield from _clock(settings)


def _clock(settings: Settings) -> Iterator[Check]:
    """Compare this machine's clock with the database's; nothing is said where that cannot be asked."""
    import asyncio

    from chariot.bootstrap.upkeep import clock_skew_s
    from chariot.modules.work.clock import wrong_clock

    try:
        skew_s = asyncio.run(clock_skew_s(settings))
    except ChariotError:
        return
    if reason := wrong_clock(skew_s):
        cost = "a server is not ready; tokens and certificates are judged by the time"
        yield Check(name="clock", state=State.FAILED, found=reason, cost=cost)
    else:
        yield Check(name="clock", state=State.OK, found="agrees with the database's")


def _database(settings: Settings, organisation: str, place: str) -> Check:
    import asyncio

    from chariot.bootstrap.upkeep import check_schema, try_writing

    name = f"store of {organisation}" if organisation else "store"
    cost = f"nothing of {organisation or 'anybody'} can be read or written"
    try:
        schema = asyncio.run(check_schema(settings, organisation))
    except ChariotError as error:
        return Check(name=name, state=State.FAILED, found=str(error), cost=cost)
    found = f"{place}, schema version {schema.have}"
    if schema.have > schema.known:
        return Check(name=name, state=State.FAILED, found=found, cost=f"{cost}: use a newer Chariot")
    try:
        asyncio.run(try_writing(settings, organisation))
    except ChariotError as error:
        cost = f"nothing of {organisation or 'anybody'} can be written"
        return Check(name=name, state=State.FAILED, found=str(error), cost=cost)
    return Check(name=name, state=State.OK, found=found)


def _servers(settings: Settings) -> Iterator[Check]:
    """Ask the servers of queues and of the shared cache, where the settings name them."""
    import asyncio

    from chariot.bootstrap.upkeep import reach_bus, reach_cache

    stops, slows = "nothing is scanned and nothing reacts until it answers", "everything works, slower"
    for name, url, reach, state, cost in (
        ("bus", settings.bus, reach_bus, State.FAILED, stops),
        ("cache", settings.cache, reach_cache, State.WARNING, slows),
    ):
        if not url:
            continue
        try:
            yield Check(name=name, state=State.OK, found=asyncio.run(reach(settings)))
        except ConfigurationError as error:
            yield Check(name=name, state=State.FAILED, found=str(error), cost="no process starts")
        except ChariotError as error:
            yield Check(name=name, state=state, found=str(error), cost=cost)


def _file(settings: Settings, file: Path) -> Check:
    """Look at the file of the embedded store without opening the store, which would migrate it."""
    if not _is_there(file):
        return Check(name="store", state=State.OK, found=f"{file} is made at first use")
    check = _database(settings, "", str(file))
    if check.state is State.OK and not os.access(file, os.W_OK):
        cost = "nothing can be read or written: all in the data folder must be writable"
        return Check(name="store", state=State.FAILED, found=f"{file} cannot be written", cost=cost)
    size = file.stat().st_size / 1e6
    return msgspec.structs.replace(check, found=f"{check.found}, {size:,.1f} MB")


def _resolver(settings: Settings, resolve_s: float) -> Check:
    import dns.exception
    import dns.resolver

    try:
        resolver = _configured(settings.resolver)
        resolver.resolve(".", "NS", lifetime=resolve_s, raise_on_no_answer=False)
    except dns.resolver.NXDOMAIN:
        pass  # It answered, which is all that is asked here.
    except (dns.exception.DNSException, OSError, ConfigurationError) as error:
        cost = "names cannot be looked up: their answers will be unknown; set `resolver` in the settings"
        return Check(name="resolver", state=State.WARNING, found=f"no answer ({error})"[:300], cost=cost)
    return Check(name="resolver", state=State.OK, found=settings.resolver or "the system's answers")


def _configured(text: str) -> "dns.resolver.Resolver":
    import dns.resolver

    if not text:
        return dns.resolver.Resolver()
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal():
        raise ConfigurationError(f"the resolver {text[:80]!r} is not address:port")
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers = [host.strip("[]")]
    resolver.port = int(port)
    return resolver


def _authorities(settings: Settings) -> Iterator[Check]:
    from chariot.modules.discovery.authorities import read_authorities

    if not settings.ca_file:
        return
    try:
        read_authorities(settings.ca_file)
    except ConfigurationError as error:
        cost = "whether certificates of your own authority are trusted stays unknown; mend `ca_file`"
        yield Check(name="authorities", state=State.WARNING, found=str(error), cost=cost)
    else:
        yield Check(name="authorities", state=State.OK, found=settings.ca_file)


def _tools(settings: Settings) -> Iterator[Check]:
    from chariot.entrypoints.cli.scanners import installed_capabilities

    try:
        scanners = installed_capabilities(settings)
    except ConfigurationError as error:
        yield Check(name="capabilities", state=State.FAILED, found=str(error), cost="no scan can run")
        return
    yield Check(
        name="capabilities",
        state=State.OK if scanners else State.FAILED,
        found=f"{len(scanners)} installed",
        cost="" if scanners else "scans find nothing; install the package with its entry points",
    )
    needed: dict[str, list[str]] = {}
    for scanner in scanners:
        # A tool of ours that is missing is simply not used, unless the settings require it.
        for tool in (
            scanner.needs if scanner.origin != "tool" or scanner.name in settings.required_tools else ()
        ):
            needed.setdefault(tool, []).append(scanner.name)
    costs = dict(TOOLS)
    for tool, names in needed.items():
        costs[tool] = f"answers of {', '.join(names)} are unknown, never clean"
    for tool, cost in costs.items():
        path = shutil.which(tool)
        state = State.OK if path or tool not in needed else State.WARNING
        yield Check(name=tool, state=state, found=path or "not on the PATH", cost="" if path else cost)
        if tool == _BROWSER and path:
            yield _sandbox()


def _sandbox() -> Check:
    fault = sandbox_fault(os.geteuid())
    cost = "pictures of pages are unknown, with the reason: no page is shown outside of a sandbox"
    if fault:
        return Check(name="sandbox", state=State.WARNING, found=fault, cost=cost)
    return Check(name="sandbox", state=State.OK, found="nothing keeps a browser's own sandbox from starting")
