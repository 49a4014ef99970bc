"""CVE records of version 5."""

import json

import pytest

from chariot.errors import InvalidError
from chariot.modules.intel.feeds.cve5 import decode_cve5
from chariot.modules.intel.records import Cve, Ssvc

MATCH = {"vulnerable": True, "criteria": "cpe:2.3:a:acme:httpd:*:*:*:*:*:*:*:*", "versionEndExcluding": "3"}


def record(cna=None, adp=(), *, state="PUBLISHED"):
    own = {
        "providerMetadata": {"shortName": "acme"},
        "descriptions": [{"lang": "en", "value": "A flaw."}],
        "affected": [
            {"vendor": "Acme", "product": "Server", "versions": [{"version": "1.0", "status": "affected"}]}
        ],
        "references": [{"url": "https://example.com/poc", "tags": ["exploit"]}],
        "metrics": [
            {
                "cvssV3_1": {
                    "version": "3.1",
                    "vectorString": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
                    "baseScore": 9.8,
                }
            }
        ],
        "problemTypes": [{"descriptions": [{"lang": "en", "cweId": "CWE-79", "description": "x"}]}],
    } | (cna or {})
    return {
        "dataType": "CVE_RECORD",
        "dataVersion": "5.1",
        "cveMetadata": {
            "cveId": "CVE-2024-1001",
            "state": state,
            "datePublished": "2024-01-01T00:00:00Z",
            "dateUpdated": "2024-02-01T00:00:00Z",
        },
        "containers": {"cna": own, "adp": list(adp)},
    }


def decode(document):
    return list(decode_cve5(json.dumps(document).encode()))


def test_a_record_is_read():
    (cve,) = decode(record())

    assert isinstance(cve, Cve)
    assert (cve.id, cve.summary, cve.score.score, cve.cwes) == ("CVE-2024-1001", "A flaw.", 9.8, ("CWE-79",))
    assert cve.exploits == ("https://example.com/poc",)
    assert cve.configurations[0].matches[0].cpe == "cpe:2.3:a:acme:server:1.0:*:*:*:*:*:*:*"


def test_conditions_over_cpe_names_go_before_words():
    (cve,) = decode(record({"cpeApplicability": [{"nodes": [{"operator": "OR", "cpeMatch": [MATCH]}]}]}))

    assert cve.configurations[0].matches[0].end_excluding == "3"


def ssvc(**rest):
    options = [{"Exploitation": "poc"}, {"Automatable": "yes"}, {"Technical Impact": "total"}]
    content = {"timestamp": "2024-03-01T00:00:00Z", "options": options} | rest
    return {"metrics": [{"other": {"type": "ssvc", "content": content}}]}


def test_cisas_decision_comes_with_the_record():
    _, decided = decode(record(adp=[ssvc()]))

    assert isinstance(decided, Ssvc)
    assert (decided.exploitation, decided.automatable, decided.total_impact) == ("poc", True, True)


def test_withdrawn_and_reserved_ids_affect_nothing():
    (cve,) = decode(record(state="REJECTED"))

    assert (cve.rejected, cve.configurations) == (True, ())
    assert decode(record(state="RESERVED")) == []


@pytest.mark.parametrize(
    "change",
    [
        {"dataVersion": "4.0"},
        {"dataType": "OTHER"},
        {"cveMetadata": {"cveId": "CVE-1", "state": "PUBLISHED"}},
        {"containers": {}},
        {"containers": {"cna": {}, "adp": [ssvc(options=[{"Exploitation": "perhaps"}])]}},
    ],
)
def test_what_is_no_such_record_is_refused(change):
    with pytest.raises(InvalidError):
        decode(record() | change)
