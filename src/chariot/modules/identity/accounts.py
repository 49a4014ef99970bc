"""Accounts: made and ended by administrators, their factors set by their owners."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from chariot.errors import InvalidError, NotFoundError, UnavailableError
from chariot.model.keys import Organisation
from chariot.model.kinds.identity import PASSKEYS_LIMIT
from chariot.model.states import Status
from chariot.modules.identity.events import NOWHERE, Events, Visit
from chariot.modules.identity.factors import address_of, new_key, new_recovery_codes, step_of
from chariot.modules.identity.identity import Identity
from chariot.modules.identity.passwords import SHORTEST_ALONE, normalised
from chariot.modules.identity.people import People, Person, checked
from chariot.modules.identity.ports import Passkeys
from chariot.modules.identity.proof import UnprovenError
from chariot.modules.identity.sessions import Sessions
from chariot.modules.identity.sign_in import Passkey, SignIn, code_digest, subject_name
from chariot.modules.surface.query import Page

INVITED_FOR: Final = timedelta(days=3)
"""How long the code of an invitation holds."""


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """An account as administrators see it."""

    user: str
    name: str
    home: str
    roles: tuple[str, ...]
    suspended: bool
    has_password: bool
    factors: tuple[str, ...]
    """`code` and `passkey`, those that are set up."""
    passkeys: tuple[str, ...]
    """Labels of the passkeys."""
    recovery_codes: int
    """How many are left."""
    invited_until: datetime | None
    signed_in_at: datetime | None
    failures: int
    """Failed attempts since the last success."""


class Accounts:
    """What administrators and owners do with accounts. Whoever calls has decided that they may."""

    def __init__(
        self,
        people: People,
        sessions: Sessions,
        sign_in: SignIn,
        passkeys: Passkeys | None = None,
        *,
        events: Events | None = None,
    ) -> None:
        self._people = people
        self._sessions = sessions
        self._sign_in = sign_in
        self._passkeys = passkeys
        self._events = events or Events()

    async def add(
        self,
        name: str,
        home: Organisation,
        *,
        label: str = "",
        roles: Sequence[str] = (),
        actor: str,
        visit: Visit = NOWHERE,
    ) -> tuple[Account, str]:
        """Make an account without a password; return it, and the code that sets one, told now and never again.

        Raises:
            ConflictError: there is one of that name.
            InvalidError: a name is wrong.
        """
        code = secrets.token_urlsafe(24)
        user = checked(
            id=name,
            label=label,
            home=home,
            roles=tuple(roles),
            invitation=code_digest(code),
            invited_until=self._people.now() + INVITED_FOR,
        )
        person = await self._people.create(user, actor=actor)
        await self._events.done(
            "users:add", visit, actor, object_=user.key, home=home, roles=" ".join(user.roles)
        )
        return account_of(person), code

    async def page(self, home: Organisation | None, *, limit: int = 100, cursor: str = "") -> Page[Account]:
        """Return the accounts of one organisation, or all, by name."""
        page = await self._people.page(home, limit=limit, cursor=cursor)
        return Page(tuple(map(account_of, page.items)), page.cursor)

    async def get(self, name: str, home: Organisation | None = None) -> Account:
        """Return one account.

        Raises:
            NotFoundError: there is none in that organisation.
        """
        return account_of(await self._people.get(name, home))

    async def change(
        self,
        name: str,
        home: Organisation | None,
        *,
        label: str | None = None,
        roles: Sequence[str] | None = None,
        suspended: bool | None = None,
        actor: str,
        why: str = "",
        visit: Visit = NOWHERE,
    ) -> Account:
        """Change what is stated; who is suspended is signed out everywhere."""
        person = await self._people.get(name, home)
        stated = {"label": label, "roles": roles, "suspended": suspended}
        fields = {key: value for key, value in stated.items() if value is not None}
        if fields:
            await self._people.change(person, fields, actor=actor, why=why)
        if suspended:
            await self._sessions.end_all(person.subject, actor=actor)
        told = {key: str(value)[:200] for key, value in fields.items() if key != "label"}
        await self._events.done("users:change", visit, actor, object_=person.user.key, **told)
        return await self.get(name)

    async def invite(
        self, name: str, home: Organisation | None, *, actor: str, visit: Visit = NOWHERE
    ) -> tuple[Account, str]:
        """Return an account, and a code by which its owner sets a new password; the old one holds until then."""
        person = await self._people.get(name, home)
        code = secrets.token_urlsafe(24)
        fields = {"invitation": code_digest(code), "invited_until": self._people.now() + INVITED_FOR}
        await self._people.change(person, fields, actor=actor)
        await self._events.done("users:invite", visit, actor, object_=person.user.key)
        return await self.get(name), code

    async def without_factors(
        self, name: str, home: Organisation | None, *, actor: str, visit: Visit = NOWHERE
    ) -> Account:
        """Take away all second factors of somebody who lost them, and the password with them."""
        person = await self._people.get(name, home)
        fields = {"totp": "", "totp_pending": "", "recovery": "", "passkeys": [], "password": ""}
        await self._people.change(person, fields, actor=actor)
        await self._sessions.end_all(person.subject, actor=actor)
        await self._events.done("users:factors-removed", visit, actor, object_=person.user.key)
        return await self.get(name)

    async def remove(
        self, name: str, home: Organisation | None, *, actor: str, why: str = "", visit: Visit = NOWHERE
    ) -> None:
        """End an account for good, with its sessions."""
        person = await self._people.get(name, home)
        fields = {spec.name: spec.default for spec in person.user.specs if spec.mark.secret}
        fields |= {"passkeys": [], "suspended": True, "roles": []}
        await self._people.change(person, fields, actor=actor, why=why, status=Status.GONE)
        await self._sessions.end_all(person.subject, actor=actor)
        await self._events.done("users:remove", visit, actor, object_=person.user.key)

    async def own(self, identity: Identity) -> Account:
        """Return the account of *identity*.

        Raises:
            InvalidError: they have none here.
        """
        return account_of(await self._owner(identity.subject))

    async def set_password(
        self, subject: str, present: str, password: str, *, session: str = "", visit: Visit = NOWHERE
    ) -> None:
        """Set another password; all other sessions end.

        Raises:
            UnprovenError: *present* is not the password now.
            InvalidError: *password* is not one that may be set.
        """
        person = await self._confirmed(subject, present)
        fields = await self._sign_in.password_fields(person, password)
        # Somebody may have taken the account's factors away since the present password was shown.
        await self._people.change(person, fields, actor=person.user.id, exactly=True)
        await self._sessions.end_all(person.subject, actor=person.user.id, but=session)
        await self._events.done("account:password", visit, person.subject, object_=person.user.key)

    async def begin_code(self, subject: str, present: str) -> tuple[str, str]:
        """Return the key of a new authenticator, and the address to show as a picture; `finish_code` adds it."""
        person = await self._confirmed(subject, present)
        key = new_key()
        await self._people.change(person, {"totp_pending": key}, actor=person.user.id)
        return key, address_of(key, person.user.id)

    async def finish_code(self, subject: str, code: str, *, visit: Visit = NOWHERE) -> list[str]:
        """Add the authenticator that shows *code*; return codes for paper, told now and never again.

        Raises:
            InvalidError: nothing was begun, or the code is not the one it shows now.
        """
        person = await self._owner(subject)
        pending = person.secret("totp_pending")
        step = step_of(pending, code, self._people.now(), last=0) if pending else 0
        if not step:
            raise InvalidError("is not what the authenticator shows now", place="code")
        codes, kept = new_recovery_codes()
        fields = {"totp": pending, "totp_pending": "", "totp_step": step, "recovery": kept}
        await self._people.change(person, fields, actor=person.user.id, exactly=True)
        await self._events.done(
            "account:factor-added", visit, person.subject, object_=person.user.key, factor="code"
        )
        return codes

    async def remove_code(self, subject: str, present: str, *, visit: Visit = NOWHERE) -> None:
        """Take the authenticator away; the password has to be long enough to stand alone then.

        Raises:
            InvalidError: it is not.
        """
        person = await self._confirmed(subject, present)
        if not person.user.passkeys and len(normalised(present)) < SHORTEST_ALONE:
            raise InvalidError(
                f"without a second factor the password needs {SHORTEST_ALONE} characters; set a longer one first",
                place="password",
            )
        fields = {"totp": "", "totp_pending": "", "recovery": ""}
        await self._people.change(person, fields, actor=person.user.id, exactly=True)
        await self._events.done(
            "account:factor-removed", visit, person.subject, object_=person.user.key, factor="code"
        )

    async def begin_passkey(self, subject: str, present: str) -> tuple[dict[str, Any], bytes]:
        """Return what a browser makes a passkey by, and the challenge in it."""
        person = await self._confirmed(subject, present)
        if len(person.user.passkeys) >= PASSKEYS_LIMIT:
            raise InvalidError(f"an account has at most {PASSKEYS_LIMIT} passkeys")
        known = [Passkey.read(text).id for text in person.user.passkeys]
        return self._authenticators.to_add(person.user.id, person.label, known)

    async def finish_passkey(
        self, subject: str, answer: Mapping[str, Any], challenge: bytes, label: str, *, visit: Visit = NOWHERE
    ) -> Account:
        """Add the passkey that answered *challenge*.

        Raises:
            UnprovenError: none did.
        """
        person = await self._owner(subject)
        id_, public_key, count = self._authenticators.added(answer, challenge)
        made = Passkey(id_, public_key, count, " ".join(label.split())[:100] or "passkey")
        fields = {"passkeys": [*person.user.passkeys, made.written()]}
        await self._people.change(person, fields, actor=person.user.id, exactly=True)
        await self._events.done(
            "account:factor-added", visit, person.subject, object_=person.user.key, factor="passkey"
        )
        return await self.get(person.user.id)

    async def remove_passkey(
        self, subject: str, present: str, label: str, *, visit: Visit = NOWHERE
    ) -> Account:
        """Take the passkeys called *label* away.

        Raises:
            NotFoundError: there is none.
        """
        person = await self._confirmed(subject, present)
        kept = [text for text in person.user.passkeys if Passkey.read(text).label != label]
        if len(kept) == len(person.user.passkeys):
            raise NotFoundError(f"no passkey is called {label[:80]!r}")
        if not kept and not person.user.totp and len(normalised(present)) < SHORTEST_ALONE:
            raise InvalidError(
                f"without a second factor the password needs {SHORTEST_ALONE} characters; set a longer one first",
                place="password",
            )
        await self._people.change(person, {"passkeys": kept}, actor=person.user.id, exactly=True)
        await self._events.done(
            "account:factor-removed", visit, person.subject, object_=person.user.key, factor="passkey"
        )
        return await self.get(person.user.id)

    @property
    def _authenticators(self) -> Passkeys:
        if self._passkeys is None:
            raise UnavailableError("this server knows no passkeys")
        return self._passkeys

    async def _owner(self, subject: str) -> Person:
        return await self._people.get(subject_name(subject))

    async def _confirmed(self, subject: str, present: str) -> Person:
        """Return the account of *subject*, whose owner has just shown the password again.

        Raises:
            UnprovenError: it is not the password.
        """
        person = await self._owner(subject)
        if not await self._sign_in.confirms(person, present):
            raise UnprovenError("wrong-secret", "the password is wrong")
        return person


def account_of(person: Person) -> Account:
    """Return an account as it is shown."""
    user = person.user
    recovery = person.secret("recovery")
    return Account(
        user=user.id,
        name=person.label,
        home=user.home,
        roles=user.roles,
        suspended=user.suspended,
        has_password=bool(user.password),
        factors=(*(("code",) if user.totp else ()), *(("passkey",) if user.passkeys else ())),
        passkeys=tuple(Passkey.read(text).label for text in user.passkeys),
        recovery_codes=len(recovery.split(",")) if recovery else 0,
        invited_until=user.invited_until,
        signed_in_at=user.signed_in_at,
        failures=user.failures,
    )
