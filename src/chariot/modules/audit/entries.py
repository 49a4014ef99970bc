"""One entry of the audit log, as those who have something to tell write it."""

from collections.abc import Mapping
from enum import Enum

import msgspec

from chariot.model.keys import Organisation


class Ending(Enum):
    """How something ended."""

    ALLOWED = "allowed"
    REFUSED = "refused"
    """It was not permitted, or the one who asked could not prove who they are."""
    FAILED = "failed"
    """It was permitted, and did not work."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody did or tried. The log itself adds the moment, the number, and the hash of what came before."""

    organisation: Organisation
    """Whose data it was about; `SYSTEM` for what is about the installation, such as a sign-in that failed."""
    actor: str
    """The subject of the identity; empty when nobody was known."""
    action: str
    """Resource and verb, such as `risks:write`, `session:begin` or `audit:export`."""
    object: str = ""
    """Key or path of what it was done to."""
    ending: Ending = Ending.ALLOWED
    address: str = ""
    """Where the request came from."""
    request_id: str = ""
    before: str = ""
    """SHA-256 of what was there before, as stored; empty where nothing was changed."""
    after: str = ""
    details: Mapping[str, str] = {}
    """A few short facts; never a secret, never personal data beyond the actor."""
