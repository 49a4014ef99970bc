"""All that identity offers, as entry points are given it."""

import msgspec

from chariot.errors import NotFoundError
from chariot.modules.identity.accounts import Accounts
from chariot.modules.identity.devices import Devices
from chariot.modules.identity.events import Events
from chariot.modules.identity.flows import Flows
from chariot.modules.identity.keys import ApiKeys
from chariot.modules.identity.people import People
from chariot.modules.identity.ports import Issuer, Passkeys
from chariot.modules.identity.sessions import Sessions
from chariot.modules.identity.sign_in import SignIn


class IdentityServices(msgspec.Struct, frozen=True, kw_only=True):
    """Accounts, sessions, and everybody who can prove who somebody is."""

    people: People
    accounts: Accounts
    sign_in: SignIn
    sessions: Sessions
    devices: Devices
    flows: Flows
    keys: ApiKeys
    events: Events
    issuers: tuple[Issuer, ...] = ()
    passkeys: Passkeys | None = None
    public_url: str = ""
    """Where browsers open this server, without a slash at the end."""

    @property
    def is_encrypted(self) -> bool:
        """True when browsers come by TLS, so that cookies may ask for it."""
        return self.public_url.startswith("https://")

    def issuer(self, name: str) -> Issuer:
        """Return the issuer that the settings call *name*.

        Raises:
            NotFoundError: there is none.
        """
        for one in self.issuers:
            if one.name == name:
                return one
        raise NotFoundError(f"no issuer is called {name[:80]!r}")
