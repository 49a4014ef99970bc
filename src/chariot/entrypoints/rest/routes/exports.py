"""Exports and reports as downloads: written while they are read, at any size."""

from typing import Annotated

import msgspec
from msgspec import Meta

from chariot.entrypoints.rest.downloads import attachment
from chariot.entrypoints.rest.export_stream import exported
from chariot.entrypoints.rest.operations import Answer, Call, Operations
from chariot.entrypoints.rest.requests import instant
from chariot.entrypoints.rest.routes.exchange import exchange
from chariot.entrypoints.rest.routes.parameters import AsOf, FilterText, readable_kinds, unread_kinds
from chariot.errors import ConfigurationError
from chariot.model.registry import kinds_named
from chariot.modules.exchange.exports.service import ExportRequest

OPERATIONS = Operations("Exports")


class ExportParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What goes into an export. Reports are about everything, now, and take none of these."""

    kinds: Annotated[
        str, Meta(max_length=1_000, description="Kinds or groups, separated by commas", examples=["risks"])
    ] = ""
    filter: FilterText = ""
    as_of: AsOf = ""
    everything: Annotated[bool, Meta(description="Also what left the surface or is excluded")] = False


class ExportFormatItem(msgspec.Struct, frozen=True):
    """A format that can be written."""

    format: str
    title: str
    media_type: str
    extension: str


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
    stream = await exported(call.services.store, services.exports, call.caller.organisation, request)
    return attachment(f"chariot.{exporter.extension}", exporter.media_type, stream, None)
