"""Who registered a domain, and who holds a netblock, from the registries."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import quote

import msgspec

from chariot.capabilities.support.sources import decoded
from chariot.capabilities.support.weaknesses import attribute
from chariot.capability import Found
from chariot.model.kinds.candidate import Candidate
from chariot.model.kinds.work import Seed
from chariot.model.states import Standing
from chariot.modules.discovery.registrable import registrable
from chariot.source import Source, Terms

_DEPTH = 4
_WORDS_LIMIT = 200


class _Entity(msgspec.Struct, frozen=True):
    roles: list[str] = []
    vcardArray: list[Any] = []  # noqa: N815 - the protocol's name
    entities: list[Any] = []


class _NameServer(msgspec.Struct, frozen=True):
    ldhName: str = ""  # noqa: N815 - the protocol's name


class _Answer(msgspec.Struct, frozen=True):
    entities: list[_Entity] = []
    nameservers: list[_NameServer] = []
    name: str = ""
    """Of a network."""
    secureDNS: dict[str, Any] = {}  # noqa: N815 - the protocol's name


class Rdap(Source[Seed | Candidate]):
    """Ask the registry of a domain or netblock who is responsible for it. Source: RFC 9083."""

    name = "rdap"
    terms = Terms(
        url="https://rdap.org",
        per_minute=20,
        kept=timedelta(days=7),
        limit_bytes=1024 * 1024,
        conditions="https://about.rdap.org/",
    )
    period = timedelta(days=7)

    def match(self, target: Seed | Candidate) -> bool:
        """See `Capability.match`: what was decided needs no more reasons."""
        return isinstance(target, Seed) or target.standing is Standing.CANDIDATE

    def paths(self, target: Seed | Candidate) -> Iterable[str]:
        """See `Source.paths`: a registry knows the registered domain, not what is below it."""
        value = target.value
        if isinstance(target, Seed) and target.is_network:
            return (f"/ip/{value}",)
        domain = registrable(value) if "/" not in value and not value.replace(".", "").isdigit() else ""
        return (f"/domain/{quote(domain, safe='')}",) if domain else ()

    def read(self, body: bytes, target: Seed | Candidate) -> Iterator[Found]:
        """See `Source.read`."""
        answer = decoded(body, _Answer)
        for words in sorted(set(_holders(answer.entities, _DEPTH))):
            yield from attribute(target.key, "registrant", words)
        for role in ("registrar",):
            for words in sorted(set(_named(answer.entities, {role}))):
                yield from attribute(target.key, role, words)
        if answer.name:
            yield from attribute(target.key, "network-name", answer.name[:_WORDS_LIMIT])


def _holders(entities: list[_Entity], depth: int) -> Iterator[str]:
    yield from _named(entities, {"registrant"})
    if depth > 0:
        for entity in entities:
            try:
                inner = msgspec.convert(entity.entities, list[_Entity])
            except msgspec.ValidationError:
                continue
            yield from _holders(inner, depth - 1)


def _named(entities: list[_Entity], roles: set[str]) -> Iterator[str]:
    for entity in entities:
        if roles & set(entity.roles):
            yield from _organisation(entity.vcardArray)


def _organisation(card: list[Any]) -> Iterator[str]:
    """Yield the organisation of a jCard, or the name where there is none; of a person a digest. Source: RFC 7095."""
    lines = card[1] if len(card) > 1 and isinstance(card[1], list) else []
    values = {
        line[0]: line[3]
        for line in lines
        if isinstance(line, list) and len(line) > 3 and isinstance(line[0], str) and isinstance(line[3], str)
    }
    organisation, name = (values.get(field, "").strip() for field in ("org", "fn"))
    words = organisation or name
    if not words or not words.isprintable():
        return
    if not organisation and values.get("kind", "").strip().casefold() == "individual":
        # Whose domains they are is found by the same digest; who they are is nobody's business here.
        digest = sha256(" ".join(words.casefold().split()).encode()).hexdigest()
        yield f"person {digest[:16]}"
    else:
        yield words[:_WORDS_LIMIT]
