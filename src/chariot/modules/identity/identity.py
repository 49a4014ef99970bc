"""Who somebody proved to be. What they may do is for `chariot.modules.access` to say."""

from datetime import datetime
from typing import Literal

import msgspec

from chariot.model.keys import Organisation

Method = Literal["password", "oidc", "key", "token"]


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """One who proved who they are; the same however they did it."""

    subject: str
    """Unique in the installation, and stays: `user:<id>`, `oidc:<issuer>#<sub>`, `key:<id>`, `token`."""
    name: str
    """As people know them; stands as the actor in history."""
    home: Organisation
    """The organisation that they belong to; others are below it, or closed to them."""
    method: Method
    roles: tuple[str, ...] = ()
    """The roles in the home organisation that a trusted issuer states, besides those given here."""
    permissions: tuple[str, ...] | None = None
    """For a key: it may do no more than these, whatever a role says; None is no such limit."""
    factors: int = 1
    """How many factors were shown: 2 and more is multi-factor."""
    session: str = ""
    """The session that this is part of; empty for what has none."""
    networks: tuple[str, ...] = ()
    """For a key: the networks that it may be used from; none is no such limit."""
    proven_at: datetime | None = None
    """When it was proven; None where it is with each request."""
    generation: int = 0
    """For an account here: how often all its sessions had been ended when this was proven."""
