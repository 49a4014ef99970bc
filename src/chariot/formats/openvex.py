"""OpenVEX: statements whether a product is affected by a vulnerability."""

from collections.abc import Iterator
from datetime import datetime
from typing import IO, Any

from chariot.format import Parsed, Refused
from chariot.formats.support.files import json_names
from chariot.formats.support.findings import Finding, advisory, gathered, resource_at
from chariot.formats.support.json_paths import json_at, look_ahead, require
from chariot.formats.support.sbom import settled_of
from chariot.formats.support.skim import Skimmed
from chariot.formats.support.values import instant, items, line, mapping, text

_UNSURE = 50


class OpenVex(Skimmed):
    """A statement becomes a risk at each product that is affected, or the word that it is not.

    | OpenVEX | ours |
    | --- | --- |
    | affected | a risk |
    | under_investigation | a risk with confidence 50 |
    | not_affected / fixed | no risk, but the attribute `not-affected` / `fixed` |

    OpenVEX knows no severity. Each product of a statement counts, whatever its status. The product is a File named
    by its id, usually a purl. Source: OpenVEX specification 0.2.0.
    """

    name = "openvex"
    title = "OpenVEX"
    example = "vexctl create --product=pkg:oci/shop --vuln=CVE-2024-0001 --status=affected"

    def sniff(self, head: bytes) -> int:
        """See `Format.sniff`."""
        names = json_names(head)
        if "@context" in names and b"openvex.dev/ns" in head:
            return 95
        return 70 if {"statements", "author"} <= names and "statements.status" in names else 0

    def parse(self, stream: IO[bytes]) -> Iterator[Parsed | Refused]:
        """See `Format.parse`."""
        return gathered("OpenVEX", self._findings(stream))

    def _findings(self, stream: IO[bytes]) -> Iterator[Finding | Refused]:
        start = stream.tell()
        document: dict[str, Any] | None = None
        for found in json_at(stream, "statements.*"):
            if document is None:
                about = look_ahead(stream, start, "author", "timestamp", "last_updated")
                document = {one.path[0]: one.value for one in about}
            try:
                yield from _statement(found.place, mapping(found.value), document)
            except ValueError as error:
                yield Refused(found.place, str(error))
        if document is None:
            require(stream, start, "OpenVEX", "@context")


def _statement(place: str, one: dict[str, Any], document: dict[str, Any]) -> Iterator[Finding]:
    named = one.get("vulnerability")
    about = mapping(named) if not isinstance(named, str) else {"name": named}
    status = line(one.get("status"), 60)
    products = items(one.get("products"))
    if not products:
        raise ValueError("names no product")
    identifier = about.get("name") or about.get("@id") or about.get("id")
    times = (
        one.get("last_updated"),
        one.get("timestamp"),
        document.get("last_updated"),
        document.get("timestamp"),
    )
    seen_at: datetime | None = next((at for time in times if (at := instant(time)) is not None), None)
    for product in products:
        known = mapping(product) if not isinstance(product, str) else {"@id": product}
        identifiers = mapping(known.get("identifiers"))
        inside = [line(mapping(part).get("@id") or part, 500) for part in items(known.get("subcomponents"))]
        yield Finding(
            place=place,
            target=resource_at(known.get("@id") or next(iter(identifiers.values()), "")),
            weakness=advisory(identifier, *items(about.get("aliases"))),
            title=line(about.get("description"), 300) or line(identifier, 300),
            remediation=text(one.get("action_statement"), 8_000),
            facts={
                "id": identifier,
                "status": status,
                "justification": one.get("justification"),
                "impact": text(one.get("impact_statement"), 4_000),
                "notes": text(one.get("status_notes"), 4_000),
                "author": one.get("supplier") or document.get("author"),
            },
            where={"components": " ".join(inside[:50]), "cpe": identifiers.get("cpe23")},
            seen_at=seen_at,
            confidence=_UNSURE if status == "under_investigation" else 100,
            settled=settled_of(status),
        )
