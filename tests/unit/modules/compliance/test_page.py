from datetime import UTC, datetime

from chariot.model.keys import Organisation
from chariot.modules.compliance.page import report_page
from chariot.modules.compliance.service import Control, Finding, Framework, Report, Verdict

HOSTILE = '<script>alert("x")</script>'


def test_what_came_from_outside_is_shown_and_never_run():
    finding = Finding("a", HOSTILE, Verdict.FAIL, HOSTILE, (HOSTILE,), 1, HOSTILE, {"cis": ("1.1",)})
    framework = Framework("cis", "CIS", 0, 1, 0, (Control(HOSTILE, Verdict.FAIL, ("a",)),))
    report = Report(Organisation(HOSTILE), datetime(2026, 1, 1, tzinfo=UTC), (finding,), (framework,))

    page = report_page(report)

    assert "<script" not in page
    assert page.count("&lt;script&gt;") >= 6
    assert "default-src 'none'" in page
