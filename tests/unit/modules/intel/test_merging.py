"""Two registers, one CVE."""

from datetime import UTC, datetime, timedelta

from chariot.modules.intel.merging import deciding, merged
from chariot.modules.intel.records import CpeMatch, Cve, Node

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ONE = (Node("OR", (CpeMatch("cpe:2.3:a:acme:server:1.0:*:*:*:*:*:*:*"),)),)
TWO = (Node("OR", (CpeMatch("cpe:2.3:a:acme:server:2.0:*:*:*:*:*:*:*"),)),)


def cve(configurations=(), *, summary="", rejected=False, at=NOON):
    return Cve(
        "CVE-2024-1000",
        NOON,
        at,
        summary,
        configurations=configurations,
        rejected=rejected,
        references=(summary,),
    )


def test_the_record_of_the_authority_speaks_until_nvd_has_looked():
    assert deciding(cve(), cve(TWO)) == TWO
    assert deciding(cve(ONE), cve(TWO)) == ONE
    assert deciding(None, cve(TWO)) == TWO


def test_withdrawn_by_either_is_withdrawn():
    assert deciding(cve(ONE, rejected=True), cve(TWO)) == ()
    assert deciding(cve(ONE), cve(rejected=True)) == ()


def test_gaps_of_one_are_filled_by_the_other():
    both = merged(cve(ONE, summary="nvd"), cve(TWO, summary="cna", at=NOON + timedelta(1)))

    assert (both.summary, both.references, both.configurations) == ("nvd", ("nvd", "cna"), ONE)
    assert both.modified == NOON + timedelta(1)
    assert merged(None, cve(summary="cna")).summary == "cna"
    assert merged(None, None) is None
