# ruff: noqa: E501, N815
"""What the API takes and gives. Generated from its description by `python -m sdk.generate`; do not edit.

Fields that an older server does not know have their empty value; fields that this client does not know are ignored.
A field with a closed set of values is text, because a newer server may know more of them.
"""

from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

NEVER = datetime(1, 1, 1, tzinfo=UTC)
"""Stands for an instant that the server did not tell."""


class EntityRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What every entity has, also one of a kind that this client does not know."""

    kind: str = "address"
    key: str = ""
    """Natural key; the same for everybody who computes it."""
    organisation: str = ""
    """Whose it is; `shared` is known to all."""
    name: str = ""
    """What a person calls it."""
    status: str = ""
    """Lifecycle: whether it is on the surface."""
    source: str = ""
    """How it came to be known."""
    surface: str = ""
    """From where it can be reached."""
    origins: tuple[str, ...] = ()
    """Capabilities and people that saw or made it."""
    tags: dict[str, str] = {}
    """Labels of the organisation's own."""
    created: datetime = NEVER
    visited: datetime = NEVER
    updated: datetime = NEVER
    expires: datetime | None = None
    revision: int = 0
    """Counts the versions; stands in the ETag."""
    decided: tuple[str, ...] = ()
    """Fields that a person decided."""
    etag: str = ""
    """Stands for this version in `if_match`; empty where the server told none."""


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """An account as administrators see it."""

    user: str = ""
    name: str = ""
    home: str = ""
    roles: tuple[str, ...] = ()
    suspended: bool = False
    has_password: bool = False
    factors: tuple[str, ...] = ()
    passkeys: tuple[str, ...] = ()
    recovery_codes: int = 0
    invited_until: str | None = None
    signed_in_at: datetime | None = None
    failures: int = 0


class AddressRecord(EntityRecord, frozen=True, kw_only=True):
    """One IP address; with fifty names it is still one."""

    kind: str = "address"
    ip: str = ""
    """IPv4 or IPv6 address in canonical form."""
    asn: int | None = None
    """Autonomous system number."""
    holder: str = ""
    """Who announces or holds it."""
    country: str = ""
    """ISO 3166 code."""


class AlertRuleRecord(EntityRecord, frozen=True, kw_only=True):
    """When to tell whom. The address of the channel may hold a token, so it is secret."""

    kind: str = "alertrule"
    label: str = ""
    """Name of the rule."""
    minimum_score: int = 0
    """Tell of risks with this score or more."""
    known_exploited_only: bool = False
    """Tell only of known exploited ones."""
    overdue_only: bool = False
    """Tell only of those whose due date passed."""
    channel: None = None
    """Secret: never shown."""
    signing_key: None = None
    """Secret: never shown."""
    enabled: bool = False
    """Whether it is in force."""
    secret: tuple[str, ...] = ()
    """Secret fields that hold a value; they are shown as null."""


class ApiKeyRecord(EntityRecord, frozen=True, kw_only=True):
    """A key by which a program asks the API, for one organisation, with some permissions, until it ends."""

    kind: str = "apikey"
    id: str = ""
    """Its public part."""
    label: str = ""
    """What it is for."""
    permissions: tuple[str, ...] = ()
    """What it may do."""
    expires_at: datetime | None = None
    networks: tuple[str, ...] = ()
    """Networks that it may be used from; none is no such limit."""
    revoked: bool = False
    """Whether it was taken back."""
    digest: None = None
    """Secret: never shown."""
    secret: tuple[str, ...] = ()
    """Secret fields that hold a value; they are shown as null."""


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """One item of a batch that did not get in, and why."""

    place: str = ""
    reason: str = ""


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """What a transaction did."""

    sequence: int = 0
    created: int = 0
    changed: int = 0
    confirmed: int = 0
    linked: int = 0
    refused: tuple[Refusal, ...] = ()


class ApprovalBody(msgspec.Struct, frozen=True, kw_only=True):
    """What a person says about a program."""

    user_code: str
    """What the program shows."""
    approved: bool | UnsetType = UNSET
    """False sends the program away."""


