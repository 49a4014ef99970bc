import importlib
from typing import Any

import pytest

from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.errors import ConfigurationError, InvalidError
from chariot.formats.export.report import Html, ManagementHtml, ManagementPdf, Markdown, Pdf, printed
from chariot.modules.exchange.exports.contract import Exporter
from chariot.modules.exchange.report.collect import collect_report
from support.exports import ACME, CVE, NOW, SECRET, exported

REPORTS = (Html(), ManagementHtml(), Markdown(), Pdf(), ManagementPdf())


async def test_the_page_is_the_report(store: SqliteEntityStore) -> None:
    page = (await exported(Html(), store)).decode()

    assert page.startswith("<!doctype html>")
    assert CVE.id in page
    assert "<script>" not in page


async def test_managers_read_what_to_decide_and_no_evidence(store: SqliteEntityStore) -> None:
    technical = (await exported(Html(), store)).decode()
    page = (await exported(ManagementHtml(), store)).decode()

    assert CVE.id in page
    assert "What could not be looked at" in page
    assert all(word in technical and word not in page for word in ("<details>", "<h2>Assets</h2>"))


async def test_the_text_names_the_worst_risk_first(store: SqliteEntityStore) -> None:
    text = (await exported(Markdown(), store)).decode()

    assert "### 1. CVE-2021-41773 at https\\://app.example.com/" in text
    assert "score 97 · act · critical · open · known exploited" in text


async def test_a_page_is_set_although_the_text_is_hostile(store: SqliteEntityStore) -> None:
    page = await exported(Pdf(), store)

    assert page.startswith(b"%PDF-")
    assert page.rstrip().endswith(b"%%EOF")


@pytest.mark.parametrize("exporter", REPORTS, ids=lambda one: one.name)
async def test_an_empty_surface_has_a_report(empty: SqliteEntityStore, exporter: Exporter) -> None:
    assert await exported(exporter, empty)


@pytest.mark.parametrize("exporter", REPORTS, ids=lambda one: one.name)
async def test_no_secret_comes_out(store: SqliteEntityStore, exporter: Exporter) -> None:
    assert SECRET.encode() not in await exported(exporter, store)


@pytest.mark.parametrize("exporter", REPORTS, ids=lambda one: one.name)
@pytest.mark.parametrize("asked", [{"as_of": NOW}, {"filter": "score>1"}, {"kinds": ("risk",)}])
async def test_a_report_on_a_part_is_refused_and_not_made_of_everything(
    store: SqliteEntityStore, exporter: Exporter, asked: dict[str, Any]
) -> None:
    with pytest.raises(InvalidError, match="everything"):
        await exported(exporter, store, **asked)


async def test_what_would_reorder_the_text_on_paper_is_written_out(store: SqliteEntityStore) -> None:
    report = await collect_report(store, ACME, made_at=NOW, program="Chariot 1.2.3")

    data = printed(report)

    assert "\u202e" not in data
    assert "\\\\u202e" in data


async def test_without_the_typesetter_the_error_names_the_extra(
    empty: SqliteEntityStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", missing)

    with pytest.raises(ConfigurationError, match=r"chariot-asm\[pdf\]"):
        await exported(Pdf(), empty)
