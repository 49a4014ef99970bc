"""Second factors: codes of an authenticator, and the codes on paper that stand in for it."""

import hashlib
import hmac
import secrets
from datetime import datetime
from typing import Final

import pyotp

STEP_S: Final = 30
_SKEW_STEPS: Final = 1
"""A code holds one step longer and one step earlier: clocks of phones differ. Source: RFC 6238, section 5.2."""
_RECOVERY_CODES: Final = 10
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
_RECOVERY_LETTERS: Final = 16


def new_key() -> str:
    """Return a key for an authenticator, in base 32."""
    return pyotp.random_base32()


def address_of(key: str, user: str, service: str = "Chariot") -> str:
    """Return the address that authenticators read from a picture."""
    return pyotp.TOTP(key).provisioning_uri(name=user, issuer_name=service)


def step_of(key: str, code: str, now: datetime, *, last: int) -> int:
    """Return the time step that *code* belongs to, 0 when it is wrong, or not newer than the step *last*."""
    digits = code.replace(" ", "")
    if len(digits) != 6 or not (digits.isascii() and digits.isdecimal()):
        return 0
    maker = pyotp.TOTP(key, interval=STEP_S)
    present = int(now.timestamp()) // STEP_S
    found = 0
    for step in range(present - _SKEW_STEPS, present + _SKEW_STEPS + 1):
        if hmac.compare_digest(maker.generate_otp(step), digits) and step > last:
            found = step
    return found


def new_recovery_codes() -> tuple[list[str], str]:
    """Return codes for a sheet of paper, and what is kept of them."""
    codes = [
        "".join(secrets.choice(_LETTERS) for _ in range(_RECOVERY_LETTERS)) for _ in range(_RECOVERY_CODES)
    ]
    written = ["-".join(code[at : at + 4] for at in range(0, _RECOVERY_LETTERS, 4)) for code in codes]
    return written, ",".join(map(_digest, codes))


def without_recovery_code(kept: str, code: str) -> str | None:
    """Return what is kept when *code* is used up; None when it is none of them."""
    digest = _digest(code.casefold().replace("-", "").replace(" ", ""))
    digests = kept.split(",") if kept else []
    rest = [one for one in digests if not hmac.compare_digest(one, digest)]
    return ",".join(rest) if len(rest) < len(digests) else None


def _digest(code: str) -> str:
    # They are random and long, so that a plain digest keeps them as well as a slow one.
    return hashlib.sha256(code.encode()).hexdigest()
