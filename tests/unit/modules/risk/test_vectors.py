import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.model.states import Severity
from chariot.modules.risk.vectors import read_vector, severity_of


@pytest.mark.parametrize(
    ("vector", "score", "attack_vector", "automatable", "total_impact"),
    [
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 9.8, "N", True, True),
        ("CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", 6.1, "N", False, False),
        ("CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H", 7.8, "L", False, True),
        ("AV:N/AC:L/Au:N/C:C/I:C/A:C", 10.0, "N", True, True),
        ("AV:N/AC:M/Au:N/C:P/I:P/A:P", 6.8, "N", False, False),
        ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 9.3, "N", True, True),
        ("CVSS:4.0/AV:P/AC:L/AT:P/PR:N/UI:N/VC:L/VI:N/VA:N/SC:N/SI:N/SA:N", 1.0, "P", False, False),
    ],
)
def test_a_vector_of_any_version_says_what_the_formula_needs(
    vector, score, attack_vector, automatable, total_impact
):
    facts = read_vector(vector)

    assert facts is not None
    assert facts.score == score
    assert facts.attack_vector == attack_vector
    assert (facts.automatable, facts.total_impact) == (automatable, total_impact)


@pytest.mark.parametrize(
    ("vector", "score"),
    [
        # CVSS 3.1, among them vectors of FIRST's examples: injection, disclosure, takeover.
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", 6.1),
        ("CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N", 6.4),
        ("CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N", 3.1),
        ("CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:H/I:H/A:H", 9.9),
        ("CVSS:3.1/AV:L/AC:L/PR:H/UI:N/S:U/C:L/I:L/A:L", 4.2),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 9.8),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", 7.5),
        # FIRST, CVSS 4.0: everything lost here and behind, the same without what is behind, and nothing lost.
        ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H", 10.0),
        ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 9.3),
        ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N", 0.0),
        ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:N/VA:N/SC:N/SI:N/SA:N", 8.7),
        # CVSS 2, vectors of its guide.
        ("AV:N/AC:L/Au:N/C:N/I:N/A:C", 7.8),
        ("AV:N/AC:L/Au:N/C:C/I:C/A:C", 10.0),
        ("AV:L/AC:H/Au:N/C:C/I:C/A:C", 6.2),
    ],
)
def test_published_examples_have_their_published_scores(vector, score):
    facts = read_vector(vector)

    assert facts is not None
    assert facts.score == score


@given(st.text(max_size=60) | st.text("CVSS:341./AVNLCPRUIH", max_size=60))
def test_other_text_says_nothing(text):
    read_vector(text)


@pytest.mark.parametrize(
    ("score", "severity"),
    [
        (10.0, Severity.CRITICAL),
        (9.0, Severity.CRITICAL),
        (8.9, Severity.HIGH),
        (4.0, Severity.MEDIUM),
        (3.9, Severity.LOW),
        (0.0, Severity.INFO),
    ],
)
def test_severities_are_the_bands_of_cvss(score, severity):
    assert severity_of(score) is severity
