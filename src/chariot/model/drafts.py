"""Drafts: entities as they came in JSON, read once, and checked only as far as it has to be known.

Most of what is seen is known to the letter, and was checked when it was stored. So of a draft the identity is checked
first, which gives the key; the other fields are checked only where what is stored says something else.
"""

from collections.abc import Callable
from operator import attrgetter, call
from typing import Any, ClassVar, Union

import msgspec

from chariot.model.base import Entity
from chariot.model.fields import Check
from chariot.model.keys import Key
from chariot.model.registry import KINDS, entity_encoder

_Rest = tuple[tuple[str, Any, Check], ...]


class Draft(msgspec.Struct, kw_only=True, gc=False):
    """What an item of JSON states, of the types that its kind declares; nothing of it is checked yet."""

    kind: ClassVar[str] = ""
    make_key: ClassVar[Callable[[Any], Key]]
    read_rest: ClassVar[Callable[[Any], tuple[Any, ...]]]
    rest: ClassVar[_Rest] = ()
    is_whole: ClassVar[bool] = False
    """Whether the kind asks for more than its fields one by one, so that an entity must be made of it."""


def _draft_of(cls: type[Entity]) -> type[Draft]:
    """Return the form of a draft of *cls*: the same fields, which encode in the same way."""
    fields = [
        (spec.name, spec.type, info.default)
        if info.default_factory is msgspec.NODEFAULT
        else (spec.name, spec.type, msgspec.field(default_factory=info.default_factory))
        for spec, info in zip(cls.specs, msgspec.structs.fields(cls), strict=True)
    ]
    draft: Any = msgspec.defstruct(
        cls.__name__,
        [field[:2] if field[2] is msgspec.NODEFAULT else field for field in fields],
        bases=(Draft,),
        tag_field="kind",
        tag=cls.kind,
        forbid_unknown_fields=True,
        omit_defaults=True,
        kw_only=True,
        gc=False,
    )
    rest = tuple((s.name, s.default, s.check) for s in cls.specs if not s.mark.identity)
    draft.kind = cls.kind
    draft.make_key = staticmethod(_key_reader(cls))
    draft.rest = rest
    draft.read_rest = staticmethod(_reader([name for name, _, _ in rest]))
    draft.is_whole = bool(cls.decisions) or cls.__post_init__ is not Entity.__post_init__
    made: type[Draft] = draft
    return made


def _reader(names: list[str]) -> Callable[[Any], tuple[Any, ...]]:
    if len(names) > 1:
        return attrgetter(*names)
    return lambda draft: tuple([getattr(draft, name) for name in names])


def _key_reader(cls: type[Entity]) -> Callable[[Any], Key]:
    """Return the function that makes the identity of a draft canonical and gives the key; it runs for every item."""
    specs = [spec for spec in cls.specs if spec.mark.identity]
    names, checks, write = [s.name for s in specs], [s.check for s in specs], cls.write_key
    read = attrgetter(*names)
    first, check = names[0], checks[0]

    def of_one(draft: Any) -> Key:
        value = read(draft)
        canonical = check(value)
        if canonical is not value:
            setattr(draft, first, canonical)
        return write(canonical)

    def of_several(draft: Any) -> Key:
        values = read(draft)
        canonical = tuple(map(call, checks, values))
        if canonical != values:
            for name, value in zip(names, canonical, strict=True):
                setattr(draft, name, value)
        return write(*canonical)

    return of_one if len(specs) == 1 else of_several


DRAFTS: dict[str, type[Draft]] = {kind: _draft_of(cls) for kind, cls in KINDS.items()}
"""The form of a draft of every kind."""

AnyDraft: Any = Union[tuple(DRAFTS.values())]  # noqa: UP007 - made of a list


def draft_doc(draft: Draft) -> str:
    """Return *draft* as JSON; of a draft that is canonical, that is the canonical JSON of its entity."""
    return entity_encoder.encode(draft).decode()


def settled(draft: Draft, doc: str) -> str | None:
    """Make *draft*, whose identity is canonical and whose `draft_doc` is *doc*, canonical; return its JSON then.

    None says that an entity must be made of it: something is wrong, or it takes more than a look at each field.
    """
    if draft.is_whole:
        return None
    changed = False
    # `strict` would cost a tenth of the whole; both have one member a field.
    for (name, default, check), value in zip(draft.rest, type(draft).read_rest(draft)):  # noqa: B905 - see above
        if value is not default:
            try:
                canonical = check(value)
            except ValueError:
                return None
            if canonical is not value:
                setattr(draft, name, canonical)
                changed = True
    return draft_doc(draft) if changed else doc
