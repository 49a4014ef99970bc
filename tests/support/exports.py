"""A small surface with hostile text wherever a target could write it, and a way to export it."""

import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.model.evidence import Banner, Code, HttpExchange, KeyValues
from chariot.model.keys import SHARED, Key, Organisation
from chariot.model.kinds.network import Address, Certificate, Domain, Netblock, Port, WebApplication
from chariot.model.kinds.weakness import Credential, Factor, Risk, Technology, Vulnerability
from chariot.model.kinds.work import AlertRule, Attribute, Job, Seed
from chariot.model.observations import Edit, Observations
from chariot.model.relationships import Relationship, RelationshipType
from chariot.model.states import Decision, Outcome, RiskState, Severity, Status
from chariot.modules.exchange.exports.contract import Exporter
from chariot.modules.exchange.exports.service import ExportRequest, ExportService
from chariot.modules.surface.service import SurfaceService

ACME = Organisation("acme")
OTHER = Organisation("other")
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
BEFORE = NOW - timedelta(days=3)
SECRET = "https://hooks.example.com/s3cr3t-token"
HOSTILE = (
    '=HYPERLINK("http://a.test")\'><script>alert(1)</script>[click](http://a.test){0}{{7*7}}'
    '`${x}`|\u202egnp.exe\x1b[31m\r\n#eval("1")\n```\n# heading'
)
"""A formula, markup, a link, placeholders, a template, a table's bar, an override, a colour, a fence."""
HOSTILE_LINE = "=1+1;<script>alert(1)</script>[x](http://a.test){0}|`"
"""What a person, or an import in a person's name, may have written into one line."""

DOMAIN = Domain(host="app.example.com", registrar=HOSTILE)
ALIAS = Domain(host="www.example.com")
ADDRESS = Address(ip="192.0.2.7", holder=HOSTILE)
SIX = Address(ip="2001:db8::1")
BLOCK = Netblock(cidr="192.0.2.0/28")
PORT = Port(address="192.0.2.7", protocol="tcp", number=443, service="https", banner=HOSTILE)
APP = WebApplication(url="https://app.example.com/", status_code=200, title=HOSTILE, server=HOSTILE)
CERTIFICATE = Certificate(
    sha256="ab" * 32, subject=HOSTILE, names=("app.example.com",), not_after=NOW + timedelta(days=9)
)
TECHNOLOGY = Technology(
    cpe="cpe:2.3:a:apache:http_server:2.4.49:*:*:*:*:*:*:*", product="Apache httpd", version="2.4.49"
)
CVE = Vulnerability(
    id="CVE-2021-41773",
    title="Path traversal",
    description=HOSTILE,
    cvss_vector="CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
    cvss_score=9.8,
    severity=Severity.CRITICAL,
    epss=0.94,
    epss_percentile=0.999,
    known_exploited=True,
    cwes=("CWE-22",),
    references=("https://example.com/advisory",),
    published=datetime(2021, 10, 5, tzinfo=UTC),
)
UNRELATED = Vulnerability(id="CVE-2020-0001", title="Nobody here has it")
OPEN = Risk(
    target=APP.key,
    weakness=CVE.id,
    title=HOSTILE,
    severity=Severity.CRITICAL,
    score=97,
    decision=Decision.ACT,
    factors=(Factor("kev", HOSTILE, 30.0),),
    formula="1.0",
    remediation=HOSTILE,
    evidence=(
        Banner(text=HOSTILE),
        HttpExchange(method="GET", url=HOSTILE),
        KeyValues(values={"a": HOSTILE}),
    ),
)
SAME = Risk(target=PORT.key, weakness=CVE.id, severity=Severity.HIGH, score=60)
NAMED = Risk(target=PORT.key, weakness="weak-cipher#1", title="A weak cipher", severity=Severity.LOW)
LEAK = Risk(
    target=DOMAIN.key, weakness="leaked-key", evidence=(Code(path="src/a b.py", text=HOSTILE, first_line=7),)
)
UNRATED = Risk(target=ADDRESS.key, weakness="unrated")
STATES = {
    OPEN.key: (RiskState.OPEN, "confirmed"),
    SAME.key: (RiskState.ACCEPTED, HOSTILE_LINE),
    NAMED.key: (RiskState.REMEDIATED, ""),
    LEAK.key: (RiskState.REJECTED, "a test key"),
}
_LINKS = (
    (RelationshipType.DISCOVERED, Seed(value="example.com").key, DOMAIN.key),
    (RelationshipType.RESOLVES_TO, DOMAIN.key, ADDRESS.key),
    (RelationshipType.ALIAS_OF, ALIAS.key, DOMAIN.key),
    (RelationshipType.CONTAINS, BLOCK.key, ADDRESS.key),
    (RelationshipType.HAS_PORT, ADDRESS.key, PORT.key),
    (RelationshipType.SERVES, PORT.key, APP.key),
    (RelationshipType.NAMES, DOMAIN.key, APP.key),
    (RelationshipType.PRESENTS_CERTIFICATE, PORT.key, CERTIFICATE.key),
    (RelationshipType.HAS_TECHNOLOGY, APP.key, TECHNOLOGY.key),
    (RelationshipType.HAS_VULNERABILITY, TECHNOLOGY.key, CVE.key),
    (RelationshipType.HAS_RISK, APP.key, OPEN.key),
    (RelationshipType.INSTANCE_OF, OPEN.key, CVE.key),
)
FOUND = (
    DOMAIN,
    ALIAS,
    ADDRESS,
    SIX,
    BLOCK,
    PORT,
    APP,
    CERTIFICATE,
    TECHNOLOGY,
    OPEN,
    SAME,
    NAMED,
    LEAK,
    UNRATED,
)


