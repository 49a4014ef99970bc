"""The report as files: HTML as it is, Markdown, and PDF."""

import asyncio
import importlib
from importlib import resources
from typing import Any, ClassVar

import msgspec

from chariot.errors import ConfigurationError
from chariot.formats.export.support.markdown import render_markdown
from chariot.formats.export.support.text import paragraphs
from chariot.modules.exchange.exports.contract import Exporter, Sink, Written
from chariot.modules.exchange.exports.source import Source
from chariot.modules.exchange.report.collect import collect_report
from chariot.modules.exchange.report.data import ReportData
from chariot.modules.exchange.report.html import render_html

_encode = msgspec.json.encode


async def _report(source: Source) -> ReportData:
    return await collect_report(
        source.reader, source.organisation, made_at=source.made_at, program=source.program
    )


class Html(Exporter):
    """The report as one page that needs nothing else."""

    name = "html"
    title = "Report as one HTML page"
    media_type = "text/html"
    extension = "html"
    selective = False
    detailed: ClassVar[bool] = True

    async def write(self, source: Source, sink: Sink) -> Written:
        """See `Exporter.write`."""
        report = await _report(source)
        sink.write(render_html(report, detailed=self.detailed).encode())
        return Written(len(report.top.items) + len(report.assets.items))


class ManagementHtml(Html):
    """The numbers, the worst, the plan and what nobody could look at, on one page."""

    name = "html-management"
    title = "Report for managers as one HTML page"
    detailed = False


class Markdown(Exporter):
    """The report as text that also reads well unrendered."""

    name = "markdown"
    title = "Report as Markdown"
    media_type = "text/markdown"
    extension = "md"
    selective = False

    async def write(self, source: Source, sink: Sink) -> Written:
        """See `Exporter.write`."""
        report = await _report(source)
        sink.write(render_markdown(report).encode())
        return Written(len(report.top.items) + len(report.assets.items))


class Pdf(Exporter):
    """The report on paper. All text goes in as data, never as markup of the typesetter."""

    name = "pdf"
    title = "Report as PDF"
    media_type = "application/pdf"
    extension = "pdf"
    selective = False
    detailed: ClassVar[bool] = True

    async def write(self, source: Source, sink: Sink) -> Written:
        """See `Exporter.write`."""
        typst = _typesetter()
        report = await _report(source)
        template = resources.files(__package__).joinpath("report.typ").read_bytes()
        inputs = {"data": printed(report), "detailed": "yes" if self.detailed else "no"}
        page: bytes = await asyncio.to_thread(typst.compile, template, sys_inputs=inputs)
        sink.write(page)
        return Written(len(report.top.items) + len(report.assets.items))


class ManagementPdf(Pdf):
    """The numbers, the worst and what nobody could look at, on paper."""

    name = "pdf-management"
    title = "Report for managers as PDF"
    detailed = False


def _typesetter() -> Any:
    try:
        return importlib.import_module("typst")
    except ImportError as error:
        raise ConfigurationError(
            "PDF needs a library that is not installed: pip install 'chariot-asm[pdf]'"
        ) from error


def printed(report: ReportData) -> str:
    """Return *report* as the JSON that the template reads, with all its text harmless to look at."""
    return _encode(_visible(msgspec.to_builtins(report))).decode()


def _visible(value: Any) -> Any:
    """Return *value* with all its text made visible and cut at a length that a page can hold."""
    if isinstance(value, str):
        return paragraphs(value, 2_000)
    if isinstance(value, dict):
        return {name: _visible(item) for name, item in value.items()}
    return [_visible(item) for item in value] if isinstance(value, list | tuple) else value
