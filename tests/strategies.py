"""Random entities, built from the declarations of their kinds: a new field is covered without a word here."""

from datetime import UTC, datetime
from enum import Enum
from functools import cache
from typing import Any, get_args

from hypothesis import strategies as st

from chariot.model import checks
from chariot.model.base import Entity, FieldSpec
from chariot.model.evidence import Banner, Code, HttpExchange, Image, KeyValues, Table
from chariot.model.kinds.candidate import Clue, candidate_place
from chariot.model.kinds.identity import user_name
from chariot.model.kinds.incident import texts as incident_texts
from chariot.model.kinds.scope import LEVELS
from chariot.model.kinds.weakness import Factor
from chariot.model.kinds.work import seed_value
from chariot.model.registry import KINDS

HOSTS = ("perimeter.test", "www.perimeter.test", "a.test", "_dmarc.a.test", "xn--bcher-kva.test")
ADDRESSES = ("192.0.2.1", "192.0.2.7", "2001:db8::1")
NETBLOCKS = ("192.0.2.0/28", "198.51.100.0/24", "2001:db8::/48")
URLS = ("https://a.test/", "http://192.0.2.7:8080/", "https://[2001:db8::1]:8443/")
DIGESTS = ("ab" * 32, "0" * 64, "f" * 64)
CPES = ("cpe:2.3:a:f5:nginx:1.24.0:*:*:*:*:*:*:*", "cpe:2.3:o:debian:debian_linux:12:*:*:*:*:*:*:*")
TARGETS = ("#port#192.0.2.7#tcp#443", "#domain#a.test", "#webapplication#https://a.test/")
WEAKNESSES = ("CVE-2023-12345", "CVE-2024-0001", "weak#cipher", "100%")
SLUGS = ("tcp", "probe", "a.b-c_d", "0")

outside_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
"""What a target may have written: everything but NUL and lone surrogates."""
line_text = st.text("aZ0 é%#\"'\\<&中_", max_size=8)
instants = st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
fractions = st.floats(0, 1)

_BY_CHECK: dict[Any, st.SearchStrategy[Any]] = {
    incident_texts: st.dictionaries(st.sampled_from(SLUGS), line_text, max_size=3),
    checks.host_name: st.sampled_from(HOSTS),
    checks.ip: st.sampled_from(ADDRESSES),
    checks.cidr: st.sampled_from(NETBLOCKS),
    checks.web_url: st.sampled_from(URLS),
    checks.record_type: st.sampled_from(("MX", "TXT")),
    checks.sha256: st.sampled_from(DIGESTS),
    checks.cpe: st.sampled_from(CPES),
    checks.key: st.sampled_from(TARGETS),
    checks.weakness_id: st.sampled_from(WEAKNESSES),
    checks.slug: st.sampled_from(SLUGS),
    candidate_place: st.sampled_from(("#domain#a.test", "#netblock#192.0.2.0/28")),
    user_name: st.sampled_from(["ada", "bob@example.com", "c.d+e-f"]),
    seed_value: st.sampled_from((*HOSTS[:2], *ADDRESSES, *NETBLOCKS)),
    checks.filled: line_text.filter(str.strip),
}
_BY_NAME: dict[str, st.SearchStrategy[Any]] = {
    "status_code": st.none() | st.integers(100, 599),
    "number": st.integers(1, 65_535),
    "options": st.dictionaries(st.sampled_from(SLUGS), line_text, max_size=3),
    "memory": st.dictionaries(st.sampled_from(SLUGS), line_text, max_size=3),
    "regimes": st.lists(st.sampled_from(SLUGS), max_size=3).map(tuple),
    "last_counts": st.dictionaries(st.sampled_from(SLUGS), st.integers(0, 9), max_size=3),
    "counts": st.dictionaries(st.sampled_from(SLUGS), st.integers(0, 9), max_size=3),
    "allow": st.lists(st.sampled_from((*HOSTS[:2], *ADDRESSES)), max_size=3).map(tuple),
    "signing_key": st.sampled_from(("", *DIGESTS)),
    "signature": st.sampled_from(("", *DIGESTS)),
    "touch": st.lists(st.sampled_from(LEVELS), max_size=3).map(tuple),
    "name_servers": st.lists(st.sampled_from(HOSTS), max_size=3),
    "networks": st.lists(st.sampled_from(NETBLOCKS), max_size=3),
    "netblocks": st.lists(st.sampled_from(NETBLOCKS), max_size=3),
    "names": st.lists(st.sampled_from(HOSTS), max_size=3),
    "kinds": st.lists(st.sampled_from(tuple(KINDS)), max_size=3),
    "asset_tags": st.lists(st.sampled_from(("env=prod", "env")), max_size=2),
    "permissions": st.lists(st.sampled_from(("entities:read", "risks:*", "*:read", "*")), max_size=3),
    "roles": st.lists(st.sampled_from(SLUGS), max_size=3),
    "requests_per_s": st.none() | st.integers(1, 100),
    "deny": st.lists(st.sampled_from((*HOSTS[:2], *NETBLOCKS)), max_size=3),
    "seeds": st.lists(st.sampled_from((*HOSTS[:2], *NETBLOCKS)), max_size=3),
}

