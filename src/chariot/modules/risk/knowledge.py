"""From what intelligence knows of a CVE to the vulnerability that all organisations share."""

from typing import Final
from urllib.parse import urlsplit

from chariot.model.checks import LINE_LIMIT
from chariot.model.fields import OUTSIDE_LIMIT
from chariot.model.kinds.weakness import Vulnerability
from chariot.modules.intel.service import Knowledge
from chariot.modules.risk.vectors import severity_of

TITLE_LIMIT: Final = 160
"""Longest title in characters; a longer first sentence ends in an ellipsis, the description has it whole."""
REFERENCE_LIMIT: Final = 500

_EXPLOIT_HOSTS: Final = {
    "exploit-db.com": "poc",
    "packetstorm.news": "poc",
    "packetstormsecurity.com": "poc",
    "metasploit.com": "weaponised",
}
"""Where exploits are published, and what is published there."""
_STRENGTH: Final = ("", "poc", "functional", "weaponised")


def vulnerability_of(known: Knowledge) -> Vulnerability:
    """Return what is known of a CVE as the shared entity; text from feeds is made storable, never trusted."""
    record, kev, epss = known.record, known.kev, known.epss
    told = [one for one in (record, known.advisory) if one is not None]
    summary = next((text for one in told if (text := _text(one.summary))), "")
    cvss = next((score for one in told for score in one.cvss), None)
    references = tuple(dict.fromkeys(map(_text, record.references)))[:REFERENCE_LIMIT] if record else ()
    return Vulnerability(
        id=known.cve,
        title=_title(summary),
        description=summary,
        cvss_vector=cvss.vector if cvss else "",
        cvss_score=cvss.score if cvss else None,
        severity=severity_of(cvss.score) if cvss else None,
        epss=epss.probability if epss else None,
        epss_percentile=epss.percentile if epss else None,
        epss_day=epss.day.isoformat() if epss else "",
        known_exploited=kev is not None,
        known_exploited_day=kev.added_on.isoformat() if kev else "",
        known_exploited_due=kev.due_on.isoformat() if kev and kev.due_on else "",
        ransomware=kev is not None and kev.ransomware,
        exploit=_exploit(known, references),
        cwes=tuple(cwe for cwe in record.cwes if cwe.isprintable() and len(cwe) <= LINE_LIMIT)[:100]
        if record
        else (),
        references=references,
        published=record.published if record else None,
    )


def _exploit(known: Knowledge, references: tuple[str, ...]) -> str:
    """Return the strongest exploit that is known: by the lists of exploits, the feeds' marks, and the links."""
    found = [exploit.maturity for exploit in known.exploits]
    if known.record is not None and known.record.exploits:
        found.append("poc")
    if known.ssvc is not None and known.ssvc.exploitation == "poc":
        found.append("poc")
    return max([exploit_in(references), *found], key=_STRENGTH.index)


def exploit_in(references: tuple[str, ...]) -> str:
    """Return the strongest exploit that *references* lead to, told by who publishes there.

    >>> exploit_in(("https://www.exploit-db.com/exploits/1", "https://example.com/advisory"))
    'poc'
    """
    found = [_exploit_at(reference) for reference in references]
    return max(found, key=_STRENGTH.index, default="")


def _exploit_at(reference: str) -> str:
    try:
        parts = urlsplit(reference)
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return ""
    if host == "rapid7.com" and parts.path.startswith("/db/modules/"):
        return "weaponised"
    return _EXPLOIT_HOSTS.get(host, "")


def _title(summary: str) -> str:
    line = " ".join("".join(c if c.isprintable() else " " for c in summary).split())
    first = line.partition(". ")[0]
    return first if len(first) <= TITLE_LIMIT else f"{first[: TITLE_LIMIT - 1].rstrip()}…"


def _text(text: str) -> str:
    """Return *text* without what no store can hold, cut at the limit of text from outside."""
    return text.replace("\0", "").encode(errors="replace").decode()[:OUTSIDE_LIMIT]
