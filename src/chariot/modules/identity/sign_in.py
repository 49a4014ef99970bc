"""Signing in with an account of this installation: password, second factor, passkey, invitation."""

import hashlib
import time
from base64 import urlsafe_b64decode
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import msgspec

from chariot.errors import ConflictError, InvalidError
from chariot.model.keys import Organisation
from chariot.modules.identity.events import Events, Visit
from chariot.modules.identity.factors import step_of, without_recovery_code
from chariot.modules.identity.identity import Identity
from chariot.modules.identity.passwords import Hasher, check_password
from chariot.modules.identity.people import SUBJECT, People, Person
from chariot.modules.identity.ports import Passkeys
from chariot.modules.identity.proof import UnprovenError
from chariot.modules.identity.throttle import SlowDownError, Throttle, wait_after

FREE_BY_PAIR: Final = 5
"""Failures of one account from one address before it waits …"""
FREE_BY_ACCOUNT: Final = 20
"""… of one account, from wherever …"""
FREE_BY_ADDRESS: Final = 50
"""… and from one address, for whatever account: spraying."""
_ATTEMPTS: Final = 10
"""How often an account may change while an attempt at it is looked at."""
_WRONG: Final = "the user name, the password or the code is wrong"

Names = tuple[str, str]
"""Under which failures count here: of one account from one address, and of that address."""


class FactorNeededError(UnprovenError):
    """The password is right, and one more factor is asked for; `ways` names those there are."""

    def __init__(self, ways: tuple[str, ...]) -> None:
        super().__init__("factor", "a second factor is needed")
        self.ways = ways


class Passkey(msgspec.Struct, frozen=True):
    """One passkey of an account."""

    id: str
    public_key: str
    count: int
    label: str

    @classmethod
    def read(cls, text: str) -> "Passkey":
        """Return the passkey that `written` wrote."""
        id_, public_key, count, label = text.split(" ", 3)
        return cls(id_, public_key, int(count), label)

    def written(self) -> str:
        """Return it as it is kept."""
        return f"{self.id} {self.public_key} {self.count} {self.label}"