evidence = st.one_of(
    st.builds(Banner, text=outside_text, title=line_text),
    st.builds(KeyValues, values=st.dictionaries(outside_text, outside_text, max_size=3)),
    st.builds(
        Table, columns=st.just(("a", "b")), rows=st.lists(st.tuples(outside_text, outside_text)).map(tuple)
    ),
    st.builds(HttpExchange, method=st.just("GET"), url=outside_text, response_body=outside_text),
    st.builds(Code, path=outside_text, text=outside_text, cut=st.booleans()),
    st.builds(Image, blob=st.just("ab" * 32), media_type=st.just("image/png"), size_bytes=st.integers(0)),
)
clues = st.builds(
    Clue, kind=line_text, datum=outside_text, term=line_text, via=line_text, weight=st.integers(0, 100)
)
factors = st.builds(Factor, name=line_text, value=outside_text, points=st.floats(-100, 100))


def field_values(spec: FieldSpec) -> st.SearchStrategy[Any]:
    """Return values that the field accepts."""
    if spec.mark.check in _BY_CHECK:
        return _BY_CHECK[spec.mark.check]
    if spec.name in _BY_NAME:
        return _BY_NAME[spec.name]
    members = [member for member in get_args(spec.type) if member not in (type(None), Ellipsis)]
    inner = _of_type(members[0] if members else spec.type, spec)
    if str(spec.type).startswith("tuple["):
        return st.lists(inner, max_size=3).map(tuple)
    return inner | st.none() if type(None) in get_args(spec.type) else inner


def _of_type(plain: Any, spec: FieldSpec) -> st.SearchStrategy[Any]:
    if isinstance(plain, type) and issubclass(plain, Enum):
        return st.sampled_from(plain)
    if plain is str:
        text = outside_text if spec.mark.outside else line_text
        return text.map(lambda value: value[: spec.mark.max_length])
    if plain is Factor:
        return factors
    if plain is Clue:
        return clues
    if spec.name == "evidence":
        return evidence
    simple: dict[Any, st.SearchStrategy[Any]] = {
        bool: st.booleans(),
        int: st.integers(0, 100),
        float: fractions,
        datetime: instants,
    }
    return simple[plain] if plain in simple else st.tuples(line_text, outside_text)


@cache
def _fields_of(kind: str) -> dict[str, st.SearchStrategy[Any]]:
    return {spec.name: field_values(spec) for spec in KINDS[kind].specs}


# Made once for each kind: most of the time would go into making the same strategies for every example.
@cache
def any_of(kind: str) -> st.SearchStrategy[Entity]:
    """Return random entities of *kind*."""
    return entities(kind)


def entities(kind: str, **fixed: Any) -> st.SearchStrategy[Entity]:
    """Return random entities of *kind*; *fixed* fields have one value."""
    cls, fields = KINDS[kind], _fields_of(kind)
    required = {spec.name: fields[spec.name] for spec in cls.specs if spec.mark.identity}
    optional = {spec.name: fields[spec.name] for spec in cls.specs if not spec.mark.identity}
    given = {name: st.just(value) for name, value in fixed.items()}
    return st.fixed_dictionaries(
        {**required, **given},
        optional={name: values for name, values in optional.items() if name not in given},
    ).map(lambda values: cls(**values))


any_entity = st.sampled_from(list(KINDS)).flatmap(any_of)


def same_identity(kind: str) -> st.SearchStrategy[list[Entity]]:
    """Return lists of entities of *kind* that all have one key."""
    names = [spec.name for spec in KINDS[kind].specs if spec.mark.identity]

    def alike(first: Entity) -> st.SearchStrategy[list[Entity]]:
        fixed = {name: getattr(first, name) for name in names}
        return st.lists(entities(kind, **fixed), min_size=2, max_size=5)

    return any_of(kind).flatmap(alike)
