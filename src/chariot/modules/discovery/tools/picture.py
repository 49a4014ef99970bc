"""A picture that a program wrote: looked at as little as possible, and kept as a file."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from chariot.capability import CannotRunError, Found, Kept
from chariot.model.keys import Key
from chariot.model.kinds.work import Attribute
from chariot.model.relationships import Relationship, RelationshipType

_PNG = b"\x89PNG\r\n\x1a\n"


def picture_of(target: Key, output: Path) -> Kept:
    """Return the PNG in *output* as the file that is kept of *target*: one, in which the newest stands.

    Raises:
        CannotRunError: the program wrote none.
    """
    # A program may make whatever it likes in its folder: a link would make us read a file of ours.
    data = output.read_bytes() if output.is_file() and not output.is_symlink() else b""
    if not data.startswith(_PNG):
        raise CannotRunError("it wrote no picture")
    return Kept(f"pictures/{hashlib.sha256(target.encode()).hexdigest()[:32]}.png", "image/png", data)


def named_by(target: Key, label: str, kept: Kept) -> Iterator[Found]:
    """Yield the attribute by which *target* names the file."""
    found = Attribute(owner=target, label=label, value=kept.path)
    yield found
    yield Relationship(RelationshipType.HAS_ATTRIBUTE, target, found.key)
