"""A surface with hostile text in every place that a report shows."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.model.evidence import Banner, Code, HttpExchange, Image, KeyValues, Table
from chariot.model.keys import SHARED, Organisation
from chariot.model.kinds.network import Certificate, Domain, Port, WebApplication
from chariot.model.kinds.weakness import Factor, Risk, Technology, Vulnerability
from chariot.model.kinds.work import Job, Seed
from chariot.model.observations import Edit, Observations
from chariot.model.relationships import Relationship, RelationshipType
from chariot.model.states import Decision, Outcome, RiskState, Severity
from chariot.modules.surface.service import SurfaceService

ACME = Organisation("acme")
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOSTILE = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7*7 }}\u202egnp.exe\x1b[31m"
"""Markup in and out of attributes, a template expression, a bidirectional override, an ANSI colour."""
CVE = "CVE-2021-41773"
APP = WebApplication(url="http://app.example.com/", status_code=200, title=HOSTILE, server=HOSTILE)
PORT = Port(address="192.0.2.7", protocol="tcp", number=80, service="http", banner=HOSTILE)
TECHNOLOGY = Technology(cpe="cpe:2.3:a:apache:http_server:2.4.49:*:*:*:*:*:*:*", version=HOSTILE[:100])
EVIDENCE = (
    Banner(title=HOSTILE[:100], text=HOSTILE, cut=True),
    KeyValues(values={HOSTILE: HOSTILE}),
    Table(columns=(HOSTILE,), rows=((HOSTILE,),) * 25),
    HttpExchange(
        method="GET",
        url=f"http://app.example.com/?{HOSTILE}",
        status=200,
        response_headers=((HOSTILE, HOSTILE),),
        response_body=HOSTILE,
    ),
    Code(path=HOSTILE, text=HOSTILE),
    Image(blob="ab" * 32, media_type="image/png", size_bytes=1_234),
)
RISK = Risk(
    target=APP.key,
    weakness=CVE,
    title=HOSTILE,
    severity=Severity.CRITICAL,
    score=97,
    decision=Decision.ACT,
    factors=(
        Factor("epss", HOSTILE, 25.0),
        Factor("kev", "known exploited", 30.0),
        Factor("vpn", "yes", -5.0),
    ),
    formula="1.0",
    remediation=HOSTILE,
    evidence=EVIDENCE,
)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteEntityStore]:
    opened = SqliteEntityStore(SqliteDatabase(tmp_path / "t.db"), now=lambda: NOW)
    yield opened
    await opened.close()


@pytest.fixture
async def surface(store: SqliteEntityStore) -> SurfaceService:
    """A surface that holds the sample."""
    service = SurfaceService(store, now=lambda: NOW)
    await service.edit(ACME, [Edit(actor="cli:test", entity=Seed(value="example.com"))])
    weakness = Vulnerability(id=CVE, title="Path traversal", cvss_score=9.8, epss=0.94, known_exploited=True)
    await service.observe(SHARED, Observations(capability="intel", seen_at=NOW, entities=(weakness,)))
    certificate = Certificate(
        sha256="ab" * 32, subject=HOSTILE, names=(HOSTILE,), issuer=HOSTILE, not_after=NOW + timedelta(days=3)
    )
    later = Certificate(sha256="cd" * 32, subject="CN=later", not_after=NOW + timedelta(days=400))
    closed = Risk(target=PORT.key, weakness="CVE-2020-0002", score=99)
    entities = (
        Domain(host="app.example.com"),
        PORT,
        APP,
        TECHNOLOGY,
        certificate,
        later,
        Certificate(sha256="ef" * 32, subject="CN=undated"),
        RISK,
        closed,
        Risk(target=PORT.key, weakness="CVE-2020-0001", severity=Severity.LOW, score=12, formula="1.0"),
        Risk(target=PORT.key, weakness="CVE-2020-0003"),
        *(
            Job(capability="http", target=f"#address#192.0.2.{n}", outcome=Outcome.UNKNOWN, reason=HOSTILE)
            for n in range(1, 6)
        ),
        Job(capability="http", target=PORT.key, outcome=Outcome.DONE, found=2),
    )
    links = (
        Relationship(RelationshipType.HAS_TECHNOLOGY, APP.key, TECHNOLOGY.key),
        Relationship(RelationshipType.PRESENTS_CERTIFICATE, APP.key, certificate.key),
    )
    await service.observe(
        ACME, Observations(capability="sample", seen_at=NOW, entities=entities, relationships=links)
    )
    fields = {"state": RiskState.REJECTED.value, "reason": "not ours"}
    await service.edit(ACME, [Edit(actor="cli:test", key=closed.key, fields=fields)])
    return service
