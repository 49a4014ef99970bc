"""subfinder (`-oJ`, or a plain list): names below a domain."""

import re
from collections.abc import Iterator
from typing import IO

from chariot.format import Parsed, Refused
from chariot.formats.support.files import begin, decoded, each, json_names
from chariot.formats.support.json import Value, json_values
from chariot.formats.support.lines import text_lines
from chariot.formats.support.record import Record, try_domain
from chariot.formats.support.skim import Skimmed
from chariot.formats.support.values import items, line, mapping
from chariot.model.kinds.network import Domain
from chariot.model.relationships import RelationshipType

_NAME = re.compile(r"(?:[a-z0-9_-]{1,63}\.){1,30}[a-z][a-z0-9-]{1,62}", re.IGNORECASE)


class Subfinder(Skimmed):
    """Each line is a name: a Domain, DISCOVERED from the domain that was asked about.

    | subfinder | here |
    | --- | --- |
    | `host` | Domain |
    | `input` | Domain with DISCOVERED to the host |
    | `ip` (with `-oI`) | Address with RESOLVES_TO |
    | `source`, `sources` | left out: the origin of an import is the tool |

    A plain list of names, one a line, is read too, and is what its beginning is taken for when nothing else fits.
    Each name counts as a finding; there are no severities and no risks. Source: subfinder's
    `pkg/runner/outputter.go`.
    """

    name = "subfinder"
    title = "subfinder JSON lines, or a list of names"
    example = "subfinder -d example.com -oJ -o names.json"

    def sniff(self, head: bytes) -> int:
        """See `Format.sniff`."""
        names = json_names(head)
        if names:
            ours = "host" in names and names & {"source", "sources"} and names <= _MEMBERS
            return 90 if ours else 0
        lines = [one.strip() for one in decoded(head).splitlines() if one.strip()]
        whole_lines = lines[:-1] if len(lines) > 1 else lines
        return 10 if whole_lines and all(_NAME.fullmatch(one) for one in whole_lines) else 0

    def parse(self, stream: IO[bytes]) -> Iterator[Parsed | Refused]:
        """See `Format.parse`."""
        head, whole = begin(stream)
        if decoded(head).startswith(("{", "[")):
            yield from each(json_values(whole), _parsed)
        else:
            yield from each(text_lines(whole), _plain)


_MEMBERS = frozenset({"host", "input", "source", "sources", "ip", "wildcard_certificate"})


def _parsed(item: Value) -> Parsed:
    values = mapping(item.value)
    record = Record(item.place)
    host = Domain(host=line(values.get("host"), 300).removeprefix("*."))
    key = record.add(host)
    asked = try_domain(values.get("input") or "")
    if asked is not None and asked.key != key:
        record.relate(RelationshipType.DISCOVERED, record.add(asked), key)
    for ip in items(values.get("ip"))[:1_000]:
        record.host(host.host, ip)
    return record.parsed(1)


def _plain(item: Value) -> Parsed:
    return _parsed(Value(item.place, {"host": item.value}))
