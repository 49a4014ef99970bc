"""What identity needs from outside, and what it gives to those who let requests in."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

import msgspec

from chariot.modules.identity.identity import Identity


class Prover(Protocol):
    """Tells whose a token is."""

    async def prove(self, token: str) -> Identity:
        """Return who *token* stands for.

        Raises:
            UnprovenError: it stands for nobody, or does so no more.
            UnavailableError: who could tell is away.
        """
        ...


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """A sign-in at an issuer, on its way."""

    location: str
    """Where the browser goes."""
    state: str
    """What the browser keeps until it comes back; nobody else can read or make it."""


class Issuer(Protocol):
    """One issuer of OpenID Connect."""

    @property
    def name(self) -> str:
        """What the settings call it."""
        ...

    @property
    def title(self) -> str:
        """What people call it."""
        ...

    @property
    def url(self) -> str:
        """Its identifier, as its tokens state it."""
        ...

    @property
    def cli_client(self) -> str:
        """The public client by which command lines sign in; empty where there is none."""
        ...

    @property
    def audience(self) -> str:
        """Whom its access tokens are for; empty where none are taken."""
        ...

    async def prove(self, token: str) -> Identity:
        """See `Prover.prove`."""
        ...

    async def begin(self, redirect: str) -> tuple[str, Mapping[str, str]]:
        """Return where a browser signs in, and what has to be remembered until it comes back to *redirect*.

        Raises:
            UnavailableError: the issuer is away.
        """
        ...

    async def finish(self, code: str, redirect: str, remembered: Mapping[str, str]) -> Identity:
        """Return who came back with *code*.

        Raises:
            UnprovenError: the code or what came for it proves nobody.
            UnavailableError: the issuer is away.
        """
        ...


class Passkeys(Protocol):
    """Challenges for passkeys, and what answers them. Source: W3C Web Authentication, level 2."""

    def to_add(self, user: str, label: str, known: Sequence[str]) -> tuple[dict[str, Any], bytes]:
        """Return what a browser makes a new passkey by, and the challenge in it."""
        ...

    def added(self, answer: Mapping[str, Any], challenge: bytes) -> tuple[str, str, int]:
        """Return id, public key and count of a new passkey.

        Raises:
            UnprovenError: *answer* is none to *challenge*.
        """
        ...

    def to_use(self) -> tuple[dict[str, Any], bytes]:
        """Return what a browser signs in by, and the challenge in it."""
        ...

    def used(self, answer: Mapping[str, Any], challenge: bytes, public_key: str, count: int) -> int:
        """Return the new count of the passkey that answered *challenge*.

        Raises:
            UnprovenError: it did not.
        """
        ...


class LiveSession(msgspec.Struct, frozen=True, kw_only=True):
    """One session, as its owner and administrators see it."""

    id: str
    use: str
    subject: str
    name: str
    home: str
    method: str
    factors: int
    began_at: datetime | None
    used_at: datetime
    ends_at: datetime | None
    address: str
    agent: str
