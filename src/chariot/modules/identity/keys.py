"""API keys: made, verified, listed and taken back. Only a digest of the secret part is ever kept, sealed."""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from chariot.errors import ConfigurationError, InvalidError, NotFoundError
from chariot.model.keys import Key, Organisation
from chariot.model.kinds.access import ApiKey
from chariot.model.observations import Edit, Observations
from chariot.model.records import Record
from chariot.model.states import Status
from chariot.modules.access.permissions import check_permissions
from chariot.modules.identity.proof import UnprovenError
from chariot.modules.surface.service import SurfaceService

PREFIX: Final = "chariot_key."
"""Begins every key, so that scanners for leaked secrets recognise one."""
USED_EVERY: Final = timedelta(minutes=1)
"""How exact the moment of last use is: a key in use costs one small write in so long."""
_LONGEST: Final = 1_000
_CAPABILITY: Final = "api"


class Grant(msgspec.Struct, frozen=True):
    """What a valid key stands for."""

    organisation: Organisation
    id: str
    label: str
    permissions: tuple[str, ...]
    networks: tuple[str, ...] = ()
    """The networks that it may be used from; none is no such limit."""


class ApiKeys:
    """What people do with API keys, and whose key a token is."""

    def __init__(
        self,
        surface: SurfaceService,
        *,
        reveal: Callable[[Organisation, str], str] = lambda _, text: text,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """*reveal* opens what the surface sealed; see `Vault.open`."""
        self._surface = surface
        self._reveal = reveal
        self._now = now

    async def mint(
        self,
        organisation: Organisation,
        label: str,
        permissions: Sequence[str],
        *,
        expires_at: datetime | None,
        actor: str,
        networks: Sequence[str] = (),
    ) -> tuple[Record, str]:
        """Make a key; return its record, and the key, which nobody is told a second time.

        Raises:
            InvalidError: it has no permission, or one that there is not, or would have ended already.
        """
        if not permissions:
            raise InvalidError("names no permission", place="permissions")
        check_permissions(permissions, place="permissions")
        if expires_at is not None and expires_at <= self._now():
            raise InvalidError("lies in the past", place="expires_at")
        secret = secrets.token_urlsafe(32)
        try:
            key = ApiKey(
                id=secrets.token_hex(8),
                label=label,
                permissions=tuple(permissions),
                expires_at=expires_at,
                networks=tuple(networks),
                digest=_digest(secret),
            )
        except ValueError as error:
            place, _, text = str(error).partition(": ")
            raise InvalidError(text, place=place) from None
        await self._surface.edit(organisation, [Edit(actor=actor, entity=key, status=Status.ACTIVE)])
        place = urlsafe_b64encode(organisation.encode()).decode().rstrip("=")
        return await self._record(organisation, key.key), f"{PREFIX}{place}.{key.id}.{secret}"

    async def revoke(self, organisation: Organisation, key_id: str, *, actor: str, why: str = "") -> Record:
        """Take the key *key_id* back for good; return it as it is then.

        Raises:
            NotFoundError: there is no such key.
        """
        try:
            key = ApiKey(id=key_id).key
        except ValueError:
            raise NotFoundError(f"no key is called {key_id[:40]!r}") from None
        edit = Edit(actor=actor, why=why, key=key, fields={"revoked": True}, status=Status.GONE)
        await self._record(organisation, key)
        await self._surface.edit(organisation, [edit])
        return await self._record(organisation, key)

    async def verify(self, token: str) -> Grant | None:
        """Return what *token* stands for; None when nobody ever had it.

        Raises:
            UnprovenError: somebody had it: it has ended, or was taken back.
        """
        parts = _parts(token)
        if parts is None:
            return None
        organisation, place, secret = parts
        record = (await self._surface.store.get(organisation, [place])).get(place)
        now = self._now()
        key = record.entity if record is not None else None
        if (
            record is None
            or not isinstance(key, ApiKey)
            or not self._opens(record, key, organisation, secret)
        ):
            return None
        # Whoever has the secret once had the key: that it is used again is worth to be told.
        if key.revoked or record.status is not Status.ACTIVE:
            raise UnprovenError("revoked")
        if key.expires_at is not None and key.expires_at <= now:
            raise UnprovenError("expired")
        if now - record.visited >= USED_EVERY:
            await self._used(organisation, key.id, now)
        return Grant(organisation, key.id, key.label, key.permissions, key.networks)

    def _opens(self, record: Record, key: ApiKey, organisation: Organisation, secret: str) -> bool:
        if record.organisation != organisation or not key.digest:
            return False
        try:
            kept = self._reveal(organisation, key.digest)
        except ConfigurationError:
            # The organisation left and took what sealed it along: nothing opens any more.
            return False
        return hmac.compare_digest(kept, _digest(secret))

    async def _used(self, organisation: Organisation, key_id: str, now: datetime) -> None:
        seen = Observations(capability=_CAPABILITY, seen_at=now, entities=(ApiKey(id=key_id),))
        await self._surface.observe(organisation, seen)

    async def _record(self, organisation: Organisation, key: Key) -> Record:
        record = (await self._surface.store.get(organisation, [key])).get(key)
        if record is None:
            raise NotFoundError(f"no key is called {key.rpartition('#')[2][:40]!r}")
        return record


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _parts(token: str) -> tuple[Organisation, Key, str] | None:
    """Return whose key it says it is, where that key stands, and its secret part."""
    if not token.startswith(PREFIX) or len(token) > _LONGEST or not token.isascii():
        return None
    organisation, _, rest = token.removeprefix(PREFIX).partition(".")
    key_id, _, secret = rest.partition(".")
    try:
        name = urlsafe_b64decode(organisation + "=" * (-len(organisation) % 4)).decode()
        place = ApiKey(id=key_id).key
    except ValueError:
        return None
    return (Organisation(name), place, secret) if name and secret else None
