"""Compliance, and the rights of people over what is kept about them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from chariot.entrypoints.rest.operations import Answer, Call, Operations
from chariot.errors import DeniedError, UnavailableError
from chariot.model.keys import Organisation
from chariot.modules.privacy.service import PrivacyService

OPERATIONS = Operations("Compliance")
Name = Annotated[str, Meta(min_length=2, max_length=1_000)]
Names = Annotated[
    list[Name],
    Meta(
        min_length=1,
        max_length=50,
        description="All names of one person",
        examples=[["ann", "ann@example.com"]],
    ),
]

Everywhere = Annotated[
    bool, Meta(description="In all organisations; for those who may do everything in the installation alone")
]


class ComplianceParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which checks are asked for."""

    framework: Annotated[
        Literal["", "asvs", "nist-csf", "cis", "soc2", "iso27001"],
        Meta(description="Only checks that speak to this framework"),
    ] = ""


class ComplianceFinding(msgspec.Struct, frozen=True):
    """One check, judged."""

    id: str
    title: str
    verdict: Literal["pass", "fail", "cannot-tell"]
    reason: str
    evidence: list[str]
    matched: int
    advice: str
    maps: dict[str, list[str]]


class ComplianceControl(msgspec.Struct, frozen=True):
    """One control of a framework: the worst verdict of its checks."""

    id: str
    verdict: Literal["pass", "fail", "cannot-tell"]
    checks: list[str]


class ComplianceFramework(msgspec.Struct, frozen=True):
    """One framework, as far as checks speak to it."""

    id: str
    title: str
    passed: int
    failed: int
    unknown: int
    controls: list[ComplianceControl]


class ComplianceReport(msgspec.Struct, frozen=True):
    """All checks of the organisation."""

    organisation: str
    made_at: datetime
    findings: list[ComplianceFinding]
    frameworks: list[ComplianceFramework]


class SubjectBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A person."""

    names: Names
    everywhere: Everywhere = False


class ErasureBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A person who is to be erased, and why."""

    names: Names
    why: Annotated[
        str, Meta(min_length=1, max_length=1_000, description="Kept for good; it may not name the person")
    ]
    everywhere: Everywhere = False


class SubjectStatement(msgspec.Struct, frozen=True):
    """One version of an entity in which a person stands."""

    organisation: str
    key: str
    kind: str
    places: list[str]
    said_at: datetime
    said_by: str
    facts: Mapping[str, Any]


class SubjectAction(msgspec.Struct, frozen=True):
    """Something that a person did."""

    organisation: str
    at: datetime
    did: str
    key: str
    fields: list[str]
    why: str


class SubjectExport(msgspec.Struct, frozen=True):
    """All that is kept about a person in this organisation."""

    names: list[str]
    made_at: datetime
    statements: list[SubjectStatement]
    actions: list[SubjectAction]
    seen_as_origin: list[str]
    audit_entries: int


class ErasureDone(msgspec.Struct, frozen=True):
    """What an erasure did."""

    pseudonym: str
    rows: int
    origins: int
    organisations: list[str]
    audit_entries: int


def _see_all(call: Call, permission: str) -> None:
    """Raise DeniedError when the caller sees a part of the organisation alone: these answers are about all of it."""
    if call.caller.sight(permission) is not None:
        raise DeniedError("this is about the whole organisation, of which you may see a part")


def _where(call: Call, *, everywhere: bool) -> Organisation | None:
    """Return in which organisation a person is looked for; None is in all."""
    if everywhere and not call.caller.roams:
        raise DeniedError("all organisations are for those who may do everything in the installation")
    return None if everywhere else call.caller.organisation


def _privacy(call: Call) -> PrivacyService:
    found = call.services.privacy
    if found is None:
        raise UnavailableError("this server does not do it")
    return found


@OPERATIONS.add(
    "GET", "/api/v1/compliance", "compliance:read", data=ComplianceReport, parameters=ComplianceParameters
)
async def judge_compliance(call: Call) -> Answer:
    """Judge every check over the surface and the installation, with what each verdict rests on."""
    _see_all(call, "compliance:read")
    if call.services.compliance is None:
        raise UnavailableError("this server judges no checks")
    asked: ComplianceParameters = call.parameters
    report = await call.services.compliance.report(call.caller.organisation, framework=asked.framework)
    return call.one(msgspec.convert(msgspec.to_builtins(report), ComplianceReport))


@OPERATIONS.add(
    "POST",
    "/api/v1/privacy/exports",
    "privacy:export",
    data=SubjectExport,
    body=SubjectBody,
    secret=True,
    example={"names": ["ann", "ann@example.com"]},
)
async def export_subject(call: Call) -> Answer:
    """Return all that is kept about a person in this organisation."""
    _see_all(call, "privacy:export")
    body: SubjectBody = call.body
    found = await _privacy(call).export(
        body.names, organisation=_where(call, everywhere=body.everywhere), actor=call.caller.user
    )
    return call.one(msgspec.convert(msgspec.to_builtins(found), SubjectExport))


@OPERATIONS.add(
    "POST",
    "/api/v1/privacy/erasures",
    "privacy:erase",
    data=ErasureDone,
    body=ErasureBody,
    secret=True,
    example={"names": ["ann", "ann@example.com"], "why": "Request of 21 November"},
)
async def erase_subject(call: Call) -> Answer:
    """Put a pseudonym in the place of a person, in the present and in all history. It cannot be undone."""
    _see_all(call, "privacy:erase")
    body: ErasureBody = call.body
    done = await _privacy(call).erase(
        body.names,
        organisation=_where(call, everywhere=body.everywhere),
        actor=call.caller.user,
        why=body.why,
    )
    return call.one(msgspec.convert(msgspec.to_builtins(done), ErasureDone))
