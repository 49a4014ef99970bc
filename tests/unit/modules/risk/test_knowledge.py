from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.modules.intel.records import Advisory, Cve, Cvss, EpssScore, KevEntry
from chariot.modules.intel.service import Knowledge
from chariot.modules.risk.knowledge import exploit_in, vulnerability_of

ID = "CVE-2024-1000"
AT = datetime(2024, 1, 1, tzinfo=UTC)


def test_all_that_is_known_stands_on_the_vulnerability():
    known = Knowledge(
        ID,
        Cve(ID, AT, AT, "First. Second.", references=("https://www.exploit-db.com/exploits/1",)),
        KevEntry(ID, date(2024, 2, 1), ransomware=True),
        EpssScore(ID, 0.5, 0.99, date(2026, 3, 1)),
    )

    found = vulnerability_of(known)

    assert (found.title, found.description, found.exploit) == ("First", "First. Second.", "poc")
    assert (found.known_exploited, found.known_exploited_day, found.ransomware) == (True, "2024-02-01", True)
    assert (found.epss, found.epss_day, found.published) == (0.5, "2026-03-01", AT)


def test_what_no_catalogue_has_is_said_not_to_be_exploited():
    found = vulnerability_of(Knowledge(ID))

    assert (found.known_exploited, found.ransomware, found.cvss_score) == (False, False, None)


def test_where_no_register_scores_it_the_advisory_does():
    advisory = Advisory("GHSA-1", AT, (ID,), "A hole.", cvss=(Cvss("3.1", "CVSS:3.1/AV:N", 9.8, "GHSA"),))

    alone = vulnerability_of(Knowledge(ID, advisory=advisory))
    beside = vulnerability_of(Knowledge(ID, Cve(ID, AT, AT, "A flaw."), advisory=advisory))

    assert (alone.cvss_score, alone.title) == (9.8, "A hole.")
    assert (beside.cvss_score, beside.title) == (9.8, "A flaw.")


@given(st.text(max_size=300), st.lists(st.text(max_size=40), max_size=5))
def test_any_text_of_a_feed_can_be_stored(summary, references):
    found = vulnerability_of(Knowledge(ID, Cve(ID, AT, AT, summary, references=tuple(references))))

    assert len(found.title) <= 160


@pytest.mark.parametrize(
    ("references", "exploit"),
    [
        ((), ""),
        (("https://example.com/exploit-db.com",), ""),
        (("https://exploit-db.com.example.com/1",), ""),
        (("http://[broken", "https://packetstorm.news/files/1"), "poc"),
        (("https://www.exploit-db.com/exploits/1", "https://www.rapid7.com/db/modules/x/"), "weaponised"),
    ],
)
def test_exploits_are_told_by_who_publishes_them(references, exploit):
    assert exploit_in(references) == exploit
