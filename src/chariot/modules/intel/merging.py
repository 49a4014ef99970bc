"""One CVE as two registers describe it: NVD's analysis, and the CVE record of its numbering authority."""

from msgspec.structs import replace

from chariot.modules.intel.records import Cve, Node


def merged(nvd: Cve | None, cve: Cve | None) -> Cve | None:
    """Return all that is known: NVD's word where it has one, the CVE record's where NVD is silent.

    NVD lags behind by weeks; until it has looked at a CVE, the record of its authority says what is affected.
    """
    if nvd is None or cve is None:
        return nvd or cve
    return replace(
        nvd,
        modified=max(nvd.modified, cve.modified),
        summary=nvd.summary or cve.summary,
        cvss=nvd.cvss + tuple(score for score in cve.cvss if not _scored(nvd, score.vector)),
        cwes=tuple(dict.fromkeys(nvd.cwes + cve.cwes)),
        references=tuple(dict.fromkeys(nvd.references + cve.references)),
        exploits=tuple(dict.fromkeys(nvd.exploits + cve.exploits)),
        configurations=deciding(nvd, cve),
        rejected=nvd.rejected or cve.rejected,
    )


def deciding(nvd: Cve | None, cve: Cve | None) -> tuple[Node, ...]:
    """Return the conditions that decide: those of NVD once it has analysed the CVE; none when it is withdrawn."""
    if any(record is not None and record.rejected for record in (nvd, cve)):
        return ()
    if nvd is not None and nvd.configurations:
        return nvd.configurations
    return cve.configurations if cve is not None else ()


def _scored(record: Cve, vector: str) -> bool:
    return any(score.vector == vector for score in record.cvss)
