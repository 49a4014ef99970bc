"""The base of all kinds: construction that cannot produce an invalid value, and keys from identity fields."""

from collections.abc import Callable
from operator import attrgetter
from typing import Annotated, Any, ClassVar, Self, TypeVar, get_args, get_origin, get_type_hints

import msgspec

from chariot.model import checks
from chariot.model.fields import SEALED, Check, FieldMark, Merge
from chariot.model.keys import Key, escape

_set = msgspec.structs.force_setattr
_values = msgspec.structs.astuple

KeyWriter = Callable[..., Key]


class FieldSpec(msgspec.Struct, frozen=True):
    """One field of a kind, as compiled from its declaration."""

    name: str
    type: Any
    default: Any
    mark: FieldMark
    check: Check
    description: str


class Entity(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    tag_field="kind",
    gc=False,
):
    """One thing that exists, told by its facts alone; who saw it and when stands in its `Record`.

    Every way of construction (keyword arguments, decoding, `replace`) normalises and validates each field.

    Raises:
        ValueError: a field is not valid; the text begins with the field's name.
    """

    specs: ClassVar[tuple[FieldSpec, ...]] = ()
    kind: ClassVar[str] = ""
    make_key: ClassVar[Callable[[Any], Key]]
    write_key: ClassVar[KeyWriter]
    """Writes the key from the identity fields, in their order and canonical form."""
    checks: ClassVar[tuple[tuple[str, Any, Check], ...]] = ()
    identity: ClassVar[tuple[tuple[str, bool], ...]] = ()
    decisions: ClassVar[tuple[tuple[str, Any], ...]] = ()
    """Fields that only a person decides, each with its default."""

    def __post_init__(self) -> None:
        # `strict` would cost a tenth of the whole; both have one member a field.
        for (name, default, check), value in zip(self.checks, _values(self)):  # noqa: B905 - see above
            if value is not default:
                try:
                    canonical = check(value)
                except ValueError as error:
                    raise ValueError(f"{name}: {error}") from None
                if canonical is not value:
                    _set(self, name, canonical)

    @property
    def key(self) -> Key:
        """The natural key, computed from the identity fields."""
        return type(self).make_key(self)

    @property
    def name(self) -> str:
        """What a person calls it: by default the last identity field."""
        return str(getattr(self, self.identity[-1][0]))

    def sighted_again(self) -> Self:
        """Return what a newer sighting makes of a decided state; by default nothing changes."""
        return self


EntityType = TypeVar("EntityType", bound=type[Entity])


def declared(cls: EntityType) -> EntityType:
    """Compile the declarations of a kind, once, into what construction, merge and stores read.

    Raises:
        TypeError: a field has no `field(...)` annotation, or the kind has no identity.
    """
    hints = get_type_hints(cls, include_extras=True)
    specs = tuple(
        _spec(cls, info.encode_name, hints[info.name], info) for info in msgspec.structs.fields(cls)
    )
    if not any(spec.mark.identity for spec in specs):
        raise TypeError(f"{cls.__name__} declares no identity field")
    cls.specs = specs
    cls.kind = str(cls.__struct_config__.tag)
    cls.checks = tuple((spec.name, spec.default, spec.check) for spec in specs)
    cls.decisions = tuple((spec.name, spec.default) for spec in specs if spec.mark.merge is Merge.DECISION)
    cls.identity = tuple((spec.name, spec.mark.key_part) for spec in specs if spec.mark.identity)
    cls.write_key = staticmethod(_key_writer(f"#{cls.kind}", [nested for _, nested in cls.identity]))
    cls.make_key = staticmethod(_key_maker(cls))
    # Every entity of every batch is asked for it, and a way over `make_key` would take twice as long.
    if cls.key is Entity.key:
        cls.key = property(cls.make_key, doc=Entity.key.__doc__)  # type: ignore[assignment,method-assign]  # a property, too
    return cls


def _key_maker(cls: type[Entity]) -> Callable[[Any], Key]:
    """Return the function that gives the key of an entity; what needs no escape is written here."""
    read = attrgetter(*(name for name, _ in cls.identity))
    write = cls.write_key
    start = f"#{cls.kind}"

    def of_one(entity: Any) -> Key:
        value = read(entity)
        return write(value) if "#" in value or "%" in value else Key(f"{start}#{value}")

    def of_nested(entity: Any) -> Key:
        owner, value = read(entity)
        if value.__class__ is not str or "#" in value or "%" in value:
            return write(owner, value)
        return Key(f"{start}{owner}#{value}")

    match [nested for _, nested in cls.identity]:
        case [False]:
            return of_one
        case [True, False]:
            return of_nested
        case [_]:
            return lambda entity: write(read(entity))
        case _:
            return lambda entity: write(*read(entity))


