"""Secrets that a scanner found: their type and digest, and never the secret itself."""

import re
from hashlib import sha256
from typing import Any

from chariot.formats.support.findings import Finding
from chariot.formats.support.values import line, text
from chariot.model.kinds.weakness import Credential
from chariot.model.kinds.work import File
from chariot.model.relationships import Relationship, RelationshipType
from chariot.model.states import Severity

_TYPES = (
    (re.compile(r"(?:AKIA|ASIA)[A-Z0-9]{16}", re.ASCII), "aws-access-key"),
    (re.compile(r"ghp_[A-Za-z0-9]{36}", re.ASCII), "github-pat"),
    (re.compile(r"glpat-[A-Za-z0-9_-]{20,}", re.ASCII), "gitlab-pat"),
    (re.compile(r"-----BEGIN[A-Z0-9 ]{0,100}PRIVATE KEY.*", re.ASCII | re.DOTALL), "private-key"),
)
_HIDDEN = re.compile(r"[*.xX•\s-]*|.*\*{3,}.*|redacted", re.IGNORECASE | re.DOTALL)
_NOT_SLUG = re.compile(r"[^a-z0-9._]+")
_SPEAKS_OF_SECRETS = re.compile(r"secret|credential|passw|token|private.?key|api.?key", re.IGNORECASE)


def secret_finding(
    finding: Finding, file: File, kind: Any, secret: Any, *, account: Any = "", valid: bool | None = None
) -> Finding:
    """Return *finding* with the credential that it is about.

    Each secret is a weakness of its own at its file, whatever tool finds it and wherever it moves. A secret
    that the tool has hidden has no digest worth keeping: its finding keeps the weakness of its rule.
    """
    written = secret if isinstance(secret, str) else ""
    if _HIDDEN.fullmatch(written):
        return finding
    digest = sha256(written.encode("utf-8", "replace")).hexdigest()
    slug = credential_type(kind, written)
    owner = line(account, 500)
    credential = Credential(
        type=slug, fingerprint=digest, account="" if written in owner else owner, valid=valid
    )
    finding.weakness = f"exposed-secret:{slug}:{digest[:16]}"
    finding.entities += (credential,)
    finding.relationships += (Relationship(RelationshipType.HAS_CREDENTIAL, file.key, credential.key),)
    return finding


def credential_type(kind: Any, secret: str) -> str:
    """Return the type of a secret: by its own form where that is certain, else as the tool calls it."""
    certain = next((name for form, name in _TYPES if form.fullmatch(secret)), None)
    return certain or _NOT_SLUG.sub("-", line(kind, 100).lower()).strip("-._") or "secret"


def speaks_of_secrets(*words: Any) -> bool:
    """Tell whether a rule looks for secrets, so that the lines it shows must not be kept."""
    return any(_SPEAKS_OF_SECRETS.search(line(word, 500)) for word in words)


SEVERITY = Severity.HIGH
"""Of an exposed secret whose scanner tells none."""


def certain_secret(written: Any) -> str:
    """Return the first secret in *written* whose form is certain; empty where there is none."""
    found = text(written, 20_000)
    return next((match[0] for form, _ in _TYPES if (match := form.search(found))), "")
