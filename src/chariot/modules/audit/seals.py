"""What is signed: the head of each organisation's log, and checkpoints of it.

The head is replaced with each batch, so that a tail that was cut off is missed at once. Checkpoints stay: each names
the one before it, and the head names the last, so that none can go unseen. A copy of a checkpoint that is kept
elsewhere shows whether a log was put back to what it was before.
"""

from collections.abc import Iterable
from hashlib import sha256
from typing import Annotated, TypeVar

import msgspec

from chariot.errors import InvalidError
from chariot.model.keys import Organisation
from chariot.modules.audit.chain import GENESIS

Count = Annotated[int, msgspec.Meta(ge=0, le=2**62)]
Hex = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]


class Signed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A text, and who signed it."""

    body: Annotated[str, msgspec.Meta(max_length=10_000)]
    key: Annotated[str, msgspec.Meta(max_length=64)]
    """The public key in hexadecimal."""
    signature: Annotated[str, msgspec.Meta(max_length=128)]

    @property
    def digest(self) -> str:
        """What the next checkpoint names this one by."""
        return sha256(self.body.encode()).hexdigest()


class Head(msgspec.Struct, frozen=True, kw_only=True, tag="head", forbid_unknown_fields=True):
    """Where the log of one organisation begins and ends now."""

    organisation: Organisation
    start: Count = 0
    """The number of the last entry that retention took away; the first that is kept is the next."""
    start_hash: Hex = GENESIS.hex()
    sequence: Count = 0
    """The number of the last entry."""
    hash: Hex = GENESIS.hex()
    at_us: Count = 0
    checkpoint: Count = 0
    """The number of the entry at which the last checkpoint stands; 0 while there is none."""
    checkpoint_digest: str = ""
    checkpoint_at_us: Count = 0


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True, tag="checkpoint", forbid_unknown_fields=True):
    """How far the log of one organisation was at a moment."""

    organisation: Organisation
    sequence: Count
    hash: Hex
    at_us: Count
    previous: str = ""
    """The digest of the checkpoint before; empty for the first."""


Sealed = TypeVar("Sealed", Head, Checkpoint)


def misplaced(numbered: Iterable[tuple[int, Signed]]) -> list[int]:
    """Return those numbers, beside heads and checkpoints, that are not the ones that were signed.

    A head stands at where its log begins. What is neither says nothing here: its signature does.
    """
    wrong = []
    for number, signed in numbered:
        try:
            sealed = msgspec.json.decode(signed.body, type=Head | Checkpoint)
        except msgspec.DecodeError:
            continue
        if number != (sealed.start if isinstance(sealed, Head) else sealed.sequence):
            wrong.append(number)
    return wrong


def body_of(sealed: Head | Checkpoint) -> bytes:
    """Return the bytes that are signed."""
    return msgspec.json.encode(sealed)


def opened(signed: Signed, kind: type[Sealed]) -> Sealed:
    """Return what was signed, without looking at the signature.

    Raises:
        InvalidError: it is nothing of that *kind*.
    """
    try:
        return msgspec.json.decode(signed.body, type=kind)
    except msgspec.DecodeError as error:
        raise InvalidError(f"is no {kind.__name__.lower()}: {error}", place="body") from None
