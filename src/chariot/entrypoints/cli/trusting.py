"""Whose signatures a command believes: this installation's, or those of the server that is meant."""

from pathlib import Path

from chariot.bootstrap.auditing import public_key
from chariot.entrypoints.cli.invocation import Invocation


def signing_key(invocation: Invocation) -> str:
    """Return the public key that signs the audit log and exports of the journal, in hexadecimal."""
    if not invocation.is_remote:
        return public_key(invocation.settings().home_path)
    told = invocation.at_server(
        lambda remote: remote.connection.call(dict[str, str], "GET", "/api/v1/audit/key")
    )
    return told["key"]


def trust_of(invocation: Invocation, keys: tuple[str, ...]) -> tuple[Path, tuple[str, ...]]:
    """Return what an export is verified with: *keys*, else the server's, else what the data folder trusts."""
    if keys:
        return Path(), keys
    if invocation.is_remote:
        return Path(), (signing_key(invocation),)
    return invocation.settings().home_path, ()
