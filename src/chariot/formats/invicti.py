"""Invicti (formerly Netsparker) and Acunetix 360: vulnerability lists in JSON."""

from collections.abc import Iterator
from typing import IO, Any

from chariot.errors import InvalidError
from chariot.format import Parsed, Refused
from chariot.formats.support.json import json_members
from chariot.formats.support.record import Record
from chariot.formats.support.scanners import add_risks, hour, is_json, moment, plain, weakness
from chariot.formats.support.settled import settle
from chariot.formats.support.skim import Skimmed
from chariot.formats.support.values import (
    cves,
    exchange,
    items,
    key_values,
    line,
    mapping,
    severity,
    text,
    whole,
)
from chariot.model.evidence import Evidence
from chariot.model.states import Severity

_DATES = (
    "%d/%m/%Y %I:%M %p", "%m/%d/%Y %I:%M %p", "%Y-%m-%d %I:%M %p", "%d/%m/%Y %H:%M:%S (%Z%z)",
    "%d/%m/%Y %H:%M:%S (%z)", "%m/%d/%Y %H:%M:%S (%z)", "%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S",
)  # fmt: skip
_SETTLED = {
    "falsepositive": "false-positive", "acceptedrisk": "accepted", "fixed": "fixed", "fixedconfirmed": "fixed",
    "fixedcantretest": "fixed",
}  # fmt: skip
_CLASSES = ("Cwe", "Owasp", "OwaspTopTen2021", "Wasc", "Capec", "Pci32", "Hipaa", "Iso27001")


class Invicti(Skimmed):
    """A vulnerability's address becomes a WebApplication, the vulnerability a risk there.

    | severity | ours | | state | ours |
    | --- | --- | --- | --- | --- |
    | Critical | critical | | Present, Revived, Scanning | a risk |
    | High | high | | FalsePositive, AcceptedRisk, Fixed | an attribute, no risk |
    | Medium | medium | | | |
    | Low | low | | | |
    | Information, BestPractice | info | | | |

    Confidence is the tool's certainty. The weakness is each CVE of the known vulnerabilities, else
    `invicti:<type>:<path>`; Netsparker, Invicti and Acunetix 360 share engine and types, so that their findings
    meet. Every vulnerability counts as a finding. Days may stand before or behind months; where both are possible
    the day is taken first, as the product writes it by default. Source: Invicti, "Exporting vulnerabilities",
    custom report in JSON, and the Invicti Enterprise API ("issues").
    """

    name = "invicti"
    title = "Invicti, Netsparker, Acunetix 360 JSON"
    example = "Scan summary, Export, vulnerabilities list, JSON"

    def sniff(self, head: bytes) -> int:
        """See `Format.sniff`."""
        if not is_json(head):
            return 0
        marks = (b'"Generated"', b'"Vulnerabilities"', b'"Target"', b'"ScanId"', b'"Certainty"')
        return 95 if b'"Vulnerabilities"' in head and sum(mark in head for mark in marks) >= 3 else 0

    def parse(self, stream: IO[bytes]) -> Iterator[Parsed | Refused]:
        """See `Format.parse`."""
        generated = ""
        listed = False
        for member in json_members(stream, ("Vulnerabilities",)):
            if member.member == "Generated":
                generated = text(member.value, 100)
            if member.member != "Vulnerabilities":
                continue
            listed = True
            for one in items(member.value):
                try:
                    yield _vulnerability(mapping(one), generated, member.place)
                except ValueError as error:
                    yield Refused(member.place, str(error))
        if not listed and not generated:
            raise InvalidError("holds no list called Vulnerabilities", place="end of the file")


def _vulnerability(one: dict[str, Any], generated: str, place: str) -> Parsed:
    record = Record(place)
    url = text(one.get("Url"), 4_096)
    target = record.web(url)
    title = plain(one.get("Name"), 500)
    known = [mapping(item) for item in items(one.get("KnownVulnerabilities"))]
    names = cves(title, *(item.get("Title") for item in known), *(item.get("CveId") for item in known))
    names = names or [weakness("invicti", one.get("Type") or title, url)]
    seen_at = hour(moment(one.get("LastSeenDate"), *_DATES) or moment(generated, *_DATES))
    states = ["".join(word.split()).lower() for word in text(one.get("State"), 200).split(",")]
    settled = next((_SETTLED[state] for state in states if state in _SETTLED), "")
    if settled:
        for name in names:
            settle(record, target, settled, name, "Invicti", at=seen_at)
        return record.parsed(1, seen_at)
    word = text(one.get("Severity"), 40)
    certainty = one.get("Certainty")
    add_risks(
        record,
        target,
        names,
        title=title or names[0],
        severity=Severity.INFO if word.replace(" ", "").lower() == "bestpractice" else severity(word),
        evidence=_evidence(one, url),
        remediation=plain(one.get("RemedialProcedure")) or plain(one.get("RemedialActions")),
        confidence=whole(certainty) if certainty is not None else 100,
    )
    return record.parsed(1, seen_at)


def _evidence(one: dict[str, Any], url: str) -> tuple[Evidence, ...]:
    classes = mapping(one.get("Classification"))
    extra = [mapping(item) for item in items(one.get("ExtraInformation"))]
    about = {
        "url": url,
        "type": one.get("Type"),
        "confirmed": one.get("Confirmed"),
        "description": plain(one.get("Description")),
        "impact": plain(one.get("Impact")),
        "proof": plain(one.get("ProofOfConcept")),
        "skills": plain(one.get("ExploitationSkills")),
        "references": plain(one.get("ExternalReferences")),
        "state": one.get("State"),
        "first seen": one.get("FirstSeenDate"),
        "id": one.get("LookupId"),
        "cvss": next(
            (
                vector
                for name in ("Cvss40", "Cvss31", "Cvss")
                if (vector := mapping(classes.get(name)).get("Vector"))
            ),
            "",
        ),
        **{name: classes.get(name) for name in _CLASSES},
        **{line(item.get("Name"), 100): plain(item.get("Value"), 5_000) for item in extra[:50]},
    }
    request, response = mapping(one.get("HttpRequest")), mapping(one.get("HttpResponse"))
    evidence = key_values("Invicti", about)
    if not request.get("Content"):
        return (evidence,)
    return (evidence, exchange("Invicti", url, request.get("Content"), response.get("Content")))
