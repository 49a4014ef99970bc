import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.model.evidence import KeyValues
from chariot.model.keys import Key
from chariot.model.kinds.weakness import Risk, Vulnerability
from chariot.model.states import Decision, RiskState, Severity
from chariot.modules.graph.likelihood import Exploitable, exploitable, together, way_in, weak
from chariot.modules.risk.finding import MATCHED

PORT = "#port#192.0.2.7#tcp#443"
TOTAL = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"


def risk(**facts) -> Risk:
    return Risk(target=PORT, weakness="CVE-2024-1111", **facts)


def likelihood(vulnerability: Vulnerability) -> float:
    return exploitable(vulnerability).likelihood


def test_what_is_known_to_be_exploited_is_likelier_than_any_forecast() -> None:
    forecast = likelihood(Vulnerability(id="CVE-1999-0001", epss=1.0))
    exploited = likelihood(Vulnerability(id="CVE-1999-0001", known_exploited=True))
    ransomware = likelihood(Vulnerability(id="CVE-1999-0001", known_exploited=True, ransomware=True))

    assert forecast < exploited < ransomware < 1


def test_an_exploit_that_works_is_likelier_used_than_one_that_shows_it_could() -> None:
    found = [
        likelihood(Vulnerability(id="CVE-1999-0001", exploit=one))
        for one in ("", "poc", "functional", "weaponised")
    ]

    assert found == sorted(set(found))
    assert likelihood(Vulnerability(id="CVE-1999-0001", exploit="whatever")) == found[1]


@pytest.mark.parametrize(
    ("vector", "gives"),
    [
        (TOTAL, 1.0),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", 0.3),
        ("CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:H/A:H", 0.5),
        ("CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H", 0.5),
        ("CVSS:3.1/AV:A/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 0.05),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H", 0.0),
        ("CVSS:3.1/AV:L/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 0.0),
        ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:H/SC:N/SI:N/SA:N", 0.0),
        ("AV:N/AC:L/Au:N/C:C/I:C/A:C", 1.0),
    ],
)
def test_what_a_weakness_gives_is_told_by_its_vector(vector, gives) -> None:
    found = exploitable(Vulnerability(id="CVE-1999-0001", cvss_vector=vector))

    assert found.gives == pytest.approx(gives)


@pytest.mark.parametrize(("score", "gives"), [(9.8, 1.0), (7.5, 0.3), (None, 0.3)])
def test_without_a_vector_its_base_score_tells(score, gives) -> None:
    assert exploitable(Vulnerability(id="CVE-1999-0001", cvss_score=score)).gives == gives


def test_a_finding_that_no_register_knows_counts_by_its_severity() -> None:
    found = [way_in(weak(risk(severity=one)), None, log_in=False) for one in Severity]

    assert found == sorted(found)
    assert found[0] == 0


@pytest.mark.parametrize(
    ("state", "is_in"), [(one, one.value in "triage open accepted") for one in RiskState]
)
def test_an_attacker_takes_what_is_open_and_what_was_accepted(state, is_in) -> None:
    known = Exploitable(0.5, 1.0)

    assert bool(way_in(weak(risk(state=state)), known, log_in=False)) is is_in


def test_a_log_in_a_doubt_and_a_calm_decision_make_it_less_likely() -> None:
    known = Exploitable(0.4, 1.0)
    plain = way_in(weak(risk()), known, log_in=False)

    assert way_in(weak(risk()), known, log_in=True) < plain
    assert way_in(weak(risk(confidence=50)), known, log_in=False) == pytest.approx(plain / 2)
    assert way_in(weak(risk(decision=Decision.ACT)), known, log_in=False) > plain


def test_risks_of_one_product_are_mended_together() -> None:
    seen = KeyValues(title=MATCHED, values={"cpe": "cpe:2.3:a:apache:http_server:2.4.49:*:*:*:*:*:*:*"})

    assert weak(risk(evidence=(seen,))).mends == "apache http_server"
    assert weak(risk()).mends == "CVE-2024-1111"
    assert weak(risk()).target == Key(PORT)


@given(st.lists(st.floats(0, 1), max_size=5), st.floats(0, 1))
def test_one_more_way_never_makes_it_less_likely(ways, one) -> None:
    assert 0 <= together(ways) <= together([*ways, one]) + 1e-12 <= 1 + 1e-9
