"""Servers by name, each with its token: a file of the user's own that nobody else may read."""

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec

from chariot_client.problems import ChariotError

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows: there the last one to write is the one
    fcntl = None  # type: ignore[assignment]  # as the module that is not there

SERVER_VARIABLE = "CHARIOT_SERVER"
TOKEN_VARIABLE = "CHARIOT_TOKEN"  # noqa: S105 - the name of a variable
PROFILE_VARIABLE = "CHARIOT_PROFILE"


class ProfileError(ChariotError):
    """The file of profiles cannot be used, or has no such profile."""


class UnknownProfileError(ProfileError):
    """No profile has that name."""


class Renewal(msgspec.Struct, frozen=True, kw_only=True):
    """How a token of an issuer is renewed. Source: RFC 6749, section 6."""

    endpoint: str
    """The issuer's address for tokens."""
    client_id: str
    refresh_token: str
    expires_at: float
    """When the token ends, in seconds since 1970."""


class Profile(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One server."""

    server: str
    token: str
    organisation: str = ""
    """Asked for with each request; empty is the token's own."""
    renewal: Renewal | None = None
    """None for a token that lasts until the server ends it."""


class _Kept(msgspec.Struct, kw_only=True):
    used: str = ""
    profiles: dict[str, Profile] = {}


def profiles_file(environment: Mapping[str, str] = os.environ) -> Path:
    """Return where profiles are kept: `chariot/profiles.json` in the user's folder for configuration."""
    folder = environment.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(folder) / "chariot" / "profiles.json"


class Profiles:
    """The profiles of one file. Reading a file that is not there finds none."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file or profiles_file()

    @property
    def used(self) -> str:
        """The name of the profile that is used when none is named; empty when there is none."""
        return self._read().used

    def all(self) -> dict[str, Profile]:
        """Return the profiles by name."""
        return dict(sorted(self._read().profiles.items()))

    def get(self, name: str) -> Profile:
        """Return one profile.

        Raises:
            UnknownProfileError: there is none of that name.
        """
        found = self._read().profiles.get(name)
        if found is None:
            raise UnknownProfileError(f"there is no profile {name[:80]!r}")
        return found

    def put(self, name: str, profile: Profile) -> None:
        """Keep *profile*, and use it from now on."""
        with self._turn("writing"):
            kept = self._read()
            self._write(_Kept(used=name, profiles={**kept.profiles, name: profile}))

    def replace(self, name: str, profile: Profile) -> None:
        """Keep *profile* in the place of the one called *name*, and use what is used."""
        with self._turn("writing"):
            kept = self._read()
            self._write(_Kept(used=kept.used, profiles={**kept.profiles, name: profile}))

    def use(self, name: str) -> None:
        """Use the profile *name* from now on; an empty name uses none.

        Raises:
            UnknownProfileError: there is none of that name.
        """
        with self._turn("writing"):
            if name:
                self.get(name)
            self._write(_Kept(used=name, profiles=self._read().profiles))

    def remove(self, name: str) -> None:
        """Forget a profile with its token.

        Raises:
            UnknownProfileError: there is none of that name.
        """
        with self._turn("writing"):
            self.get(name)
            kept = self._read()
            rest = {key: value for key, value in kept.profiles.items() if key != name}
            self._write(_Kept(used="" if kept.used == name else kept.used, profiles=rest))

    @contextmanager
    def renewing(self) -> Iterator[None]:
        """Let one process at a time renew tokens: an issuer takes a token for renewal that comes twice for stolen."""
        with self._turn("renewing"):
            yield

    @contextmanager
    def _turn(self, what: str) -> Iterator[None]:
        try:
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = (self._file.parent / f".profiles.{what}").open("a")
        except OSError as error:
            raise ProfileError(f"cannot write beside {self._file}: {error.strerror}") from error
        with lock:
            if fcntl is not None:
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _read(self) -> _Kept:
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=_Kept)
        except FileNotFoundError:
            return _Kept()
        except OSError as error:
            raise ProfileError(f"cannot read {self._file}: {error.strerror}") from error
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ProfileError(f"{self._file} is not a file of profiles: {error}") from error

    def _write(self, kept: _Kept) -> None:
        """Replace the file as a whole; from its first byte on, nobody else may read it."""
        text = json.dumps(msgspec.to_builtins(kept), indent=2) + "\n"
        try:
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # A temporary file is readable by its owner alone.
            handle, written = tempfile.mkstemp(dir=self._file.parent, prefix=".profiles.")
            with os.fdopen(handle, "w") as stream:
                stream.write(text)
            Path(written).replace(self._file)
        except OSError as error:
            raise ProfileError(f"cannot write {self._file}: {error.strerror}") from error


def chosen_server(
    server: str | None,
    token: str | None,
    profile: str | None,
    *,
    environment: Mapping[str, str] = os.environ,
    profiles: Profiles | None = None,
) -> Profile:
    """Return the server to talk to: the arguments first, then the environment, then the profile.

    A token that is kept for one server is never sent to another.

    Raises:
        ProfileError: no server or no token is known, or the profile is not there.
    """
    kept = profiles or Profiles(profiles_file(environment))
    name = profile or ("" if server else environment.get(PROFILE_VARIABLE, ""))
    if name:
        found = kept.get(name)
        return Profile(server=found.server, token=token or found.token, organisation=found.organisation)
    address = server or environment.get(SERVER_VARIABLE, "")
    if not address:
        if not kept.used:
            raise ProfileError(f"no server is known: name one, set {SERVER_VARIABLE}, or `chariot login`")
        found = kept.get(kept.used)
        return Profile(server=found.server, token=token or found.token, organisation=found.organisation)
    said = token or environment.get(TOKEN_VARIABLE, "")
    same = next((one for one in kept.all().values() if _same(one.server, address)), None)
    if not said and same is None:
        raise ProfileError(
            f"no token is known for {address}: give one, set {TOKEN_VARIABLE}, or `chariot login`"
        )
    return Profile(
        server=address,
        token=said or (same.token if same else ""),
        organisation=same.organisation if same else "",
    )


def _same(one: str, other: str) -> bool:
    return one.rstrip("/").lower() == other.rstrip("/").lower()
