"""Which entity an item of JSON is about, read from its identity fields alone."""

from collections.abc import Callable
from operator import attrgetter, call
from typing import Any, Union

import msgspec

from chariot.model.base import Entity
from chariot.model.keys import Key
from chariot.model.registry import KINDS


def _identity_of(cls: type[Entity]) -> type[msgspec.Struct]:
    """Return a struct of the identity fields of *cls*; whatever else an item states is passed over."""
    return msgspec.defstruct(
        f"{cls.__name__}Identity",
        [(spec.name, spec.type) for spec in cls.specs if spec.mark.identity],
        tag_field="kind",
        tag=cls.kind,
        frozen=True,
        gc=False,
    )


def _key_reader(cls: type[Entity]) -> Callable[[Any], Key]:
    """Return the function that gives the key for an identity, checked and made canonical."""
    specs = [spec for spec in cls.specs if spec.mark.identity]
    read = attrgetter(*(spec.name for spec in specs))
    write = cls.write_key
    if len(specs) == 1:
        check = specs[0].check
        return lambda identity: write(check(read(identity)))
    checks = [spec.check for spec in specs]
    return lambda identity: write(*map(call, checks, read(identity)))


_IDENTITIES = {_identity_of(cls): _key_reader(cls) for cls in KINDS.values()}
_decode = msgspec.json.Decoder(Union[tuple(_IDENTITIES)]).decode  # noqa: UP007 - made of a list


def key_in(item: Any) -> Key:
    """Return the key of the entity that *item*, JSON, states; its other fields are not looked at.

    Raises:
        msgspec.DecodeError: it is of no kind, or states no identity.
        ValueError: its identity is wrong.
    """
    identity = _decode(item)
    return _IDENTITIES[type(identity)](identity)