def _key_writer(prefix: str, nested: list[bool]) -> KeyWriter:
    """Return the function that writes the key of one kind; it runs for every observation.

    It takes the identity fields in canonical form; *nested* tells which of them are keys themselves.
    """
    start = f"{prefix}#"

    def write_nested(owner: str, value: Any) -> Key:
        # A nested key already begins with its own separator.
        return Key(f"{prefix}{owner}#{escape(value if value.__class__ is str else str(value))}")

    def write_mixed(*values: Any) -> Key:
        parts = [v if inner else f"#{escape(str(v))}" for v, inner in zip(values, nested, strict=True)]
        return Key(prefix + "".join(parts))

    match nested:
        case [False]:
            return lambda value: Key(start + escape(value))
        case [True, False]:
            return write_nested
        case _:
            return write_mixed if any(nested) else _plain_writer(start, len(nested))


def _plain_writer(start: str, count: int) -> KeyWriter:
    """Return the function that writes a key of *count* values, none of which is a key itself."""

    def write_any(*values: Any) -> Key:
        joined = "#".join(map(str, values))
        if "%" in joined or joined.count("#") != count - 1:
            joined = "#".join([escape(str(value)) for value in values])
        return Key(start + joined)

    def write_three(first: Any, second: Any, third: Any) -> Key:
        # Each port and each DNS record has three.
        joined = f"{first}#{second}#{third}"
        if "%" in joined or joined.count("#") != count - 1:
            return write_any(first, second, third)
        return Key(start + joined)

    return write_three if count == 3 else write_any


def _spec(cls: type[Entity], name: str, hint: Any, info: msgspec.structs.FieldInfo) -> FieldSpec:
    if get_origin(hint) is not Annotated:
        raise TypeError(f"{cls.__name__}.{name} is not declared with field(...)")
    plain, *metas = get_args(hint)
    for meta in metas:
        mark = (getattr(meta, "extra", None) or {}).get("field")
        if isinstance(mark, FieldMark):
            check = mark.check or _default_check(plain, outside=mark.outside)
            bounded = _bounded(check, mark.max_length)
            if mark.sealed:
                bounded = _or_sealed(bounded, mark.max_length)
            default = info.default
            if info.default_factory is not msgspec.NODEFAULT:
                default = info.default_factory()
            return FieldSpec(name, plain, default, mark, bounded, meta.description or "")
    raise TypeError(f"{cls.__name__}.{name} is not declared with field(...)")


def _or_sealed(check: Check, max_length: int | None) -> Check:
    """Let what the vault sealed pass as it is: it is longer than what it stands for, and of no form but its own."""
    limit = 8 * (max_length or checks.LINE_LIMIT) + 200

    def or_sealed(value: Any) -> Any:
        if value.__class__ is str and value.startswith(SEALED) and value.isascii() and value.isprintable():
            if len(value) > limit:
                raise ValueError(f"longer than {limit:,} characters: {checks.shown(value)}")
            return value
        return check(value)

    return or_sealed


def _default_check(plain: Any, *, outside: bool) -> Check:
    """Return the check that a plain type stands for; unions with None let None pass."""
    members = [member for member in get_args(plain) or (plain,) if member is not type(None)]
    if members == [str]:
        text = checks.outside if outside else checks.line
        return text if plain is str else checks.optional(text)
    classes = (
        tuple(get_origin(member) or member for member in members) if plain not in (bool, int) else (plain,)
    )
    origin = get_origin(plain)
    allowed = (origin,) if origin in (tuple, dict) else classes
    return _instance_check(allowed, optional=type(None) in get_args(plain))


def _instance_check(allowed: tuple[Any, ...], *, optional: bool) -> Check:
    def check(value: Any) -> Any:
        if value is None and optional:
            return None
        if not isinstance(value, allowed) or (value.__class__ is bool and bool not in allowed):
            names = " or ".join(item.__name__ for item in allowed)
            raise ValueError(f"expected {names}, got {type(value).__name__}")
        return value

    return check


def _bounded(check: Check, max_length: int | None) -> Check:
    """Hold the length limit on every construction path; decoding holds it too, but only decoding."""
    if max_length is None:
        return check
    is_text = check in (checks.outside, checks.line)

    def bounded(value: Any) -> Any:
        # Nearly all text is plain, and this runs for each field of each entity.
        plain = is_text and value.__class__ is str and len(value) <= plain_limit and value.isascii()
        if plain and value.isprintable():
            return value
        canonical = check(value)
        if canonical is not None and len(canonical) > max_length:
            raise ValueError(f"longer than {max_length:,} characters: {checks.shown(value)}")
        return canonical

    plain_limit = min(max_length, checks.LINE_LIMIT)
    return bounded
