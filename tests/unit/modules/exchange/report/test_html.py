import base64
import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.modules.exchange.report.collect import Limits, collect_report
from chariot.modules.exchange.report.html import render_html, safe_text
from chariot.modules.graph.answers import Fix, FixPlan, FixStep
from chariot.modules.graph.path_model import FixKind
from chariot.modules.surface.service import SurfaceService

from .conftest import ACME, CVE, NOW


@pytest.fixture
async def page(surface: SurfaceService) -> str:
    return render_html(await collect_report(surface.store, ACME, made_at=NOW, program="Chariot 0"))


async def test_hostile_text_stays_text(page: str) -> None:
    document = html.document_fromstring(page)

    assert document.xpath("//script | //img | //iframe | //object | //@onerror | //@style | //@src") == []
    assert "<script>alert(1)</script>" in document.text_content()
    assert "{{ 7*7 }}" in page
    assert not any(character in page for character in "\u202e\x1b")


async def test_nothing_is_fetched_and_nothing_runs(page: str) -> None:
    document = html.document_fromstring(page)

    policy = document.xpath("string(//meta[@http-equiv='Content-Security-Policy']/@content)")
    style = document.xpath("string(//style)")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert f"'sha256-{digest}'" in policy
    assert {link for link in document.xpath("//a/@href") if not link.startswith("#")} == set()
    assert re.search(r"url\(|@import", style) is None


async def test_what_to_fix_first_stands_with_its_reasons(page: str) -> None:
    first = html.document_fromstring(page).xpath("//article")[0]

    assert CVE in first.xpath("string(.//h3)")
    assert [row.xpath("string(td[1])") for row in first.xpath(".//table[@class='factors']//tr")] == [
        "+30",
        "+25",
        "-5",
    ]


async def test_unknown_answers_are_loud(page: str) -> None:
    assert "5answers unknown, of 6 looked for" in html.document_fromstring(page).text_content()


async def test_lists_say_what_they_leave_out(surface: SurfaceService) -> None:
    report = await collect_report(
        surface.store, ACME, made_at=NOW, program="Chariot 0", limits=Limits(top=1, assets=1, changes=1)
    )

    page = render_html(report)

    assert "2 more assets are left out here" in page
    assert "There are more open risks than are shown here" in page
    assert "There are more changes than are shown here" in page
    assert "5 more rows are left out" in page


async def test_an_empty_surface_does_not_look_clean(store: SqliteEntityStore) -> None:
    page = render_html(await collect_report(store, ACME, made_at=NOW, program="Chariot 0"))

    assert "Nothing was scanned yet" in page


async def test_the_same_surface_gives_the_same_bytes(surface: SurfaceService, page: str) -> None:
    again = await collect_report(surface.store, ACME, made_at=NOW, program="Chariot 0")

    assert render_html(again) == page


@given(st.text())
def test_what_cannot_be_seen_becomes_visible(text: str) -> None:
    assert safe_text(text).replace("\n", "").replace("\t", "").isprintable()


async def test_a_fix_plan_stands_in_the_report_and_its_text_stays_text(surface: SurfaceService) -> None:
    words = "Update <b>httpd</b> \u202e(at shop)."
    fix = Fix(kind=FixKind.MEND, at="#port#192.0.2.7#tcp#443", what="httpd", words=words, cost=1)
    step = FixStep(fix=fix, closes=3, closed=0.87, closed_likelihood=0.9, open_targets=2)
    plan = FixPlan(paths=4, steps=(step,), smallest=(fix,), smallest_cost=1, possible=True, targets=())
    report = await collect_report(surface.store, ACME, made_at=NOW, program="Chariot 0", plan=plan)

    document = html.document_fromstring(render_html(report))

    (row,) = document.xpath("//h2[@id='plan']/following-sibling::div[1]//tr[td]")
    assert row.xpath("string(td[1])") == "87 %"
    assert row.xpath("string(td[2])") == "Update <b>httpd</b> \\u202e(at shop)."
    assert row.xpath(".//b") == []


async def test_a_report_without_a_plan_has_no_such_section(page: str) -> None:
    assert html.document_fromstring(page).xpath("//h2[@id='plan']") == []