class SignIn:
    """Proves people by what they know and have."""

    def __init__(
        self,
        people: People,
        hasher: Hasher,
        passkeys: Passkeys | None = None,
        *,
        events: Events | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._people = people
        self._hasher = hasher
        self._passkeys = passkeys
        self._events = events or Events()
        self.throttle = Throttle(clock=clock)

    async def with_password(self, name: str, password: str, code: str, visit: Visit) -> Identity:
        """Return who *name* is, proven by *password* and, where the account has a second factor, by *code*.

        Raises:
            FactorNeededError: the password is right, and there is no code.
            UnprovenError: something is wrong; not told what.
            SlowDownError: too many attempts failed.
        """
        names = await self._check_pace(name, visit)
        person = await self._people.find(name)
        with self._seen(person, names, visit):
            try:
                identity = await self._anew(
                    name, person, lambda present: self._by_password(present, names, password, code)
                )
            except FactorNeededError:
                raise
            except UnprovenError as error:
                await self._failed(person, names, error, visit)
                raise UnprovenError(error.reason, _WRONG) from None
        self.throttle.succeeded(names[0])
        return identity

    async def with_passkey(self, answer: Mapping[str, Any], challenge: bytes, visit: Visit) -> Identity:
        """Return whose passkey answered *challenge*.

        Raises:
            UnprovenError: none did.
            SlowDownError: too many attempts failed.
        """
        names = await self._check_pace("", visit)
        name = _user_of(answer)
        person = await self._people.find(name) if name else None
        with self._seen(person, names, visit):
            try:
                return await self._anew(
                    name, person, lambda present: self._by_passkey(present, answer, challenge)
                )
            except UnprovenError as error:
                await self._failed(person, names, error, visit)
                raise UnprovenError(error.reason, "the passkey is not known") from None

    async def with_invitation(self, name: str, code: str, password: str, visit: Visit) -> Identity:
        """Set the first or a new password by the code of an invitation; return who has it now.

        Raises:
            UnprovenError: the code is wrong, used or too old.
            InvalidError: the password is not one that may be set.
            SlowDownError: too many attempts failed.
        """
        names = await self._check_pace(name, visit)
        person = await self._people.find(name)
        with self._seen(person, names, visit):
            try:
                identity = await self._anew(
                    name, person, lambda present: self._by_invitation(present, code, password)
                )
            except UnprovenError as error:
                await self._failed(person, names, error, visit)
                raise UnprovenError(error.reason, "the invitation is not known, or was used") from None
        assert person is not None  # Nobody else was invited.
        await self._events.done("account:password", visit, person.subject, object_=person.user.key)
        if person.has_factor:
            raise FactorNeededError(ways_of(person))
        return identity

    async def password_fields(self, person: Person, password: str) -> dict[str, Any]:
        """Return what is written for a new password.

        Raises:
            InvalidError: it is not one that may be set.
        """
        words = [person.user.id, person.user.label, person.user.home]
        text = check_password(password, has_factor=person.has_factor, context=words)
        return {"password": await self._hasher.hash(text), "password_at": self._people.now()}

    async def confirms(self, person: Person, password: str) -> bool:
        """Tell whether *password* is the one of *person*; failures count.

        Raises:
            SlowDownError: too many attempts failed.
        """
        self._check_pace_of(person)
        right = await self._hasher.verify(person.secret("password"), password)
        if right:
            self._check_pace_of(await self._people.find(person.user.id))
        else:
            await self._count(person)
        return right

    async def _check_pace(self, name: str, visit: Visit) -> Names:
        names = (f"{_short(name)} {visit.address}", f"address {visit.address}")
        try:
            self._check_names(names)
        except SlowDownError:
            if self.throttle.tells(names[0]):
                self._slowed(await self._people.find(name) if name else None, visit)
            raise
        return names

    def _check_names(self, names: Names) -> None:
        self.throttle.check((names[0], FREE_BY_PAIR), (names[1], FREE_BY_ADDRESS))

    @contextmanager
    def _seen(self, person: Person | None, names: Names, visit: Visit) -> Iterator[None]:
        """Tell of what is slowed inside."""
        try:
            yield
        except SlowDownError:
            if self.throttle.tells(names[0]):
                self._slowed(person, visit)
            raise

    def _slowed(self, person: Person | None, visit: Visit) -> None:
        """Tell of an attempt that was not looked at: whoever goes on hammering is seen, too."""
        known = person.user.key if person is not None else ""
        self._events.refused("session:begin", visit, UnprovenError("slowed"), object_=known)

    def _check_pace_of(self, person: Person | None) -> None:
        """Let an attempt at an account pass; its count is kept with it, so that a restart forgives nothing."""
        if person is None or person.user.failed_at is None:
            return
        gone_s = (self._people.now() - person.user.failed_at).total_seconds()
        wait_s = wait_after(person.user.failures, FREE_BY_ACCOUNT) - gone_s
        if wait_s > 0:
            raise SlowDownError("too many attempts failed; wait", retry_after_s=wait_s)

    async def _anew(
        self, name: str, person: Person | None, attempt: Callable[[Person | None], Awaitable[Identity]]
    ) -> Identity:
        """Return what *attempt* says of an account, of the account as it is then where it changed meanwhile.

        So a code counts once, also when it comes twice at the same moment, and a failure of somebody else at that
        moment keeps nobody out.
        """
        for number in range(_ATTEMPTS):
            try:
                return await attempt(person)
            except ConflictError:
                person = await self._people.find(name)
            except FactorNeededError:
                raise
            except UnprovenError:
                if number:
                    # It was right a moment ago, and somebody else was quicker with it.
                    raise UnprovenError("replayed") from None
                raise
        raise _too_fast()

    async def _by_password(self, person: Person | None, names: Names, password: str, code: str) -> Identity:
        self._check_pace_of(person)
        hashed = person.secret("password") if person is not None else ""
        right = await self._hasher.verify(hashed, password)
        # Others may have failed while this took its time: a burst learns no more than one after the other would.
        self._check_names(names)
        if person is None:
            raise UnprovenError("unknown")
        self._check_pace_of(await self._people.find(person.user.id))
        if not right:
            raise UnprovenError("wrong-secret")
        if person.user.suspended:
            raise UnprovenError("suspended")
        fields: dict[str, Any] = {}
        factors = 1
        if person.has_factor:
            fields, factors = self._second(person, code), 2
        if self._hasher.is_outdated(hashed):
            fields["password"] = await self._hasher.hash(password)
        await self._welcome(person, fields)
        return self._identity(person, factors)

    async def _by_invitation(self, person: Person | None, code: str, password: str) -> Identity:
        until = person.user.invited_until if person is not None else None
        is_right = (
            person is not None
            and until is not None
            and until > self._people.now()
            and bool(person.user.invitation)
            and person.secret("invitation") == code_digest(code)
            and not person.user.suspended
        )
        if person is None or not is_right:
            raise UnprovenError("wrong-secret")
        fields = await self.password_fields(person, password)
        # Whoever knew the password before is signed out.
        generation = person.user.generation + 1
        fields |= {"invitation": "", "invited_until": None, "failures": 0, "failed_at": None}
        fields["generation"] = generation
        await self._people.change(person, fields, actor=person.user.id, why="invitation", exactly=True)
        return msgspec.structs.replace(self._identity(person, 1), generation=generation)

    def _second(self, person: Person, code: str) -> dict[str, Any]:
        """Return what is written when *code* is a second factor."""
        if not code:
            raise FactorNeededError(ways_of(person))
        step = 0
        if person.user.totp:
            key, last = person.secret("totp"), person.user.totp_step
            step = step_of(key, code, self._people.now(), last=last)
        if step:
            return {"totp_step": step}
        rest = without_recovery_code(person.secret("recovery"), code)
        if rest is None:
            raise UnprovenError("factor")
        return {"recovery": rest}

    async def _by_passkey(
        self, person: Person | None, answer: Mapping[str, Any], challenge: bytes
    ) -> Identity:
        if person is None or self._passkeys is None:
            raise UnprovenError("unknown")
        kept = [Passkey.read(text) for text in person.user.passkeys]
        used = next((one for one in kept if one.id == answer.get("id")), None)
        if used is None:
            raise UnprovenError("unknown")
        count = self._passkeys.used(answer, challenge, used.public_key, used.count)
        if person.user.suspended:
            raise UnprovenError("suspended")
        renewed = msgspec.structs.replace(used, count=count)
        written = [(renewed if one is used else one).written() for one in kept]
        await self._welcome(person, {"passkeys": written})
        return self._identity(person, 2)

    async def _welcome(self, person: Person, fields: dict[str, Any]) -> None:
        """Write that somebody signed in.

        Raises:
            ConflictError: the account changed since it was read.
        """
        fields = {**fields, "signed_in_at": self._people.now(), "failures": 0, "failed_at": None}
        await self._people.change(person, fields, actor=person.user.id, exactly=True)

    async def _failed(self, person: Person | None, names: Names, error: UnprovenError, visit: Visit) -> None:
        self.throttle.failed(*names)
        if person is not None:
            await self._count(person)
        known = person.user.key if person is not None else ""
        self._events.refused("session:begin", visit, error, object_=known)

    async def _count(self, person: Person) -> None:
        """Count a failure: each once, also when several processes count at the same moment.

        Raises:
            SlowDownError: others have failed so often meanwhile that this attempt has to wait as well.
        """
        for _ in range(_ATTEMPTS):
            present = await self._people.get(person.user.id)
            self._check_pace_of(present)
            fields = {"failures": present.user.failures + 1, "failed_at": self._people.now()}
            try:
                await self._people.change(
                    present, fields, actor="sign-in", why="a failed attempt", exactly=True
                )
            except ConflictError:
                continue
            return
        raise _too_fast()

    def _identity(self, person: Person, factors: int) -> Identity:
        return Identity(
            subject=person.subject,
            name=person.user.id,
            home=Organisation(person.user.home),
            method="password",
            roles=person.user.roles,
            factors=factors,
            proven_at=self._people.now(),
            generation=person.user.generation,
        )


def _too_fast() -> SlowDownError:
    return SlowDownError("too many attempts at this account at the same moment; wait", retry_after_s=1.0)


def ways_of(person: Person) -> tuple[str, ...]:
    """Return the second factors that *person* has."""
    totp = ("code", "recovery") if person.user.totp else ()
    return (*totp, "passkey") if person.user.passkeys else totp


def code_digest(code: str) -> str:
    """Return what is kept of the code of an invitation, which is random and long."""
    return hashlib.sha256(code.strip().encode("utf-8", "surrogatepass")).hexdigest()


def _short(name: str) -> str:
    """Return a name as failures are counted under it; nobody fills the memory with long ones."""
    return hashlib.sha256(name.casefold().encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _user_of(answer: Mapping[str, Any]) -> str:
    """Return whose passkey *answer* says it is."""
    response = answer.get("response")
    handle = response.get("userHandle") if isinstance(response, dict) else None
    if not isinstance(handle, str) or len(handle) > 400:
        return ""
    try:
        return urlsafe_b64decode(handle + "=" * (-len(handle) % 4)).decode()
    except ValueError:
        return ""


def subject_name(subject: str) -> str:
    """Return the user name in a subject; empty when it is none of ours.

    Raises:
        InvalidError: the subject is not that of an account here.
    """
    if not subject.startswith(SUBJECT):
        raise InvalidError("only somebody with an account here has these; ask the issuer that signed you in")
    return subject.removeprefix(SUBJECT)
