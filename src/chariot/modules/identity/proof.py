"""When somebody cannot prove who they are. Callers are told little; the log is told why."""

from typing import Literal

from chariot.errors import DeniedError

Reason = Literal[
    "malformed",
    "too-long",
    "unknown",
    "wrong-secret",
    "expired",
    "not-yet-valid",
    "revoked",
    "idle",
    "suspended",
    "algorithm",
    "key",
    "signature",
    "issuer",
    "audience",
    "claims",
    "organisation",
    "purpose",
    "bound",
    "replayed",
    "address",
    "factor",
    "pending",
    "slowed",
]
"""Why a proof does not count, in one word."""


class UnprovenError(DeniedError):
    """What was shown does not prove who somebody is; `reason` is for the log, not for them."""

    def __init__(self, reason: Reason, message: str = "the token is not known") -> None:
        super().__init__(message)
        self.reason: Reason = reason