class Fix(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to do that ends moves."""

    kind: str = ""
    at: str = ""
    to: str = ""
    what: str = ""
    words: str = ""
    cost: int = 0
    risks: tuple[str, ...] = ()


class PathStep(msgspec.Struct, frozen=True, kw_only=True):
    """One step of an attack path."""

    move: str = ""
    source: str = ""
    target: str = ""
    likelihood: float = 0.0
    why: str = ""
    risks: tuple[str, ...] = ()
    fix: Fix | None = None


class AttackPath(msgspec.Struct, frozen=True, kw_only=True):
    """One way from the internet to a target."""

    target: str = ""
    likelihood: float = 0.0
    steps: tuple[PathStep, ...] = ()


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """An asset that matters, and how likely somebody gets there."""

    key: str = ""
    weight: int = 0
    likelihood: float = 0.0


class AttackPaths(msgspec.Struct, frozen=True, kw_only=True):
    """Ways from the internet to what matters, the most likely first."""

    paths: tuple[AttackPath, ...] = ()
    targets: tuple[Target, ...] = ()
    unreached: int = 0
    assumed: bool = False
    complete: bool = False


class AttributeRecord(EntityRecord, frozen=True, kw_only=True):
    """One small fact about another entity that has no field of its own."""

    kind: str = "attribute"
    owner: str = ""
    """Key of what it describes."""
    label: str = ""
    """What it is called."""
    value: str = ""
    """What was seen."""


class AuditItem(msgspec.Struct, frozen=True, kw_only=True):
    """One entry: what somebody did or tried."""

    sequence: int = 0
    at: str = ""
    actor: str = ""
    action: str = ""
    object: str = ""
    ending: str = ""
    address: str = ""
    request_id: str = ""
    before: str = ""
    after: str = ""
    details: dict[str, str] = {}
    hash: str = ""


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is not as it was written."""

    sequence: int = 0
    reason: str = ""


class AuditVerification(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the log holds; `faults` names the first entry of each thing that is wrong."""

    holds: bool = False
    entries: int = 0
    first: int = 0
    last: int = 0
    checkpoints: int = 0
    last_checkpoint_at: datetime | None = None
    faults: tuple[Fault, ...] = ()


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Something that an attacker would come to."""

    key: str = ""
    held: bool = False
    likelihood: float = 0.0


class Blast(msgspec.Struct, frozen=True, kw_only=True):
    """What falls with one asset."""

    key: str = ""
    held: dict[str, int] = {}
    reached: dict[str, int] = {}
    critical: tuple[Place, ...] = ()
    places: tuple[Place, ...] = ()
    left_out: int = 0


class BulkBody(msgspec.Struct, frozen=True, kw_only=True):
    """What a person decided about many risks at once."""

    keys: tuple[str, ...]
    """Keys of risks."""
    state: str
    """The state that they move to."""
    reason: str | UnsetType = UNSET
    """Why; needed to accept or reject."""
    until: str | UnsetType | None = UNSET
    """When acceptance ends."""
    owner: str | UnsetType | None = UNSET
    """Who mends them; null leaves it."""
    due_at: datetime | UnsetType | None = UNSET


class Clue(msgspec.Struct, frozen=True, kw_only=True):
    """One reason to think that something is ours: which datum, seen where, matched which of our terms."""

    kind: str = ""
    datum: str = ""
    term: str = ""
    via: str = ""
    weight: int = 0


class CandidateRecord(EntityRecord, frozen=True, kw_only=True):
    """Something outside of every seed that may be ours. Nothing is sent to it."""

    kind: str = "candidate"
    about: str = ""
    """Key of the domain, address or netblock."""
    confidence: int = 0
    """How sure we are that it is ours, 0 to 100."""
    clues: tuple[Clue, ...] = ()
    """Why we think so."""
    standing: str = ""
    """What a person, or the weight of the clues, decided."""
    reason: str = ""
    """Why it was decided so."""


class CertificateRecord(EntityRecord, frozen=True, kw_only=True):
    """An X.509 certificate."""

    kind: str = "certificate"
    sha256: str = ""
    """SHA-256 of the DER form."""
    subject: str = ""
    """Subject."""
    issuer: str = ""
    """Issuer."""
    names: tuple[str, ...] = ()
    """Subject alternative names as written."""
    not_before: datetime | None = None
    not_after: datetime | None = None
    key_type: str = ""
    """Key algorithm and size."""
    signature_algorithm: str = ""
    """Signature algorithm."""
    self_signed: bool = False
    """Issuer and subject are the same key."""


class Challenge(msgspec.Struct, frozen=True, kw_only=True):
    """What a browser asks a passkey."""

    options: dict[str, Any] = {}
    state: str = ""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One real difference, in the order of the log. It names the entity; it does not carry it."""

    sequence: int = 0
    organisation: str = ""
    at: str = ""
    op: str = ""
    key: str = ""
    kind: str = ""
    revision: int = 0
    fields: tuple[str, ...] = ()
    actor: str = ""
    why: str = ""
    relationship: str | None = None
    target: str | None = None


class ChangeBody(msgspec.Struct, frozen=True, kw_only=True):
    """What is different from now on; what is left out stays as it is."""

    status: str | UnsetType = UNSET
    """Its place in the lifecycle."""
    tags: dict[str, str | None] | UnsetType = UNSET
    """Labels to set; null takes one off."""
    why: str | UnsetType = UNSET
    """Why; kept in history."""


class CodeBody(msgspec.Struct, frozen=True, kw_only=True):
    """What the new authenticator shows."""

    code: str
    """Six digits."""


class CommentBody(msgspec.Struct, frozen=True, kw_only=True):
    """What to say."""

    text: str
    """Plain text."""


class CommentRecord(EntityRecord, frozen=True, kw_only=True):
    """What a person said about another entity. Who and when stand in its history."""

    kind: str = "comment"
    about: str = ""
    """Key of what it is about."""
    id: str = ""
    """Tells comments apart; later ones sort behind."""
    text: str = ""
    """What was said."""
    author: str = ""
    """Who said it."""


class FactChange(msgspec.Struct, frozen=True, kw_only=True):
    """One fact that the score stands on and that is another now: the reason why."""

    key: str = ""
    field: str = ""
    before: str = ""
    after: str = ""


class FactorChange(msgspec.Struct, frozen=True, kw_only=True):
    """One factor that is another now."""

    name: str = ""
    before: str = ""
    after: str = ""
    points_before: float = 0.0
    points_after: float = 0.0


class StepTaken(msgspec.Struct, frozen=True, kw_only=True):
    """One change of the risk itself."""

    at: str = ""
    actor: str = ""
    why: str = ""
    fields: tuple[str, ...] = ()


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """How a score was made at a moment of the past, beside how it is made now."""

    since: str = ""
    score: int | None = None
    decision: str | None = None
    state: str | None = None
    formula: str = ""
    changed_by: int = 0
    factors: tuple[FactorChange, ...] = ()
    facts: tuple[FactChange, ...] = ()
    steps: tuple[StepTaken, ...] = ()


class ComplianceControl(msgspec.Struct, frozen=True, kw_only=True):
    """One control of a framework: the worst verdict of its checks."""

    id: str = ""
    verdict: str = ""
    checks: tuple[str, ...] = ()


class ComplianceFinding(msgspec.Struct, frozen=True, kw_only=True):
    """One check, judged."""

    id: str = ""
    title: str = ""
    verdict: str = ""
    reason: str = ""
    evidence: tuple[str, ...] = ()
    matched: int = 0
    advice: str = ""
    maps: dict[str, tuple[str, ...]] = {}


class ComplianceFramework(msgspec.Struct, frozen=True, kw_only=True):
    """One framework, as far as checks speak to it."""

    id: str = ""
    title: str = ""
    passed: int = 0
    failed: int = 0
    unknown: int = 0
    controls: tuple[ComplianceControl, ...] = ()


class ComplianceReport(msgspec.Struct, frozen=True, kw_only=True):
    """All checks of the organisation."""

    organisation: str = ""
    made_at: datetime = NEVER
    findings: tuple[ComplianceFinding, ...] = ()
    frameworks: tuple[ComplianceFramework, ...] = ()


class ConfirmBody(msgspec.Struct, frozen=True, kw_only=True):
    """The password, shown again before something important."""

    password: str
    """The password."""


class ContractBody(msgspec.Struct, frozen=True, kw_only=True):
    """Terms to sign with the key of this server."""

    id: str
    authorised_by: str
    purpose: str | UnsetType = UNSET
    valid_from: datetime | UnsetType | None = UNSET
    valid_until: str
    allow: tuple[str, ...]
    deny: tuple[str, ...] | UnsetType = UNSET
    windows: tuple[str, ...] | UnsetType = UNSET
    packets_per_s: int | UnsetType = UNSET
    touch: tuple[str, ...] | UnsetType = UNSET


class ContractFault(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a contract is as it was signed."""

    contract: str = ""
    fault: str = ""


class ContractItem(msgspec.Struct, frozen=True, kw_only=True):
    """One contract, and whether it counts."""

    id: str = ""
    authorised_by: str = ""
    purpose: str = ""
    valid_from: datetime | None = None
    valid_until: str | None = None
    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    windows: tuple[str, ...] = ()
    packets_per_s: int = 0
    touch: tuple[str, ...] = ()
    signing_key: str = ""
    signature: str = ""
    status: str = ""
    fault: str = ""
    refusal: str = ""


class ContractRecord(EntityRecord, frozen=True, kw_only=True):
    """What may be looked at, how, and when, by whose word. Its signature covers everything but itself."""

    kind: str = "contract"
    id: str = ""
    """Its name."""
    authorised_by: str = ""
    """Who authorised it."""
    purpose: str = ""
    """What for."""
    valid_from: datetime | None = None
    valid_until: str | None = None
    """When it ends."""
    allow: tuple[str, ...] = ()
    """Domains, addresses and netblocks that it allows to look at."""
    deny: tuple[str, ...] = ()
    """Names, addresses and netblocks that stay untouched."""
    windows: tuple[str, ...] = ()
    """When things may be sent, such as `mon-fri 22:00-06:00 Europe/Berlin`; empty is always."""
    packets_per_s: int = 0
    """How fast; 0 is as the settings say."""
    touch: tuple[str, ...] = ()
    """Levels that it allows."""
    signing_key: str = ""
    """Public key (Ed25519) that signed it."""
    signature: str = ""
    """Signature of all the rest."""


class CredentialRecord(EntityRecord, frozen=True, kw_only=True):
    """That a credential exists and where; never the secret itself."""

    kind: str = "credential"
    type: str = ""
    """Type, such as aws-access-key."""
    fingerprint: str = ""
    """SHA-256 of the secret."""
    account: str = ""
    """Account it belongs to."""
    scopes: tuple[str, ...] = ()
    """What it opens."""
    valid: bool | None = None
    """Whether it was seen to work."""


class DataKeyItem(msgspec.Struct, frozen=True, kw_only=True):
    """A key of an organisation; nothing of it is told."""

    organisation: str = ""
    version: int = 0
    master: str = ""
    made_at: datetime = NEVER


class DeadLetterItem(msgspec.Struct, frozen=True, kw_only=True):
    """A message that nobody tries any more. Its body stays inside."""

    number: str = ""
    queue: str = ""
    id: str = ""
    order_key: str = ""
    attempts: int = 0
    error: str = ""
    published_at: datetime = NEVER
    died_at: datetime = NEVER


class Deadline(msgspec.Struct, frozen=True, kw_only=True):
    """A duty of one incident."""

    duty: str = ""
    whom: str = ""
    source: str = ""
    due_at: datetime = NEVER
    done_at: datetime = NEVER
    overdue: bool = False


class DecisionBody(msgspec.Struct, frozen=True, kw_only=True):
    """What is decided of a candidate, and why."""

    standing: str
    """`approved` makes a seed of it, `monitor-only` one that nothing is sent to, `excluded` denies it for good, `dependency` remembers whose it is, `candidate` opens the question again."""
    reason: str | UnsetType = UNSET
    """Why; needed for `excluded` and `dependency`, and remembered."""


class Described(msgspec.Struct, frozen=True, kw_only=True):
    """One capability, as its declaration tells."""

    name: str = ""
    summary: str = ""
    origin: str = ""
    accepts: tuple[str, ...] = ()
    touch: str = ""
    sends: str = ""
    packets: int = 0
    deep: bool = False
    queue: str = ""
    timeout_s: float = 0.0
    period_s: float = 0.0
    needs: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    next: tuple[str, ...] = ()
    obstacle: str = ""


class DeviceBody(msgspec.Struct, frozen=True, kw_only=True):
    """What the program asks with."""

    device_code: str
    """As it was given."""


class DeviceCode(msgspec.Struct, frozen=True, kw_only=True):
    """What a program shows, and asks with."""

    device_code: str = ""
    user_code: str = ""
    verification_uri: str = ""
    expires_in: int = 0
    interval: int = 0


class DifferenceItem(msgspec.Struct, frozen=True, kw_only=True):
    """How one entity differs between two moments."""

    key: str = ""
    kind: str = ""
    happened: str = ""
    fields: tuple[str, ...] = ()
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None


class DnsRecordRecord(EntityRecord, frozen=True, kw_only=True):
    """One resource record other than an address."""

    kind: str = "dnsrecord"
    host: str = ""
    """Owner name."""
    type: str = ""
    """Record type, such as MX."""
    value: str = ""
    """Record data as presented."""


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A contract as it travels: terms, for whom, and the signature of both."""

    form: str
    organisation: str
    terms: dict[str, Any]
    signing_key: str
    signature: str


class DomainRecord(EntityRecord, frozen=True, kw_only=True):
    """A DNS name. Which addresses it has is told by RESOLVES_TO."""

    kind: str = "domain"
    host: str = ""
    """DNS name: lower case, A-labels."""
    registrar: str = ""
    """Registrar of a registered domain."""
    name_servers: tuple[str, ...] = ()
    """Delegated name servers."""


class Edge(msgspec.Struct, frozen=True, kw_only=True):
    """A relationship as remembered."""

    type: str = ""
    source: str = ""
    target: str = ""
    first_seen: datetime = NEVER
    last_seen: datetime = NEVER
    origins: tuple[str, ...] = ()
    evidence: tuple[dict[str, Any], ...] = ()


class MasterItem(msgspec.Struct, frozen=True, kw_only=True):
    """A master key; nothing of it is told."""

    id: str = ""
    current: bool = False
    made_at: datetime | None = None


class EncryptionStatus(msgspec.Struct, frozen=True, kw_only=True):
    """Which keys there are: those of the organisation, and of the whole installation for its own token."""

    masters: tuple[MasterItem, ...] = ()
    organisations: tuple[DataKeyItem, ...] = ()
    outdated: int = 0


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """How many sessions ended."""

    ended: int = 0


class ErasureBody(msgspec.Struct, frozen=True, kw_only=True):
    """A person who is to be erased, and why."""

    names: tuple[str, ...]
    """All names of one person."""
    why: str
    """Kept for good; it may not name the person."""
    everywhere: bool | UnsetType = UNSET
    """In all organisations; for those who may do everything in the installation alone."""


class ErasureDone(msgspec.Struct, frozen=True, kw_only=True):
    """What an erasure did."""

    pseudonym: str = ""
    rows: int = 0
    origins: int = 0
    organisations: tuple[str, ...] = ()
    audit_entries: int = 0


class Factor(msgspec.Struct, frozen=True, kw_only=True):
    """One reason of a score: what was known, and what it added (points, may be negative)."""

    name: str = ""
    value: str = ""
    points: float = 0.0


class Remedy(msgspec.Struct, frozen=True, kw_only=True):
    """One change, and the score that the formula gives after it."""

    name: str = ""
    words: str = ""
    score: int = 0
    decision: str | None = None
    lowers_by: int = 0
    effort: int = 0


class RiskRecord(EntityRecord, frozen=True, kw_only=True):
    """One weakness at one target. Its state is decided apart from its severity and its score."""

    kind: str = "risk"
    target: str = ""
    """Key of what is at risk."""
    weakness: str = ""
    """CVE id, or a finding's name."""
    title: str = ""
    """What is wrong, in one line."""
    severity: str | None = None
    """Severity in words."""
    state: str = ""
    """Where it is in its life."""
    reason: str = ""
    """Why a person accepted or rejected it."""
    owner: str = ""
    """Who mends it."""
    due_at: datetime | None = None
    overdue: bool = False
    """Its due date passed while nobody mended it."""
    verified: str = ""
    """What a newer look showed that it is gone; empty: nobody looked."""
    accepted_until: datetime | None = None
    score: int | None = None
    """0 to 100; None until it is assessed."""
    decision: str | None = None
    """SSVC decision."""
    factors: tuple[Factor, ...] = ()
    """What each factor added to the score."""
    formula: str = ""
    """Version of the formula that made the score."""
    reachable: int | None = None
    """So many entities or more can be reached from the target."""
    leads_to_critical: bool | None = None
    """Something critical can be reached from the target."""
    confidence: int = 0
    """How sure, 0 to 100."""
    remediation: str = ""
    """What to do."""
    evidence: tuple[dict[str, Any], ...] = ()
    """What was seen."""


class ExplanationItem(msgspec.Struct, frozen=True, kw_only=True):
    """Why a risk has its score, and what would lower it."""

    score: int = 0
    decision: str = ""
    formula: str = ""
    factors: tuple[Factor, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    since: Comparison | None = None
    risk: RiskRecord
    target: dict[str, Any] | None = None
    vulnerability: dict[str, Any] | None = None


class ExportFormatItem(msgspec.Struct, frozen=True, kw_only=True):
    """A format that can be written."""

    format: str = ""
    title: str = ""
    media_type: str = ""
    extension: str = ""


class ExportReportItem(msgspec.Struct, frozen=True, kw_only=True):
    """What an export held."""

    format: str = ""
    media_type: str = ""
    kinds: tuple[str, ...] = ()
    records: int = 0
    relationships: int = 0
    size_bytes: int = 0


class PersistedQuery(msgspec.Struct, frozen=True, kw_only=True):
    """A query by its digest."""

    sha256Hash: str
    version: int | UnsetType = UNSET


class Extensions(msgspec.Struct, frozen=True, kw_only=True):
    """What clients send beside the query."""

    persistedQuery: PersistedQuery | UnsetType | None = UNSET


class FeedInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A feed file that is loaded."""

    feed: str = ""
    source: str = ""
    version: str = ""
    loaded_at: datetime = NEVER
    records: int = 0
    changed: int = 0
    stale: int = 0
    digest: str = ""


class FileRecord(EntityRecord, frozen=True, kw_only=True):
    """A file that is kept: an import, a report, a proof."""

    kind: str = "file"
    path: str = ""
    """Name within the organisation."""
    sha256: str = ""
    """Digest of its content."""
    size_bytes: int = 0
    """Size in bytes."""
    media_type: str = ""
    """Media type."""


class FixStep(msgspec.Struct, frozen=True, kw_only=True):
    """One fix of a plan, and how far the plan is with it."""

    fix: Fix
    closes: int = 0
    closed: float = 0.0
    closed_likelihood: float = 0.0
    open_targets: int = 0


class FixPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What to fix, in which order, and the cheapest set that ends everything."""

    paths: int = 0
    steps: tuple[FixStep, ...] = ()
    smallest: tuple[Fix, ...] = ()
    smallest_cost: int = 0
    possible: bool = False
    targets: tuple[Target, ...] = ()
    assumed: bool = False
    complete: bool = False


class FormatItem(msgspec.Struct, frozen=True, kw_only=True):
    """A format that can be read."""

    format: str = ""
    title: str = ""
    written_by: str = ""


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """What one capability could not look at, for one reason: unknown, not clean."""

    capability: str = ""
    reason: str = ""
    count: int = 0
    examples: tuple[str, ...] = ()


class GraphqlError(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong; `extensions` holds the type, the status and the field of a problem."""

    message: str = ""
    extensions: dict[str, Any] = {}
    locations: tuple[dict[str, int], ...] = ()
    path: tuple[str | int, ...] = ()


class GraphqlAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for, and what of it could not be told."""

    data: dict[str, Any] | None = None
    errors: tuple[GraphqlError, ...] = ()


class GraphqlBody(msgspec.Struct, frozen=True, kw_only=True):
    """One request. Source: GraphQL over HTTP, section 5."""

    query: str | UnsetType | None = UNSET
    """May be left out when it is known."""
    variables: dict[str, Any] | UnsetType | None = UNSET
    """Values of the query's variables."""
    operationName: str | UnsetType | None = UNSET
    """Which operation, where there are several."""
    extensions: Extensions | UnsetType | None = UNSET


class ImportJobRecord(EntityRecord, frozen=True, kw_only=True):
    """A file that was sent to be imported: how far that is, and what became of it."""

    kind: str = "importjob"
    id: str = ""
    """Names it."""
    file: str = ""
    """Name of the file."""
    sha256: str = ""
    """SHA-256 of the file as it came."""
    size_bytes: int = 0
    """Size of the file in bytes."""
    format: str = ""
    """Format that was asked for, or auto."""
    map: str = ""
    """A map for CSV or JSON of any tool, as TOML."""
    complete: bool = False
    """The file covers every target that it names."""
    dry_run: bool = False
    """Tell what would change; write nothing."""
    state: str = ""
    """Where it is in its life."""
    requested_by: str = ""
    """Who sent it."""
    asked_at: datetime | None = None
    finished_at: datetime | None = None
    runs: int = 0
    """How often it was put to work."""
    percent: int = 0
    """How far it is."""
    findings: int = 0
    """Findings read so far."""
    import_id: str = ""
    """Its import in the ledger."""
    report: str = ""
    """What came of it, as JSON."""
    error: str = ""
    """Why it failed."""
    error_place: str = ""
    """Line, offset or record."""


class ImportReport(msgspec.Struct, frozen=True, kw_only=True):
    """What an import did, or would do."""

    file: str = ""
    format: str = ""
    id: str = ""
    findings: int = 0
    risks: int = 0
    assets: int = 0
    created: int = 0
    changed: int = 0
    reopened: int = 0
    closed: int = 0
    decided: int = 0
    confirmed: int = 0
    refused: int = 0
    errors: tuple[Refusal, ...] = ()
    written: bool = False
    known_as: str = ""
    resumed: bool = False


class ImportJobView(msgspec.Struct, frozen=True, kw_only=True):
    """A file on its way in."""

    id: str = ""
    state: str = ""
    file: str = ""
    sha256: str = ""
    size_bytes: int = 0
    format: str = ""
    complete: bool = False
    dry_run: bool = False
    percent: int = 0
    findings: int = 0
    import_id: str = ""
    report: ImportReport | None = None
    error: str = ""
    error_place: str = ""
    requested_by: str = ""
    asked_at: datetime | None = None
    finished_at: datetime | None = None


class ImportPageRecord(EntityRecord, frozen=True, kw_only=True):
    """One committed part of an import: how far it is, and what it touched as it was before, to take it back."""

    kind: str = "importpage"
    owner: str = ""
    """Id of the import."""
    number: int = 0
    """Its place, from 0."""
    records: int = 0
    """Records of the file up to its end."""
    closing: bool = False
    """It closes what the file no longer has."""
    counts: dict[str, int] = {}
    """What it did."""
    journal: str = ""
    """What it touched, compressed."""


class ImportRecord(EntityRecord, frozen=True, kw_only=True):
    """One file of another tool that was read: what it was, who brought it, and what it did."""

    kind: str = "import"
    id: str = ""
    """What `chariot import undo` is told."""
    file: str = ""
    """Name of the file."""
    sha256: str = ""
    """SHA-256 of the file as it was given."""
    size_bytes: int = 0
    """Size of the file in bytes."""
    format: str = ""
    """Format it was read as."""
    state: str = ""
    """Where it is in its life."""
    requested_by: str = ""
    """Who brought it."""
    started_at: datetime | None = None
    finished_at: datetime | None = None
    undone_at: datetime | None = None
    pages_undone: int = 0
    """Pages taken back, from the last."""
    counts: dict[str, int] = {}
    """What it held and did."""


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """One line of an incident's timeline."""

    at: str = ""
    what: str = ""
    entry: int = 0


class IncidentDossier(msgspec.Struct, frozen=True, kw_only=True):
    """What happened when, and who has to be told by when."""

    id: str = ""
    deadlines: tuple[Deadline, ...] = ()
    timeline: tuple[Moment, ...] = ()
    missing: int = 0
    read_at: datetime = NEVER


class IncidentRecord(EntityRecord, frozen=True, kw_only=True):
    """Something that a detection rule found in the audit log, and what people made of it."""

    kind: str = "incident"
    id: str = ""
    """Rule, day and digest of what it is about."""
    rule: str = ""
    """The rule that found it."""
    title: str = ""
    """What happened, in a sentence."""
    severity: str | None = None
    """How bad it may be."""
    subject: str = ""
    """Whom or what it is about: an actor, an address, an object."""
    log: str = ""
    """Whose audit log it stands in."""
    began_at: datetime | None = None
    last_at: datetime | None = None
    events: int = 0
    """How many events."""
    entries: tuple[int, ...] = ()
    """Numbers of the last entries of the audit log that it rests on."""
    evidence: dict[str, str] = {}
    """Short facts."""
    state: str = ""
    """Where its handling stands."""
    reason: str = ""
    """Why it was resolved or dismissed."""
    aware_at: datetime | None = None
    regimes: tuple[str, ...] = ()
    """Rules of law or contract by which somebody has to be told."""
    notified: dict[str, str] = {}
    """When each duty was done, by its name."""


class IntegrationBody(msgspec.Struct, frozen=True, kw_only=True):
    """An integration as it shall be."""

    type: str
    """One of `/integrationtypes`."""
    address: str | UnsetType = UNSET
    """Web address of the other system."""
    options: dict[str, str] | UnsetType = UNSET
    """What the type lets one choose."""
    secret: str | UnsetType = UNSET
    """Token or key; without it the one that is there stays."""
    every_minutes: int | UnsetType = UNSET
    """Minutes between runs; 0 runs it only when asked."""
    enabled: bool | UnsetType = UNSET


class IntegrationRecord(EntityRecord, frozen=True, kw_only=True):
    """A connection to another system, when it runs, and what became of its last run."""

    kind: str = "integration"
    label: str = ""
    """Name of the integration."""
    type: str = ""
    """What it talks to."""
    address: str = ""
    """Web address of the other system."""
    options: dict[str, str] = {}
    """What this type lets one choose."""
    every_minutes: int = 0
    """Minutes between runs; 0 runs it only when asked."""
    enabled: bool = False
    """Whether it is in force."""
    last_run_at: datetime | None = None
    last_outcome: str = ""
    """How it ended: done or failed."""
    last_message: str = ""
    """What became of it, in a sentence."""
    last_counts: dict[str, int] = {}
    """What it did."""
    memory: dict[str, str] = {}
    """What one run tells the next."""
    secret: tuple[str, ...] = ()
    """Secret fields that hold a value; they are shown as null."""


class IntelligenceStatus(msgspec.Struct, frozen=True, kw_only=True):
    """Which feeds are loaded."""

    revision: int = 0
    feeds: tuple[FeedInfo, ...] = ()


class InventoryState(msgspec.Struct, frozen=True, kw_only=True):
    """Whose something is and why, and when it was last seen."""

    key: str = ""
    standing: str = ""
    why: str = ""
    last_seen: str = ""
    visited: datetime = NEVER
    expires: datetime | None = None


class InvitationBody(msgspec.Struct, frozen=True, kw_only=True):
    """The code of an invitation, and the password that is set by it."""

    user: str
    """Name to sign in with."""
    code: str
    """As it was told when it was made."""
    password: str
    """The password."""
    cookie: bool | UnsetType = UNSET
    """Keep the token in a cookie that no script can read, and do not tell it."""


class Invited(msgspec.Struct, frozen=True, kw_only=True):
    """An account, and the code by which its owner sets a password."""

    account: Account
    code: str = ""
    address: str = ""


class IssuerWay(msgspec.Struct, frozen=True, kw_only=True):
    """An issuer that signs people in."""

    name: str = ""
    title: str = ""
    url: str = ""
    cli_client_id: str = ""
    audience: str = ""


class JobRecord(EntityRecord, frozen=True, kw_only=True):
    """One capability at one target: whether it ran, or why it could not."""

    kind: str = "job"
    capability: str = ""
    """Capability."""
    target: str = ""
    """Key of its target."""
    outcome: str = ""
    """How it ended."""
    reason: str = ""
    """Why the answer is unknown."""
    found: int = 0
    """Observations made."""
    version: str = ""
    """Version of the program that looked."""


class JournalHead(msgspec.Struct, frozen=True, kw_only=True):
    """Where the journal begins and ends: whoever keeps it elsewhere sees when a line before it changes."""

    number: int = 0
    hash: str = ""
    start: int = 0
    start_hash: str = ""


class JournalLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the journal."""

    number: int = 0
    first_at: datetime = NEVER
    last_at: datetime = NEVER
    times: int = 0
    scan: str = ""
    capability: str = ""
    target: str = ""
    authority: str = ""
    what: str = ""
    host: str = ""
    address: str = ""
    port: int = 0
    detail: str = ""
    hash: str = ""


class JournalState(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the journal is as it was written."""

    lines: int = 0
    fault: str = ""


class KeyBody(msgspec.Struct, frozen=True, kw_only=True):
    """What a key is for and may do."""

    label: str
    """What it is for."""
    permissions: tuple[str, ...]
    """As `x-permission` of the operations."""
    expires_at: datetime | UnsetType | None = UNSET
    networks: tuple[str, ...] | UnsetType = UNSET
    """Networks that it may be used from; none is no such limit."""


class KeyMade(msgspec.Struct, frozen=True, kw_only=True):
    """A new key."""

    key: str = ""
    record: ApiKeyRecord


class KeyVersion(msgspec.Struct, frozen=True, kw_only=True):
    """The key that seals from now on."""

    version: int = 0


class Keystone(msgspec.Struct, frozen=True, kw_only=True):
    """An entity through which alone others are known."""

    key: str = ""
    carries: int = 0


class KindItem(msgspec.Struct, frozen=True, kw_only=True):
    """What one kind of entity is, and what it can be asked."""

    kind: str = ""
    list: str = ""
    summary: str = ""
    fields: dict[str, str] = {}
    filters: tuple[str, ...] = ()
    sorts: tuple[str, ...] = ()


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """A text, and who signed it."""

    body: str
    key: str
    signature: str


class KnownBody(msgspec.Struct, frozen=True, kw_only=True):
    """What was kept elsewhere."""

    against: tuple[Signed, ...]
    """Checkpoints of this log."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One value over time."""

    value: str | None = None
    counts: tuple[int, ...] = ()


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """One relationship."""

    source: str = ""
    type: str = ""
    target: str = ""


class Links(msgspec.Struct, frozen=True, kw_only=True):
    """Addresses beside this answer."""

    self: str = ""
    next: str | None = None


class Live(msgspec.Struct, frozen=True, kw_only=True):
    """The process answers."""

    status: str = ""


class LiveSession(msgspec.Struct, frozen=True, kw_only=True):
    """One session, as its owner and administrators see it."""

    id: str = ""
    use: str = ""
    subject: str = ""
    name: str = ""
    home: str = ""
    method: str = ""
    factors: int = 0
    began_at: datetime | None = None
    used_at: datetime = NEVER
    ends_at: datetime | None = None
    address: str = ""
    agent: str = ""


class MasterMade(msgspec.Struct, frozen=True, kw_only=True):
    """The master key from now on."""

    master: str = ""


class MasterRetired(msgspec.Struct, frozen=True, kw_only=True):
    """The master key that was given up."""

    retired: str = ""


class Probe(msgspec.Struct, frozen=True, kw_only=True):
    """The one thing to find out that would tell."""

    kind: str = ""
    ask: str = ""


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """The answer for one CVE."""

    cve: str = ""
    state: str = ""
    reason: str = ""
    confidence: float = 0.0
    criterion: str = ""
    probe: Probe | None = None


class PackageMatch(msgspec.Struct, frozen=True, kw_only=True):
    """The answer for one advisory."""

    advisory: str = ""
    cves: tuple[str, ...] = ()
    state: str = ""
    reason: str = ""
    confidence: float = 0.0
    fixed: str = ""
    probe: Probe | None = None


class Matches(msgspec.Struct, frozen=True, kw_only=True):
    """What affects each name, or may."""

    products: dict[str, tuple[Match, ...]] = {}
    packages: dict[str, tuple[PackageMatch, ...]] = {}


class MemberBody(msgspec.Struct, frozen=True, kw_only=True):
    """The roles of one member, in place of those before."""

    roles: tuple[str, ...]
    """Names of roles: `admin`, `analyst`, `read-only`, or roles of your own."""
    label: str | UnsetType = UNSET
    """As people know them."""


class MemberRecord(EntityRecord, frozen=True, kw_only=True):
    """Somebody and their roles in the organisation that keeps this, and in all below."""

    kind: str = "member"
    id: str = ""
    """Who: the subject of an identity, such as user:anna."""
    label: str = ""
    """As people know them."""
    roles: tuple[str, ...] = ()
    """Their roles."""


class MoveBody(msgspec.Struct, frozen=True, kw_only=True):
    """Where the handling goes."""

    state: str
    """The state that it comes to."""
    why: str | UnsetType = UNSET
    """Why; kept in history."""


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one risk."""

    key: str = ""
    done: bool = False
    problem: str = ""
    detail: str = ""


class NamesBody(msgspec.Struct, frozen=True, kw_only=True):
    """What runs somewhere."""

    names: tuple[str, ...]
    """CPE names and package URLs."""


class Neighbourhood(msgspec.Struct, frozen=True, kw_only=True):
    """What stands around an entity."""

    key: str = ""
    keys: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    left_out: bool = False


class NetblockRecord(EntityRecord, frozen=True, kw_only=True):
    """A block of addresses."""

    kind: str = "netblock"
    cidr: str = ""
    """address/length, without host bits."""
    holder: str = ""
    """Who holds it."""


class NewCode(msgspec.Struct, frozen=True, kw_only=True):
    """A new authenticator, until it is confirmed."""

    key: str = ""
    address: str = ""


class NewPasswordBody(msgspec.Struct, frozen=True, kw_only=True):
    """The password now, and the one to come."""

    password: str
    """The password."""
    new_password: str
    """The password."""


class Relationship(msgspec.Struct, frozen=True, kw_only=True):
    """One directed relationship between two entities, with what shows it. Raises: ValueError: the type does not join these kinds."""

    type: str
    source: str
    target: str
    evidence: tuple[dict[str, Any], ...] | UnsetType = UNSET


class Observations(msgspec.Struct, frozen=True, kw_only=True):
    """One batch of sightings: what one capability saw at one moment. It lands whole, in one transaction."""

    capability: str
    seen_at: datetime | str
    entities: tuple[dict[str, Any], ...] | UnsetType = UNSET
    relationships: tuple[Relationship, ...] | UnsetType = UNSET
    source: str | UnsetType = UNSET
    surface: str | UnsetType = UNSET
    tags: dict[str, str] | UnsetType = UNSET


class Oldest(msgspec.Struct, frozen=True, kw_only=True):
    """The oldest message of a queue, and why it does not move."""

    id: str = ""
    order_key: str = ""
    published_at: datetime = NEVER
    standing: str = ""
    since: str = ""
    until: str | None = None
    owner: str = ""
    attempt: int = 0
    error: str = ""


class Ordered(msgspec.Struct, frozen=True, kw_only=True):
    """A run that was ordered."""

    integration: str = ""


class OrganisationBody(msgspec.Struct, frozen=True, kw_only=True):
    """A new organisation."""

    name: str
    """a-z, 0-9, '.', '_' and '-'; never changes."""
    title: str | UnsetType = UNSET
    """What people call it."""
    parent: str | UnsetType = UNSET
    """The organisation above it; by default the one that is asked for."""


class OrganisationNodeRecord(EntityRecord, frozen=True, kw_only=True):
    """An organisation and the one above it. All of them together are a tree, kept by the installation itself."""

    kind: str = "organisation"
    id: str = ""
    """Its name; never changes."""
    title: str = ""
    """What people call it."""
    parent: str = ""
    """The organisation above it; empty at the top."""
    suspended: bool = False
    """Nobody may do anything in it, or below it."""


class OrganisationPlace(msgspec.Struct, frozen=True, kw_only=True):
    """An organisation and where it stands."""

    name: str = ""
    title: str = ""
    parent: str = ""
    suspended: bool = False


class SeedInForce(msgspec.Struct, frozen=True, kw_only=True):
    """One seed, in its one spelling, and how deep scans below it go."""

    seed: str = ""
    depth: str = ""


class Outline(msgspec.Struct, frozen=True, kw_only=True):
    """What seeds allow, whether anything is sent at all, and who signs contracts."""

    seeds: tuple[SeedInForce, ...] = ()
    stopped: str = ""
    key: str = ""


class Pagination(msgspec.Struct, frozen=True, kw_only=True):
    """Where a page stands in its list."""

    limit: int = 0
    count: int = 0
    cursor: str | None = None
    has_more: bool = False


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One part that must be ready."""

    name: str = ""
    ready: bool = False
    reason: str = ""
    needed: bool = False


class PasskeyAddBody(msgspec.Struct, frozen=True, kw_only=True):
    """What a new passkey answered."""

    state: str
    """As it came with the challenge."""
    answer: dict[str, Any]
    """What `navigator.credentials` gave, as JSON."""
    label: str
    """What people call it."""


class PasskeyBody(msgspec.Struct, frozen=True, kw_only=True):
    """What a passkey answered."""

    state: str
    """As it came with the challenge."""
    answer: dict[str, Any]
    """What `navigator.credentials` gave, as JSON."""
    cookie: bool | UnsetType = UNSET
    """Keep the token in a cookie that no script can read, and do not tell it."""


class PasskeyRemoveBody(msgspec.Struct, frozen=True, kw_only=True):
    """Which passkey goes."""

    password: str
    """The password."""
    label: str
    """What people call it."""


class PasswordBody(msgspec.Struct, frozen=True, kw_only=True):
    """Who somebody says they are, and what proves it."""

    user: str
    """Name to sign in with."""
    password: str
    """The password."""
    code: str | UnsetType = UNSET
    """What the authenticator shows, or a recovery code; empty at first."""
    cookie: bool | UnsetType = UNSET
    """Keep the token in a cookie that no script can read, and do not tell it."""


class PlaceBody(msgspec.Struct, frozen=True, kw_only=True):
    """What is different from now on; what is left out stays as it is."""

    title: str | UnsetType = UNSET
    """Its title."""
    parent: str | UnsetType = UNSET
    """Move it, and all below it, to stand below this one; empty is the top."""
    suspended: bool | UnsetType = UNSET
    """Nobody may do anything in it, or below it, while this is so."""


class PlannedWork(msgspec.Struct, frozen=True, kw_only=True):
    """What one capability will do."""

    capability: str = ""
    touch: str = ""
    targets: int = 0
    packets: int = 0
    seconds: float = 0.0
    sends: str = ""
    missing: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a scan will do with what is known now; what it finds anew is looked at as well."""

    work: tuple[PlannedWork, ...] = ()
    targets: int = 0
    packets: int = 0
    seconds: float = 0.0
    refused: int = 0
    not_due: int = 0
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class PortRecord(EntityRecord, frozen=True, kw_only=True):
    """An open port of an address, and the service behind it."""

    kind: str = "port"
    address: str = ""
    """IP address."""
    protocol: str = ""
    """tcp or udp."""
    number: int = 0
    """Port number."""
    service: str = ""
    """Service in IANA's words, such as ssh."""
    banner: str | None = None
    """What the service said first."""


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """Where an asset stands on attack paths."""

    reachable: int = 0
    likelihood: float = 0.0
    leads_to_critical: bool = False


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Problem details. Source: RFC 9457, section 3.1."""

    type: str = ""
    title: str = ""
    status: int = 0
    detail: str = ""
    instance: str = ""
    request_id: str = ""
    field: str = ""


class ProblemItem(msgspec.Struct, frozen=True, kw_only=True):
    """What a problem type means."""

    type: str = ""
    title: str = ""
    status: int = 0
    advice: str = ""


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a scan is."""

    looked: int = 0
    unknown: int = 0
    waiting: int = 0
    gaps: tuple[Gap, ...] = ()


class PruneBody(msgspec.Struct, frozen=True, kw_only=True):
    """What would be excluded."""

    keys: tuple[str, ...]
    """Keys of seeds or assets."""
    limit: int | UnsetType = UNSET
    """The most items in the list."""
    as_of: str | UnsetType = UNSET
    """Read as it was at this instant (ISO 8601; UTC unless it says otherwise)."""


class Pruned(msgspec.Struct, frozen=True, kw_only=True):
    """What would leave the surface."""

    keys: tuple[str, ...] = ()
    leaves: dict[str, int] = {}
    items: tuple[str, ...] = ()
    left_out: int = 0


class QueueItem(msgspec.Struct, frozen=True, kw_only=True):
    """How full one queue is, and why its oldest message does not move."""

    queue: str = ""
    waiting: int = 0
    leased: int = 0
    delayed: int = 0
    dead: int = 0
    oldest_age_s: float = 0.0
    oldest: str = ""
    oldest_message: Oldest | None = None


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the server can do its work, and if not, why."""

    status: str = ""
    parts: tuple[Part, ...] = ()


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was taken in."""

    job: str = ""
    state: str = ""


class RecoveryCodes(msgspec.Struct, frozen=True, kw_only=True):
    """Codes for a sheet of paper, each good once; told now and never again."""

    codes: tuple[str, ...] = ()


class RegimesBody(msgspec.Struct, frozen=True, kw_only=True):
    """By which rules somebody has to be told."""

    regimes: tuple[str, ...]
    """Such as gdpr, nis2, dora, nydfs, sec or hipaa."""
    aware_at: datetime | str | UnsetType = UNSET


class RelationshipItem(msgspec.Struct, frozen=True, kw_only=True):
    """Which kinds one type of relationship joins."""

    type: str = ""
    sources: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()


class ReplayBody(msgspec.Struct, frozen=True, kw_only=True):
    """Dead letters to try again."""

    numbers: tuple[str, ...]


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    """How many were put back into their queues."""

    replayed: int = 0


class Resealed(msgspec.Struct, frozen=True, kw_only=True):
    """How far sealing anew came."""

    resealed: int = 0
    finished: bool = False


class Rewrapped(msgspec.Struct, frozen=True, kw_only=True):
    """How many keys the current master key wraps now that an older one did."""

    rewrapped: int = 0


class RiskAge(msgspec.Struct, frozen=True, kw_only=True):
    """How many risks have been known for so long."""

    from_days: int = 0
    below_days: int | None = None
    risks: int = 0


class RiskBody(msgspec.Struct, frozen=True, kw_only=True):
    """Who mends a risk and until when; what is left out stays as it is."""

    owner: str | UnsetType = UNSET
    """Who mends it; empty is nobody."""
    due_at: datetime | UnsetType | None = UNSET
    why: str | UnsetType = UNSET
    """Why; kept in history."""


class RiskGroup(msgspec.Struct, frozen=True, kw_only=True):
    """One weakness, wherever it is, or one target, whatever is wrong with it."""

    weakness: str = ""
    title: str = ""
    risks: int = 0
    highest: int | None = None
    decision: str | None = None
    severity: str | None = None
    states: dict[str, int] = {}
    overdue: int = 0
    unowned: int = 0
    targets: tuple[str, ...] = ()
    members: tuple[str, ...] = ()


class RiskGroups(msgspec.Struct, frozen=True, kw_only=True):
    """Groups, the one with the highest score first and of equal ones the largest."""

    groups: tuple[RiskGroup, ...] = ()
    left_out: int = 0
    counted: int = 0
    complete: bool = False


class RiskStatistics(msgspec.Struct, frozen=True, kw_only=True):
    """Unresolved risks: those in triage and those that are open."""

    total: int = 0
    by_decision: dict[str, int] = {}
    by_severity: dict[str, int] = {}
    by_age: tuple[RiskAge, ...] = ()
    at: str = ""


class RoleBody(msgspec.Struct, frozen=True, kw_only=True):
    """What a role allows. Where it names kinds, tags, netblocks or names, it holds for those alone."""

    title: str | UnsetType = UNSET
    """What it is for."""
    permissions: tuple[str, ...]
    """As `x-permission` of the operations; `risks:*` and `*:read` too."""
    kinds: tuple[str, ...] | UnsetType = UNSET
    """Things of these kinds, and what is about them."""
    asset_tags: tuple[str, ...] | UnsetType = UNSET
    """Assets with one of these tags: `env=prod`, or `env`."""
    netblocks: tuple[str, ...] | UnsetType = UNSET
    """What lies in one of these, or below one of `names`."""
    names: tuple[str, ...] | UnsetType = UNSET
    """What is one of these or below it, or lies in `netblocks`."""
    highest_severity: str | UnsetType | None = UNSET
    """Risks are shown up to this one; null is all."""
    requests_per_s: int | UnsetType | None = UNSET
    """How fast a member may ask."""


class RoleRecord(EntityRecord, frozen=True, kw_only=True):
    """What its members may do, and of what. It holds in the organisation that keeps it, and in all below."""

    kind: str = "role"
    label: str = ""
    """Name of the role."""
    title: str = ""
    """What it is for."""
    permissions: tuple[str, ...] = ()
    """Resource and action, such as risks:write."""
    kinds: tuple[str, ...] = ()
    """Only things of these kinds, and what is about them."""
    asset_tags: tuple[str, ...] = ()
    """Only assets with one of these tags."""
    netblocks: tuple[str, ...] = ()
    """Only what lies in one of these, or below one of the names."""
    names: tuple[str, ...] = ()
    """Only what is one of these or below it, or lies in a netblock."""
    highest_severity: str | None = None
    """Risks are shown up to this one; null is all."""
    requests_per_s: int | None = None
    """How fast a member may ask; null is as fast as anybody."""


class RuleBody(msgspec.Struct, frozen=True, kw_only=True):
    """A rule, whole: what is left out falls back to its default."""

    channel: str
    """Webhook or service address; never shown again."""
    signing_key: str | UnsetType = UNSET
    """Signs the bodies of a webhook; never shown again."""
    minimum_score: int | UnsetType = UNSET
    """Tell of risks with this score or more."""
    known_exploited_only: bool | UnsetType = UNSET
    """Tell only of known exploited ones."""
    overdue_only: bool | UnsetType = UNSET
    """Tell only of those whose due date has passed."""
    enabled: bool | UnsetType = UNSET
    """Whether it is in force."""


class ScanBody(msgspec.Struct, frozen=True, kw_only=True):
    """What to scan."""

    seeds: tuple[str, ...] | UnsetType = UNSET
    """Where to start; by default all that is known."""
    deny: tuple[str, ...] | UnsetType = UNSET
    """Names, addresses and netblocks below them that stay untouched."""
    depth: str | UnsetType | None = UNSET
    """How deep scans of these seeds may go."""
    due_only: bool | UnsetType = UNSET
    """Leave alone what was looked at within its period and did not change since."""


class ScanItem(msgspec.Struct, frozen=True, kw_only=True):
    """One scan: who ordered what, and how far it is."""

    scan: str = ""
    key: str = ""
    state: str = ""
    halted: str = ""
    requested_by: str = ""
    seeds: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    depth: str | None = None
    due_only: bool = False
    started_at: datetime | None = None
    ended_at: datetime | None = None
    progress: Progress


class ScanRecord(EntityRecord, frozen=True, kw_only=True):
    """One order to look: who asked for what, how far it is, and what could not be looked at."""

    kind: str = "scan"
    id: str = ""
    """Names it."""
    state: str = ""
    """Where it is in its life."""
    requested_by: str = ""
    """Who ordered it."""
    seeds: tuple[str, ...] = ()
    """Where it starts; empty for all that is known."""
    deny: tuple[str, ...] = ()
    """What it was told to leave alone."""
    depth: str | None = None
    """How deep it was told to go."""
    due_only: bool = False
    """Leaves alone what was looked at within its period."""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    rounds: int = 0
    """How often it was begun or went on."""
    looked: int = 0
    """Looks that ended since it began."""
    unknown: int = 0
    """Of these, those whose answer is unknown."""
    waiting: int = 0
    """Pieces of work that were left then."""
    gaps: str = ""
    """What could not be looked at, by capability and reason, as JSON."""


class ScanStarted(msgspec.Struct, frozen=True, kw_only=True):
    """A scan that was ordered."""

    scan: str = ""


class ScanState(msgspec.Struct, frozen=True, kw_only=True):
    """How far discovery is."""

    waiting: int = 0
    stopped: str = ""
    queues: tuple[QueueItem, ...] = ()
    counts: dict[str, dict[str, int]] = {}


class ScopeAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What the scope says."""

    target: str = ""
    admitted: bool = False
    why: str = ""
    authority: str = ""


class ScopedSeed(msgspec.Struct, frozen=True, kw_only=True):
    """What of one seed makes the scope; what is left out stays as it is."""

    value: str
    """A domain, an address or a netblock."""
    depth: str | UnsetType = UNSET
    """How deep scans may go; of a new seed `normal`."""
    deny: tuple[str, ...] | UnsetType = UNSET
    """Names, addresses and netblocks below it that stay untouched."""


class ScopeChangeBody(msgspec.Struct, frozen=True, kw_only=True):
    """A change of seeds that nobody has saved yet."""

    put: tuple[ScopedSeed, ...] | UnsetType = UNSET
    """Seeds as they would be added."""
    drop: tuple[str, ...] | UnsetType = UNSET
    """Seeds that would be excluded."""


class ScopeMove(msgspec.Struct, frozen=True, kw_only=True):
    """One thing on which the scope would say something else."""

    key: str = ""
    why: str = ""


class ScopePreview(msgspec.Struct, frozen=True, kw_only=True):
    """What would come in and fall out, of what is known."""

    comes_in: dict[str, int] = {}
    falls_out: dict[str, int] = {}
    deeper: int = 0
    shallower: int = 0
    incoming: tuple[ScopeMove, ...] = ()
    outgoing: tuple[ScopeMove, ...] = ()
    looked_at: int = 0
    is_complete: bool = False


class SeedItem(msgspec.Struct, frozen=True, kw_only=True):
    """One seed; what is left out stays as it is."""

    value: str
    """A domain, an address or a netblock."""
    depth: str | UnsetType = UNSET
    """How deep scans may go; of a new seed `normal`."""
    deny: tuple[str, ...] | UnsetType = UNSET
    """Names, addresses and netblocks below it that stay untouched."""
    note: str | UnsetType = UNSET
    """Why it is ours."""


class SeedRecord(EntityRecord, frozen=True, kw_only=True):
    """Where discovery starts, and by whose word: what descends from no seed is never scanned."""

    kind: str = "seed"
    value: str = ""
    """Domain, address or netblock."""
    depth: str = ""
    """How deep scans may go."""
    deny: tuple[str, ...] = ()
    """Names, addresses and netblocks below it that stay untouched."""
    note: str = ""
    """Why it is ours."""


class SeedsBody(msgspec.Struct, frozen=True, kw_only=True):
    """Seeds to add."""

    seeds: tuple[SeedItem, ...]
    why: str | UnsetType = UNSET
    """Why; kept in history."""


class SeenPart(msgspec.Struct, frozen=True, kw_only=True):
    """One part of what somebody sees: all that is stated here must hold."""

    kinds: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    places: int = 0
    highest_severity: str | None = None


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """Counts over time."""

    by: str = ""
    moments: tuple[str, ...] = ()
    lines: tuple[Line, ...] = ()


class SessionItem(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks, for which organisation, and what they may do."""

    user: str = ""
    organisation: str = ""
    permissions: tuple[str, ...] = ()
    method: str = ""
    subject: str = ""
    roles: tuple[str, ...] = ()
    factors: int = 0
    session: str = ""


class SessionRecord(EntityRecord, frozen=True, kw_only=True):
    """One sign-in: from where, until when, and whether it was ended. Also a token of an issuer that was taken back."""

    kind: str = "session"
    id: str = ""
    """Its public part."""
    use: str = ""
    """browser, cli; device before it is approved; token or subject for what was taken back."""
    subject: str = ""
    """Who signed in."""
    label: str = ""
    """As people know them."""
    home: str = ""
    """Organisation that they belong to."""
    method: str = ""
    """How it was proven."""
    roles: tuple[str, ...] = ()
    """Roles that were stated."""
    factors: int = 0
    """How many factors were shown."""
    digest: None = None
    """Secret: never shown."""
    code: str = ""
    """What a person types to approve a device."""
    began_at: datetime | None = None
    ends_at: datetime | None = None
    address: str = ""
    """Where it began."""
    agent: str = ""
    """Program that it began with."""
    revoked: bool = False
    """Whether it was ended early."""
    generation: int = 0
    """How often all sessions of the account had been ended when this was proven."""
    secret: tuple[str, ...] = ()
    """Secret fields that hold a value; they are shown as null."""


class SettingBody(msgspec.Struct, frozen=True, kw_only=True):
    """A setting's value."""

    value: str


class SettingRecord(EntityRecord, frozen=True, kw_only=True):
    """One setting of the organisation, changed without a restart."""

    kind: str = "setting"
    label: str = ""
    """Name."""
    value: str = ""
    """Value."""


class Shredded(msgspec.Struct, frozen=True, kw_only=True):
    """How many keys were destroyed."""

    destroyed: int = 0


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody may do and see."""

    id: str = ""
    permissions: tuple[str, ...] = ()
    everything: bool = False
    parts: tuple[SeenPart, ...] = ()
    counts: dict[str, int] = {}


class SignedCheckpoint(msgspec.Struct, frozen=True, kw_only=True):
    """How far the log is, signed: keep it where nobody who can write the database can write."""

    body: str = ""
    key: str = ""
    signature: str = ""


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """A session, or what is missing for one."""

    token: str | None = None
    session: LiveSession | None = None
    needs: tuple[str, ...] = ()


class SigningKey(msgspec.Struct, frozen=True, kw_only=True):
    """The key whose public part verifies exports elsewhere."""

    key: str = ""


class Statistics(msgspec.Struct, frozen=True, kw_only=True):
    """How much there is."""

    total: int = 0
    on_surface: dict[str, int] = {}
    by_status: dict[str, dict[str, int]] = {}
    at: str = ""


class StopBody(msgspec.Struct, frozen=True, kw_only=True):
    """Why everything stops."""

    reason: str


class SubjectAction(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a person did."""

    organisation: str = ""
    at: str = ""
    did: str = ""
    key: str = ""
    fields: tuple[str, ...] = ()
    why: str = ""


class SubjectBody(msgspec.Struct, frozen=True, kw_only=True):
    """A person."""

    names: tuple[str, ...]
    """All names of one person."""
    everywhere: bool | UnsetType = UNSET
    """In all organisations; for those who may do everything in the installation alone."""


class SubjectStatement(msgspec.Struct, frozen=True, kw_only=True):
    """One version of an entity in which a person stands."""

    organisation: str = ""
    key: str = ""
    kind: str = ""
    places: tuple[str, ...] = ()
    said_at: datetime = NEVER
    said_by: str = ""
    facts: dict[str, Any] = {}


class SubjectExport(msgspec.Struct, frozen=True, kw_only=True):
    """All that is kept about a person in this organisation."""

    names: tuple[str, ...] = ()
    made_at: datetime = NEVER
    statements: tuple[SubjectStatement, ...] = ()
    actions: tuple[SubjectAction, ...] = ()
    seen_as_origin: tuple[str, ...] = ()
    audit_entries: int = 0


class TechnologyRecord(EntityRecord, frozen=True, kw_only=True):
    """One version of one product; who runs it is told by HAS_TECHNOLOGY, with the evidence."""

    kind: str = "technology"
    cpe: str = ""
    """CPE 2.3 formatted string."""
    product: str = ""
    """Product as people call it."""
    version: str = ""
    """Version as observed."""


class TestResult(msgspec.Struct, frozen=True, kw_only=True):
    """What the other system said."""

    said: str = ""


class TicketRecord(EntityRecord, frozen=True, kw_only=True):
    """A risk's issue in a tracker, and where both stood when they were last compared."""

    kind: str = "ticket"
    integration: str = ""
    """Name of the integration."""
    risk: str = ""
    """Key of the risk."""
    issue: str = ""
    """Key of the issue."""
    url: str = ""
    """Where to read it."""
    state: str = ""
    """Where it stands."""
    asked_at: datetime | None = None
    digest: str = ""
    """Digest of what the issue was told last."""


class TransitionBody(msgspec.Struct, frozen=True, kw_only=True):
    """What a person decided about a risk."""

    state: str
    """The state that it moves to."""
    reason: str | UnsetType = UNSET
    """Why; needed to accept or reject."""
    until: str | UnsetType | None = UNSET
    """When acceptance ends."""
    owner: str | UnsetType | None = UNSET
    """Who mends it; null leaves it."""
    due_at: datetime | UnsetType | None = UNSET


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a trial."""

    delivered: bool = False
    reason: str = ""


class TypeItem(msgspec.Struct, frozen=True, kw_only=True):
    """A type of integration."""

    type: str = ""
    title: str = ""
    needs_address: bool = False
    needs_secret: bool = False
    is_run: bool = False
    options: tuple[str, ...] = ()


class UndoReport(msgspec.Struct, frozen=True, kw_only=True):
    """What taking an import back did, or would do."""

    id: str = ""
    file: str = ""
    format: str = ""
    left: int = 0
    set_back: int = 0
    kept: int = 0
    concluded: int = 0
    written: bool = False


class UserBody(msgspec.Struct, frozen=True, kw_only=True):
    """A new account."""

    user: str
    """Name to sign in with."""
    label: str | UnsetType = UNSET
    """As people know them."""
    roles: tuple[str, ...] | UnsetType = UNSET
    """Roles in the organisation; needs `users:grant`, and nobody gives what they have not."""


class UserPatch(msgspec.Struct, frozen=True, kw_only=True):
    """What changes; what is not stated stays."""

    label: str | UnsetType = UNSET
    """As people know them."""
    roles: tuple[str, ...] | UnsetType = UNSET
    """Roles in the organisation; needs `users:grant`, and nobody gives what they have not."""
    suspended: bool | UnsetType = UNSET
    """Who is suspended is signed out everywhere."""
    why: str | UnsetType = UNSET
    """Why; kept in history."""


class UserRecord(EntityRecord, frozen=True, kw_only=True):
    """Somebody who signs in here, with the factors that prove it; what they may do is for roles to say."""

    kind: str = "user"
    id: str = ""
    """Name to sign in with."""
    label: str = ""
    """As people know them."""
    home: str = ""
    """Organisation that they belong to."""
    roles: tuple[str, ...] = ()
    """Roles in the home organisation."""
    suspended: bool = False
    """Whether they are kept out."""
    password: None = None
    """Secret: never shown."""
    password_at: datetime | None = None
    totp: None = None
    """Secret: never shown."""
    totp_pending: None = None
    """Secret: never shown."""
    totp_step: int = 0
    """Time step of the last code that was used."""
    recovery: None = None
    """Secret: never shown."""
    passkeys: tuple[str, ...] = ()
    """Passkeys: id, public key, count and label of each."""
    invitation: None = None
    """Secret: never shown."""
    invited_until: str | None = None
    """Until when that code holds."""
    failures: int = 0
    """Failed attempts since the last success."""
    failed_at: datetime | None = None
    signed_in_at: datetime | None = None
    generation: int = 0
    """How often all sessions were ended."""
    secret: tuple[str, ...] = ()
    """Secret fields that hold a value; they are shown as null."""


class VersionItem(msgspec.Struct, frozen=True, kw_only=True):
    """One state of an entity, what made it so, and how long it was true."""

    revision: int = 0
    sequence: int = 0
    op: str = ""
    fields: tuple[str, ...] = ()
    actor: str = ""
    why: str = ""
    status: str = ""
    tags: dict[str, str] = {}
    valid_from: datetime = NEVER
    valid_to: datetime | None = None
    entity: dict[str, Any] = {}


class VulnerabilityRecord(EntityRecord, frozen=True, kw_only=True):
    """A published weakness, known once to all organisations; its knowledge of exploitation lives here."""

    kind: str = "vulnerability"
    id: str = ""
    """CVE id, or another register's."""
    title: str = ""
    """What it is, in one line."""
    description: str = ""
    """What it is."""
    cvss_vector: str = ""
    """CVSS vector."""
    cvss_score: float | None = None
    """CVSS base score, 0 to 10."""
    severity: str | None = None
    """Severity in words."""
    epss: float | None = None
    """EPSS probability, 0 to 1."""
    epss_percentile: float | None = None
    """EPSS percentile, 0 to 1."""
    epss_day: str = ""
    """Day of the EPSS score."""
    known_exploited: bool | None = None
    """In CISA's KEV catalogue."""
    known_exploited_day: str = ""
    """Day it was added to KEV."""
    known_exploited_due: str = ""
    """Day until which CISA wants it mended."""
    ransomware: bool | None = None
    """KEV knows of ransomware use."""
    exploit: str = ""
    """Known exploit: '', poc, functional or weaponised."""
    cwes: tuple[str, ...] = ()
    """Weakness classes."""
    references: tuple[str, ...] = ()
    """Where to read on."""
    published: str | None = None
    """Publication."""


class Ways(msgspec.Struct, frozen=True, kw_only=True):
    """How people sign in here."""

    password: bool = False
    passkey: bool = False
    device: bool = False
    issuers: tuple[IssuerWay, ...] = ()


class WebApplicationRecord(EntityRecord, frozen=True, kw_only=True):
    """What answers HTTP under one scheme, name and port."""

    kind: str = "webapplication"
    url: str = ""
    """scheme://host[:port]/."""
    status_code: int | None = None
    """HTTP status of the root."""
    title: str | None = None
    """Page title."""
    server: str = ""
    """Server header."""
    redirect: str = ""
    """Where the root redirects to."""
    headers: tuple[tuple[str, str], ...] = ()
    """Answer headers, as received."""


RECORDS: dict[str, type[EntityRecord]] = {
    "address": AddressRecord,
    "alertrule": AlertRuleRecord,
    "apikey": ApiKeyRecord,
    "attribute": AttributeRecord,
    "candidate": CandidateRecord,
    "certificate": CertificateRecord,
    "comment": CommentRecord,
    "contract": ContractRecord,
    "credential": CredentialRecord,
    "dnsrecord": DnsRecordRecord,
    "domain": DomainRecord,
    "file": FileRecord,
    "import": ImportRecord,
    "importjob": ImportJobRecord,
    "importpage": ImportPageRecord,
    "incident": IncidentRecord,
    "integration": IntegrationRecord,
    "job": JobRecord,
    "member": MemberRecord,
    "netblock": NetblockRecord,
    "organisation": OrganisationNodeRecord,
    "port": PortRecord,
    "risk": RiskRecord,
    "role": RoleRecord,
    "scan": ScanRecord,
    "seed": SeedRecord,
    "session": SessionRecord,
    "setting": SettingRecord,
    "technology": TechnologyRecord,
    "ticket": TicketRecord,
    "user": UserRecord,
    "vulnerability": VulnerabilityRecord,
    "webapplication": WebApplicationRecord,
}
"""The class of the records of each kind."""
