"""Who people are: accounts and sessions of this installation, and the issuers that the settings name."""

import importlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from chariot.bootstrap.engines import Engines
from chariot.errors import ConfigurationError
from chariot.model.keys import SYSTEM, Organisation
from chariot.modules.audit.ports import Auditor
from chariot.modules.identity.accounts import Accounts
from chariot.modules.identity.devices import Devices
from chariot.modules.identity.events import Events
from chariot.modules.identity.flows import Flows
from chariot.modules.identity.keys import ApiKeys
from chariot.modules.identity.passwords import Hasher
from chariot.modules.identity.people import People
from chariot.modules.identity.ports import Issuer, Passkeys
from chariot.modules.identity.services import IdentityServices
from chariot.modules.identity.sessions import Sessions
from chariot.modules.identity.sign_in import SignIn
from chariot.modules.secrets.vault import Vault
from chariot.modules.surface.service import SurfaceService
from chariot.settings import IssuerSettings, Settings


class _VaultSealer:
    """Seals what browsers carry with the installation's own key."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def seal(self, text: str) -> str:
        """See `Sealer.seal`."""
        await self._vault.ready(SYSTEM)
        return self._vault.seal(SYSTEM, text)

    async def open(self, text: str) -> str:
        """See `Sealer.open`."""
        await self._vault.prepare(SYSTEM, [text])
        return self._vault.open(SYSTEM, text)


class _LatePasskeys:
    """Passkeys, made when the first is needed: their library takes longer to load than all the rest."""

    def __init__(self, public_url: str) -> None:
        self._public_url = public_url
        self._made: Passkeys | None = None

    def _passkeys(self) -> Passkeys:
        if self._made is None:
            module = importlib.import_module("chariot.adapters.passkeys.passkeys")
            self._made = module.WebAuthnPasskeys(self._public_url)
        return self._made

    def to_add(self, user: str, label: str, known: Sequence[str]) -> tuple[dict[str, Any], bytes]:
        """See `Passkeys.to_add`."""
        return self._passkeys().to_add(user, label, known)

    def added(self, answer: Mapping[str, Any], challenge: bytes) -> tuple[str, str, int]:
        """See `Passkeys.added`."""
        return self._passkeys().added(answer, challenge)

    def to_use(self) -> tuple[dict[str, Any], bytes]:
        """See `Passkeys.to_use`."""
        return self._passkeys().to_use()

    def used(self, answer: Mapping[str, Any], challenge: bytes, public_key: str, count: int) -> int:
        """See `Passkeys.used`."""
        return self._passkeys().used(answer, challenge, public_key, count)


def make_identity(
    settings: Settings,
    surface: SurfaceService,
    vault: Vault,
    keys: ApiKeys,
    engines: Engines,
    auditor: Auditor | None = None,
) -> IdentityServices:
    """Return what knows people.

    Raises:
        ConfigurationError: an issuer is set up wrong; the text says which.
    """
    reveal: Callable[[Organisation, str], str] = vault.open
    public_url = settings.browser_url
    events = Events(auditor)
    people = People(surface, reveal=reveal, now=engines.now)
    passkeys = _LatePasskeys(public_url)
    sign_in = SignIn(people, Hasher(), passkeys, events=events)
    sessions = Sessions(surface, people, reveal=reveal, limits=settings.sessions, now=engines.now)
    return IdentityServices(
        people=people,
        accounts=Accounts(people, sessions, sign_in, passkeys, events=events),
        sign_in=sign_in,
        sessions=sessions,
        devices=Devices(surface, sessions, people, sign_in.throttle, reveal=reveal, events=events),
        flows=Flows(_VaultSealer(vault), engines.receipts, now=engines.now),
        keys=keys,
        events=events,
        issuers=_issuers(settings, sessions, engines),
        passkeys=passkeys,
        public_url=public_url,
    )


def _issuers(settings: Settings, sessions: Sessions, engines: Engines) -> tuple[Issuer, ...]:
    names = [one.name for one in settings.issuers]
    urls = [one.url for one in settings.issuers]
    if len(set(names)) < len(names) or len(set(urls)) < len(urls):
        raise ConfigurationError("two issuers have the same name or the same url")
    return tuple(_issuer(one, sessions, engines) for one in settings.issuers)


def _issuer(chosen: IssuerSettings, sessions: Sessions, engines: Engines) -> Issuer:
    """Return one issuer; what speaks to it is loaded only where there is one."""
    guard = importlib.import_module("chariot.adapters.webhook.guard").Guard(chosen.networks)
    outgoing = importlib.import_module("chariot.adapters.outgoing.client").Outgoing(
        guard, now=engines.now, timeout_s=10.0, places=engines.breakers.issuers
    )
    options = importlib.import_module("chariot.adapters.oidc.options")
    _check(chosen, options.ALGORITHMS)
    made = options.IssuerOptions(
        name=chosen.name,
        title=chosen.title,
        url=chosen.url,
        audiences=chosen.audiences,
        audience_claim=chosen.audience_claim,
        client_id=chosen.client_id,
        client_secret=_secret(chosen),
        cli_client_id=chosen.cli_client_id,
        scopes=chosen.scopes,
        algorithms=chosen.algorithms,
        skew_s=chosen.clock_skew_s,
        introspects=chosen.introspects,
        rules=chosen.claims,
    )
    issuer: Issuer = importlib.import_module("chariot.adapters.oidc.issuer").OidcIssuer(
        outgoing, made, recall=sessions.check_token, now=engines.now
    )
    return issuer


def _check(chosen: IssuerSettings, known: Sequence[str]) -> None:
    place = f"the issuer {chosen.name!r}"
    unknown = [one for one in chosen.algorithms if one not in known]
    if unknown or not chosen.algorithms:
        raise ConfigurationError(
            f"{place} allows {', '.join(unknown) or 'nothing'}; there are {', '.join(known)}"
        )
    if chosen.url.startswith("http://") and not chosen.networks:
        raise ConfigurationError(
            f"{place} has no TLS: use https, or say in its `networks` in which private network it is,"
            ' such as networks = ["127.0.0.0/8"]'
        )
    if not chosen.url.startswith(("https://", "http://")):
        raise ConfigurationError(f"{place} needs a url that begins with https://")
    rules = chosen.claims
    if not rules.organisation and not rules.organisation_claim:
        raise ConfigurationError(f"{place} does not say whose people it knows: set claims.organisation")


def _secret(chosen: IssuerSettings) -> str:
    if not chosen.client_secret_file:
        return ""
    try:
        return Path(chosen.client_secret_file).expanduser().read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"the issuer {chosen.name!r}: cannot read its client_secret_file: {error}"
        ) from error
