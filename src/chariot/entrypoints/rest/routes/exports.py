"""Exports and reports as downloads: written while they are read, at any size."""

import hashlib
from contextlib import suppress
from typing import Annotated

import msgspec
from msgspec import Meta

from chariot.entrypoints.rest.downloads import attachment
from chariot.entrypoints.rest.export_stream import exported
from chariot.entrypoints.rest.operations import Answer, Call, Operations
from chariot.entrypoints.rest.requests import instant
from chariot.entrypoints.rest.routes.exchange import exchange
from chariot.entrypoints.rest.routes.parameters import AsOf, FilterText, readable_kinds, unread_kinds
from chariot.errors import ConfigurationError, NotFoundError, UnavailableError
from chariot.model.registry import kinds_named
from chariot.modules.exchange.exports.service import ExportReport, ExportRequest

OPERATIONS = Operations("Exports")


class ExportParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What goes into an export. Reports are about everything, now, and take none of these."""

    kinds: Annotated[
        str, Meta(max_length=1_000, description="Kinds or groups, separated by commas", examples=["risks"])
    ] = ""
    filter: FilterText = ""
    as_of: AsOf = ""
    everything: Annotated[bool, Meta(description="Also what left the surface or is excluded")] = False
    report: Annotated[
        str,
        Meta(
            max_length=64,
            description="A name of your own, under which `/exports/reports` tells for a day what the export held",
            examples=["3f0c9a52"],
        ),
    ] = ""


class ExportFormatItem(msgspec.Struct, frozen=True):
    """A format that can be written."""

    format: str
    title: str
    media_type: str
    extension: str


class ExportReportItem(msgspec.Struct, frozen=True, kw_only=True):
    """What an export held."""

    format: str
    media_type: str
    kinds: tuple[str, ...]
    records: int
    relationships: int
    size_bytes: int


@OPERATIONS.add("GET", "/api/v1/exports", "exports:read", data=list[ExportFormatItem], sighted=True)
async def list_export_formats(call: Call) -> Answer:
    """List the formats of exports and reports."""
    exporters = exchange(call).exports.exporters.values()
    return call.one(
        [ExportFormatItem(one.name, one.title, one.media_type, one.extension) for one in exporters]
    )


@OPERATIONS.add(
    "GET",
    "/api/v1/exports/{format}",
    "exports:read",
    data=str,
    enveloped=False,
    media_type="application/octet-stream",
    other_media_types=("*/*",),
    parameters=ExportParameters,
    names={"format": "One of `/exports`, such as `jsonl`, `csv`, `sarif`, `html` or `pdf`"},
    errors=(ConfigurationError,),
    sighted=True,
)
async def download_export(call: Call) -> Answer:
    """Download an export or a report.

    The content type is the format's own. A download that breaks off ends without the end of its transfer encoding,
    so that no client takes a part for the whole.
    """
    asked: ExportParameters = call.parameters
    services = exchange(call)
    named = [kind for word in asked.kinds.split(",") if word.strip() for kind in kinds_named(word.strip())]
    readable_kinds(call.caller, "exports:read", named)
    request = ExportRequest(
        format=call.names["format"],
        kinds=tuple(named),
        without=unread_kinds(call.caller, "exports:read"),
        filter=asked.filter,
        as_of=instant(asked.as_of, place="as_of", now=call.services.now()) if asked.as_of else None,
        everything=asked.everything,
    )
    exporter = services.exports.exporter(request.format)

    async def keep(report: ExportReport) -> None:
        # What was downloaded is whole all the same.
        with suppress(UnavailableError):
            await _keep(call, asked.report, report)

    told = keep if asked.report else None
    stream = await exported(call.services.store, services.exports, call.caller.organisation, request, told)
    return attachment(f"chariot.{exporter.extension}", exporter.media_type, stream, None)


@OPERATIONS.add(
    "GET",
    "/api/v1/exports/reports/{report}",
    "exports:read",
    data=ExportReportItem,
    names={"report": "The name that the download was given by `report`"},
    errors=(NotFoundError,),
    sighted=True,
)
async def read_export_report(call: Call) -> Answer:
    """Tell what an export held that the caller downloaded to its end, within a day."""
    organisation, name = call.caller.organisation, _receipt(call, call.names["report"])
    found = await call.services.receipts.begin(organisation, name, b"")
    if found is None:
        # To ask is to claim.
        await call.services.receipts.drop(organisation, name)
    if found is None or found.answer is None:
        raise NotFoundError("no export of this name was downloaded to its end")
    return call.one(msgspec.json.decode(found.answer, type=ExportReportItem))


async def _keep(call: Call, name: str, report: ExportReport) -> None:
    organisation, receipt = call.caller.organisation, _receipt(call, name)
    item = msgspec.convert(report, ExportReportItem, from_attributes=True)
    # A download that is repeated under the same name takes the place of the one before.
    await call.services.receipts.drop(organisation, receipt)
    await call.services.receipts.begin(organisation, receipt, b"")
    await call.services.receipts.finish(organisation, receipt, msgspec.json.encode(item))


def _receipt(call: Call, name: str) -> str:
    """Return where a report stands among the receipts: each caller has names of their own."""
    return hashlib.sha256(f"export\0{call.caller.subject}\0{name}".encode()).hexdigest()
