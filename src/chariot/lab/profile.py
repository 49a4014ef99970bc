"""What a scan of the lab needs to know, as a value and as the file `lab.toml`."""

import json
from pathlib import Path

import msgspec

from chariot.errors import ConfigurationError, NotFoundError

PROFILE_FILE = "lab.toml"
AUTHORITY_FILE = "lab-ca.pem"
PACKETS_PER_S = 3_000
PACKETS_PER_TARGET_PER_S = 1_000


class LabProfile(msgspec.Struct, frozen=True, kw_only=True):
    """Where a running lab is, and from what a scan of it starts."""

    seeds: tuple[str, ...]
    resolver: str
    """Address and port of the name server to ask, as `address:port`."""
    ports: tuple[int, ...]
    """TCP ports to probe, ascending."""
    ca_file: Path
    """Certificate authority that HTTPS clients of the lab trust, as PEM."""
    port_offset: int = 0
    """By how much the lab's ports are moved; its truth moves with them."""
    size: int = 0
    """How many hosts the made-up internet has; 0 is the small perimeter."""


def write_profile(profile: LabProfile, folder: Path) -> Path:
    """Write *profile* into *folder* as `lab.toml`; return the file's path.

    Raises:
        ConfigurationError: the file cannot be written.
    """
    path = folder / PROFILE_FILE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(profile_toml(profile), encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"the lab cannot write {path}: {error.strerror}") from error
    return path


def read_profile(path: Path) -> LabProfile:
    """Return the profile in the file *path*; tables and settings of others in it are left alone.

    Raises:
        NotFoundError: there is no such file.
        ConfigurationError: it is not a lab's profile.
    """
    try:
        stored = msgspec.toml.decode(path.read_bytes())
        lab = stored.pop("lab", {})
        return msgspec.convert({**stored, **lab}, LabProfile, dec_hook=_from_text)
    except FileNotFoundError as error:
        raise NotFoundError(f"no lab profile at {path}: start one with `chariot lab`") from error
    except (OSError, msgspec.MsgspecError, AttributeError, TypeError, ValueError) as error:
        raise ConfigurationError(f"{path} is not a lab profile: {error}") from error


def profile_toml(profile: LabProfile) -> str:
    """Return *profile* as TOML."""
    return (
        "# The running lab: scan it with `chariot scan --config` and the path of this file.\n"
        f"seeds = {_strings(profile.seeds)}\n"
        f"resolver = {_string(profile.resolver)}\n"
        f"ports = {list(profile.ports)}\n"
        f"ca_file = {_string(str(profile.ca_file))}\n"
        # The pace that spares other people's machines would only make a scan of this one long.
        "\n[limits]\n"
        f"packets_per_s = {PACKETS_PER_S}\n"
        f"packets_per_target_per_s = {PACKETS_PER_TARGET_PER_S}\n"
        "\n[lab]\n"
        f"port_offset = {profile.port_offset}\n"
        f"size = {profile.size}\n"
    )


def _from_text(kind: type, value: object) -> object:
    """Return *value* as a path, the one type here that msgspec leaves to its caller."""
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise TypeError(f"expected {kind.__name__}, got {type(value).__name__}")


def _string(text: str) -> str:
    """Return *text* as a TOML string: JSON's escapes are TOML's, but for the delete character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _strings(texts: tuple[str, ...]) -> str:
    return "[" + ", ".join(map(_string, texts)) + "]"
