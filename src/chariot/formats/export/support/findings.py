"""Risks with what a writer wants to know about each: the vulnerability, and the target as people call it."""

from collections.abc import AsyncIterator

import msgspec

from chariot.formats.export.support.text import line
from chariot.model.keys import Key, kind_of, unescape
from chariot.model.kinds.weakness import Risk, Vulnerability
from chariot.model.records import Record
from chariot.model.states import RiskState, Severity
from chariot.modules.exchange.exports.source import Source

CVE = "CVE-"


class Finding(msgspec.Struct, frozen=True):
    """One risk."""

    record: Record
    risk: Risk
    vulnerability: Vulnerability | None
    target: Record | None

    @property
    def title(self) -> str:
        """What is wrong, in one line."""
        known = self.vulnerability.title if self.vulnerability else ""
        return line(self.risk.title or known or self.risk.weakness)

    @property
    def target_name(self) -> str:
        """The target as people call it."""
        return line(self.target.name if self.target else name_in(self.risk.target))

    @property
    def severity(self) -> Severity | None:
        """How bad the risk is, else how bad the weakness is said to be."""
        return self.risk.severity or (self.vulnerability.severity if self.vulnerability else None)

    @property
    def is_cve(self) -> bool:
        """True where the weakness is a CVE."""
        return self.risk.weakness.startswith(CVE)

    @property
    def is_closed(self) -> bool:
        """True when nobody needs to do anything any more."""
        return self.risk.state in (RiskState.REMEDIATED, RiskState.REJECTED)


async def findings(source: Source, *, sort: str = "key") -> AsyncIterator[Finding]:
    """Yield the selected risks in the order of *sort*."""
    async for page in source.pages("risk", sort=sort):
        risks = [(record, record.entity) for record in page if isinstance(record.entity, Risk)]
        weaknesses = {risk.weakness: Vulnerability(id=risk.weakness).key for _, risk in risks}
        held = await source.get([*weaknesses.values(), *(Key(risk.target) for _, risk in risks)])
        for record, risk in risks:
            known = held.get(weaknesses[risk.weakness])
            vulnerability = known.entity if known else None
            yield Finding(
                record,
                risk,
                vulnerability if isinstance(vulnerability, Vulnerability) else None,
                held.get(Key(risk.target)),
            )


def name_in(key: str) -> str:
    """Return the values in *key*, without its kind.

    >>> name_in("#port#192.0.2.7#tcp#443")
    '192.0.2.7 tcp 443'
    """
    rest = key.removeprefix(f"#{kind_of(key)}#")
    return " ".join(unescape(part) for part in rest.split("#"))
