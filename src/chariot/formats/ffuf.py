"""ffuf (`-of json`, `-json`): paths that answered."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import IO
from urllib.parse import urlsplit

from chariot.format import Parsed, Refused
from chariot.formats.support.files import begin, decoded, each, json_names
from chariot.formats.support.json import Value, json_members, json_values
from chariot.formats.support.record import Record, try_domain, web_root
from chariot.formats.support.skim import Skimmed
from chariot.formats.support.values import instant, line, mapping, text


class Ffuf(Skimmed):
    """Each result becomes an Attribute `path` of its WebApplication.

    | ffuf | here |
    | --- | --- |
    | `url` | WebApplication, and its path as Attribute `path` |
    | `status`, `length`, `content-type`, `redirectlocation` | evidence of the path, so that a change is the same path |
    | `host` other than the URL's (fuzzing of virtual hosts) | a WebApplication of that name |

    ffuf has no severities; each result counts as a finding and makes no risk, since that a path answers is no
    weakness. Source: ffuf's `pkg/output`.
    """

    name = "ffuf"
    title = "ffuf JSON and JSON lines"
    example = "ffuf -u https://www.example.com/FUZZ -w words.txt -of json -o paths.json"

    def sniff(self, head: bytes) -> int:
        """See `Format.sniff`."""
        names = json_names(head)
        if {"commandline", "results"} <= names:
            return 95
        return 95 if {"input", "position", "url", "resultfile"} <= names or "input.FFUFHASH" in names else 0

    def parse(self, stream: IO[bytes]) -> Iterator[Parsed | Refused]:
        """See `Format.parse`."""
        head, rest = begin(stream)
        start = decoded(head)
        if "results" not in json_names(head) and '"commandline"' not in start:
            yield from each(json_values(rest), partial(_parsed, seen_at=None))
            return
        seen_at: datetime | None = None
        for member in json_members(rest, ("results",)):
            if member.member == "time":
                seen_at = instant(member.value)
            elif member.member == "results":
                yield from each([member], partial(_parsed, seen_at=seen_at))


def _parsed(item: Value, seen_at: datetime | None) -> Parsed:
    values = mapping(item.value)
    record = Record(item.place)
    url = text(values.get("url"))
    record.page(
        url,
        status=values.get("status"),
        length=values.get("length"),
        type=values.get("content-type"),
        redirect=values.get("redirectlocation"),
    )
    host = line(values.get("host"), 300).partition(":")[0]
    parts = urlsplit(web_root(url))
    if try_domain(host) is not None and host.lower() != parts.hostname:
        record.web(f"{parts.scheme}://{host}{f':{parts.port}' if parts.port else ''}/")
    return record.parsed(1, seen_at)