async def fill(store: SqliteEntityStore, *, now: datetime = NOW) -> None:
    """Write the surface: sightings three days ago and now, decisions of a person, and somebody else's."""
    # Nothing is sealed, so that a secret that came out would be seen.
    surface = SurfaceService(store, now=lambda: now, seal=lambda _organisation, text: text)
    await surface.observe(SHARED, Observations(capability="intel", seen_at=BEFORE, entities=(CVE, UNRELATED)))
    await surface.edit(
        ACME, [Edit(actor="cli:ann", why="ours", entity=Seed(value="example.com", note=HOSTILE_LINE))]
    )
    links = tuple(
        Relationship(kind, Key(source), Key(target), (Banner(text=HOSTILE),))
        for kind, source, target in _LINKS
    )
    await surface.observe(
        ACME,
        Observations(
            capability="probe", seen_at=BEFORE, entities=FOUND, relationships=links, tags={"env": "prod"}
        ),
    )
    again = (APP, PORT, Attribute(owner=APP.key, label="note", value=HOSTILE))
    work = (
        Job(capability="http", target=APP.key, outcome=Outcome.UNKNOWN, reason=HOSTILE),
        Credential(type="aws-access-key", fingerprint="cd" * 32, account=HOSTILE),
        AlertRule(label="urgent"),
    )
    await surface.observe(ACME, Observations(capability="http", seen_at=now, entities=(*again, *work)))
    await surface.edit(ACME, decisions())
    theirs = Observations(capability="probe", seen_at=now, entities=(Domain(host="secret.other.test"),))
    await surface.observe(OTHER, theirs)


def decisions() -> list[Edit]:
    """Return what a person decides about the surface."""
    states = [
        Edit(actor="cli:ann", key=key, fields={"state": state.value, "reason": reason})
        for key, (state, reason) in STATES.items()
    ]
    return [
        *states,
        Edit(actor="cli:ann", key=SIX.key, status=Status.EXCLUDED, why="not ours"),
        Edit(actor="cli:ann", key=DOMAIN.key, tags={"owner": "=shop"}),
        Edit(
            actor="cli:ann", key=Key("#alertrule#urgent"), fields={"channel": SECRET, "signing_key": SECRET}
        ),
    ]


async def exported(
    exporter: Exporter, store: SqliteEntityStore, *, organisation: Organisation = ACME, **asked: Any
) -> bytes:
    """Return the export of *organisation*."""
    service = ExportService(store, {exporter.name: exporter}, program="Chariot 1.2.3", now=lambda: NOW)
    sink = io.BytesIO()
    report = await service.export(organisation, ExportRequest(format=exporter.name, **asked), sink)
    assert report.size_bytes == len(sink.getvalue())
    return sink.getvalue()


async def exported_json(exporter: Exporter, store: SqliteEntityStore, **asked: Any) -> Any:
    """Return the export as the value that its JSON holds."""
    return json.loads(await exported(exporter, store, **asked))


async def exported_lines(exporter: Exporter, store: SqliteEntityStore, **asked: Any) -> list[Any]:
    """Return the values of an export of JSON lines."""
    data = await exported(exporter, store, **asked)
    return [json.loads(line) for line in data.decode().split("\n") if line]
