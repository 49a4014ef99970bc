"""How records look in answers: flat, every field present, secrets never, built from the declarations of the kinds."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from operator import attrgetter
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from chariot.errors import InvalidError
from chariot.model.base import Entity
from chariot.model.records import Record
from chariot.model.registry import KINDS
from chariot.model.states import Source, Status, Surface

_HEAD: dict[str, Any] = {
    "key": Annotated[str, Meta(description="Natural key; the same for everybody who computes it")],
    "organisation": Annotated[str, Meta(description="Whose it is; `shared` is known to all")],
    "name": Annotated[str, Meta(description="What a person calls it", extra_json_schema={"x-outside": True})],
    "status": Annotated[Status, Meta(description="Lifecycle: whether it is on the surface")],
    "source": Annotated[Source, Meta(description="How it came to be known")],
    "surface": Annotated[Surface, Meta(description="From where it can be reached")],
    "origins": Annotated[tuple[str, ...], Meta(description="Capabilities and people that saw or made it")],
    "tags": Annotated[dict[str, str], Meta(description="Labels of the organisation's own")],
    "created": Annotated[datetime, Meta(description="First seen")],
    "visited": Annotated[datetime, Meta(description="Last seen")],
    "updated": Annotated[datetime, Meta(description="When this version became true")],
    "expires": Annotated[datetime | None, Meta(description="When silence makes it stale; null is never")],
    "revision": Annotated[int, Meta(description="Counts the versions; stands in the ETag")],
    "decided": Annotated[tuple[str, ...], Meta(description="Fields that a person decided")],
}
_SECRETS = Annotated[
    tuple[str, ...], Meta(description="Secret fields that hold a value; they are shown as null")
]
_EMPTY = ("", None)


class Shape:
    """How the records of one kind look."""

    def __init__(self, kind: str, cls: type[Entity]) -> None:
        self.kind = kind
        # A secret that is called so makes room for the list of those that are held, which says more than its null.
        specs = [spec for spec in cls.specs if not (spec.mark.secret and spec.name == "secret")]
        self.fields = ("kind", *_HEAD, *(spec.name for spec in specs))
        """Names that `fields=` takes, in the order of the answer."""
        secret = [spec.name for spec in cls.specs if spec.mark.secret]
        hints = dict(_HEAD)
        for spec in specs:
            hints[spec.name] = _shown_type(cls, spec.name, spec.mark.secret)
        if secret:
            hints["secret"] = _SECRETS
            self.fields = (*self.fields, "secret")
        self.type: type[msgspec.Struct] = msgspec.defstruct(
            f"{cls.__name__}Record",
            list(hints.items()),
            frozen=True,
            gc=False,
            tag=kind,
            tag_field="kind",
            module=__name__,
            namespace={"__doc__": cls.__doc__},
        )
        self._head = attrgetter(*_HEAD)
        self._facts = _facts_getter([spec.name for spec in cls.specs])
        self._names = [spec.name for spec in cls.specs]
        self._shown = [spec.name for spec in specs]
        self._secret = secret

    def of(self, record: Record) -> msgspec.Struct:
        """Return *record* as it is shown."""
        if not self._secret:
            return self.type(*self._head(record), *self._facts(record.entity))
        facts = self.facts(record.entity)
        return self.type(
            *self._head(record), *(facts[name] for name in self._shown), self._kept_back(record.entity)
        )

    def facts(self, entity: Entity) -> dict[str, Any]:
        """Return the facts of *entity* by name, its secrets as None."""
        facts = dict(zip(self._names, self._facts(entity), strict=True))
        return facts | dict.fromkeys(self._secret) if self._secret else facts

    def _kept_back(self, entity: Entity) -> tuple[str, ...]:
        return tuple(name for name in self._secret if getattr(entity, name) not in _EMPTY)


def _facts_getter(names: list[str]) -> Callable[[Entity], tuple[Any, ...]]:
    if len(names) > 1:
        return attrgetter(*names)
    one = attrgetter(names[0])
    return lambda entity: (one(entity),)


def _shown_type(cls: type[Entity], name: str, secret: bool) -> Any:
    if secret:
        return Annotated[None, Meta(description="Secret: never shown", extra_json_schema={"x-secret": True})]
    return cls.__annotations__[name]


SHAPES: dict[str, Shape] = {kind: Shape(kind, cls) for kind, cls in KINDS.items()}
"""The shape of each kind."""


def shown(record: Record) -> msgspec.Struct:
    """Return *record* as it is shown."""
    return SHAPES[record.kind].of(record)


def chosen_fields(text: str, kinds: Iterable[str]) -> tuple[str, ...]:
    """Return the fields that `fields=` names, or none when it is empty; the key is always among them.

    Raises:
        InvalidError: no record of *kinds* has such a field.
    """
    if not text:
        return ()
    known = list(dict.fromkeys(name for kind in kinds for name in SHAPES[kind].fields))
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in known:
            raise InvalidError(
                f"there is no field {name[:40]!r}; there are {', '.join(known)}", place="fields"
            )
    return tuple(dict.fromkeys(("key", *names)))


def sparse(record: Record, names: tuple[str, ...]) -> msgspec.Struct | Mapping[str, Any]:
    """Return *record* as it is shown, with *names* alone unless that is empty."""
    whole = shown(record)
    if not names:
        return whole
    return {
        name: record.kind if name == "kind" else getattr(whole, name)
        for name in names
        if name in SHAPES[record.kind].fields
    }


def plural(kind: str) -> str:
    """Return the noun that a list of *kind* stands under.

    >>> plural("vulnerability"), plural("address"), plural("apikey")
    ('vulnerabilities', 'addresses', 'apikeys')
    """
    if kind.endswith("y") and kind[-2] not in "aeou":
        return f"{kind[:-1]}ies"
    return f"{kind}es" if kind.endswith("s") else f"{kind}s"
