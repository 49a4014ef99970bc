"""Compliance: the packs of the product and of the installation, and what the settings and files tell of it."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import parse_qs, urlsplit

from chariot.application import Application
from chariot.bootstrap.auditing import retention_of
from chariot.bootstrap.homes import open_home
from chariot.bootstrap.keeping import residences_of
from chariot.model.keys import Organisation
from chariot.modules.compliance.checks import Check, all_checks, own_packs, shipped_packs
from chariot.modules.compliance.platform import FACTS, PlatformFacts
from chariot.modules.compliance.service import ComplianceService, Measure
from chariot.modules.compliance.trial import Outcome, try_packs
from chariot.modules.privacy.residency import EVERYBODY
from chariot.modules.surface.service import SurfaceService
from chariot.settings import Settings

_SAFE_SSL = frozenset({"require", "verify-ca", "verify-full"})
_PACKS = "compliance"


def make_compliance(application: Application) -> ComplianceService:
    """Return what judges checks; packs of the installation stand in the folder `compliance` of its data."""
    settings = application.settings
    folder = settings.home_path / _PACKS

    def checks() -> list[Check]:
        own = own_packs(folder, FACTS) if folder.is_dir() and any(folder.rglob("*.toml")) else []
        return all_checks([*shipped_packs(FACTS), *own])

    facts = PlatformFacts(
        application.store,
        application.audit,
        application.secrets,
        application.bus,
        application.intel,
        lambda organisation: setup_of(settings, organisation, application.now),
        retention_of(application.store),
        now=application.now,
    )
    return ComplianceService(application.store, facts, checks, now=application.now)


async def tried_packs(files: Sequence[Path]) -> list[Outcome]:
    """Return what becomes of the cases of the packs in *files*, tried on small surfaces of their own.

    Raises:
        InvalidError: a pack or a case is wrong.
    """
    packs = [pack for file in files for pack in own_packs(file, FACTS)]
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        numbers = count()

        async def new_surface() -> SurfaceService:
            home = await open_home(f"sqlite:///{folder / f'{next(numbers)}.db'}", stack)
            return SurfaceService(home.store)

        return await try_packs(packs, all_checks([*shipped_packs(FACTS), *packs]), new_surface)


def setup_of(
    settings: Settings, organisation: Organisation, clock: Callable[[], datetime]
) -> Mapping[str, Measure]:
    """Return what the settings and files of this installation tell."""
    own = settings.organisations.get(organisation)
    store = own.store if own is not None else settings.store_url
    return {
        "identity.issuers": Measure(
            len(settings.issuers), f"{len(settings.issuers)} issuers are named", ("issuers",)
        ),
        "encryption.file-private": _is_private(settings.home_path / "master.key"),
        "storage.home-private": _is_private(settings.home_path),
        "storage.encrypted-way": _store_way(store),
        "server.encrypted-way": _server_way(settings),
        "queues.encrypted-way": _queue_way(settings),
        "outgoing.private-networks": _networks(settings),
        "retention.restricted-days": _kept(settings.retention.restricted),
        "retention.confidential-days": _kept(settings.retention.confidential),
        "residency.kept": _residency(settings, organisation),
        "backup.age-days": _backup(settings, clock),
    }


def _is_private(path: Path) -> Measure:
    try:
        mode = path.stat().st_mode & 0o777
    except FileNotFoundError:
        return Measure(None, f"there is no {path.name} yet")
    except OSError as error:
        return Measure(None, f"{path.name} cannot be looked at: {error.strerror}")
    return Measure(not mode & 0o077, f"its rights are {mode:03o}", (path.name,))


def _store_way(url: str) -> Measure:
    if url.startswith("sqlite:"):
        return Measure(True, "it is a file of this machine", ("store",))
    parts = urlsplit(url)
    if _is_near(parts.hostname or ""):
        return Measure(True, "it is on this machine", ("store",))
    mode = parse_qs(parts.query).get("sslmode", [""])[0]
    return Measure(mode in _SAFE_SSL, f"its sslmode is {mode[:20] or 'not stated'}", ("store",))


def _server_way(settings: Settings) -> Measure:
    near = _is_near(settings.api_host)
    how = "it listens on this machine alone" if near else "it listens for others"
    if settings.behind_tls:
        how = "something before it ends TLS"
    return Measure(near or settings.behind_tls, how, ("api_host", "behind_tls"))


def _queue_way(settings: Settings) -> Measure:
    plain = [
        name
        for name, url, safe in (("bus", settings.bus, "tls"), ("cache", settings.cache, "rediss"))
        if url and urlsplit(url).scheme != safe and not _is_near(urlsplit(url).hostname or "")
    ]
    told = f"plain: {', '.join(plain)}" if plain else "encrypted, or on this machine"
    return Measure(not plain, told, plain)


def _is_near(host: str) -> bool:
    """Tell whether *host* is this machine."""
    if host in ("", "localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.startswith("/")


def _networks(settings: Settings) -> Measure:
    named = (*settings.webhook_networks, *settings.feed_networks)
    return Measure(len(named), f"{len(named)} private networks may be reached", named[:20])


def _kept(days: int) -> Measure:
    return Measure(days, f"kept for {days:,} days" if days else "kept for ever", ("retention",))


def _residency(settings: Settings, organisation: Organisation) -> Measure:
    rules = {one.organisation: one for one in residences_of(settings)}
    rule = rules.get(organisation) or rules.get(EVERYBODY)
    if rule is None:
        return Measure(None, "no region was agreed for it", ("residency",))
    told = f"its data is in {rule.region or 'a region that no setting names'}"
    return Measure(rule.is_kept, told, ("residency",))


def _backup(settings: Settings, clock: Callable[[], datetime]) -> Measure:
    if not settings.backups:
        return Measure(None, "no setting says where backups are", ("backups",))
    try:
        files = [file.stat() for file in Path(settings.backups).expanduser().iterdir() if file.is_file()]
    except OSError as error:
        return Measure(None, f"backups cannot be looked at: {error.strerror}", ("backups",))
    if not files:
        return Measure(None, "there is no backup yet", ("backups",))
    newest = datetime.fromtimestamp(max(file.st_mtime for file in files), UTC)
    days = max((clock() - newest) / timedelta(days=1), 0.0)
    return Measure(days, f"the newest is {days:.1f} days old", ("backups",))
