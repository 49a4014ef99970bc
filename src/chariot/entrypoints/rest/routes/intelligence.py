"""What is known about vulnerabilities, asked for products and packages."""

from collections.abc import Mapping
from typing import Annotated

import msgspec
from msgspec import Meta

from chariot.entrypoints.rest.operations import Answer, Call, Operations
from chariot.modules.intel.answers import Match
from chariot.modules.intel.packages import MAX_PURL, PackageMatch

OPERATIONS = Operations("Intelligence")
_PACKAGE = "pkg:"


class NamesBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What runs somewhere."""

    names: Annotated[
        list[Annotated[str, Meta(min_length=1, max_length=MAX_PURL)]],
        Meta(min_length=1, max_length=100, description="CPE names and package URLs"),
    ]


class Matches(msgspec.Struct, frozen=True, kw_only=True):
    """What affects each name, or may."""

    products: Mapping[str, tuple[Match, ...]]
    """By CPE name."""
    packages: Mapping[str, tuple[PackageMatch, ...]]
    """By package URL."""


@OPERATIONS.add(
    "POST",
    "/api/v1/intelligence/matches",
    "intelligence:read",
    data=Matches,
    body=NamesBody,
    example={"names": ["cpe:2.3:a:nginx:nginx:1.24.0:*:*:*:*:*:*:*", "pkg:pypi/requests@2.19.0"]},
    sighted=True,
)
async def match_names(call: Call) -> Answer:
    """Tell which vulnerabilities affect each CPE name or package URL, or may, and why. Nothing is kept of it."""
    body: NamesBody = call.body
    intel = call.services.intel
    purls = [name for name in body.names if name.startswith(_PACKAGE)]
    cpes = [name for name in body.names if not name.startswith(_PACKAGE)]
    return call.one(Matches(products=await intel.match(cpes), packages=await intel.match_packages(purls)))
