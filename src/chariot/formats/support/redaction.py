"""Secrets in what other tools show as evidence are taken out before anything is kept; what names them stays."""

import re
from functools import lru_cache

REDACTED = "(redacted)"

_WORDS = (
    "token",
    "secret",
    "passw",
    "passphrase",
    "pwd",
    "key",
    "credential",
    "sig",
    "sess",
    "auth",
    "cookie",
)
"""One of these is in each name of something to take out; many texts hold none of them."""
_NAMED = re.compile(
    r"(?i)(?:token|secret|passwords?|passwd|passphrase|pwd|key(?:[_-]?id)?|credential|signature|sig|"
    r"sess(?:ion)?(?:[_-]?id)?|auth[a-z]*|cookie2?)\s{0,4}\\?[\"']?\s{0,4}[:=]"
)
_FORMS = (
    "AKIA", "ASIA", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "xox", "AIza", "eyJ", "sk_live_",
    "PRIVATE KEY",
)  # fmt: skip
_NAMES = (
    r"(?:[a-z0-9]{1,30}[_.-]){0,4}(?:access[_-]?token|auth[_-]?token|id[_-]?token|refresh[_-]?token|csrf[_-]?token|token|"
    r"api[_-]?key|access[_-]?key(?:[_-]?id)?|secret[_-]?key|private[_-]?key|client[_-]?secret|secret|passwords?|"
    r"passwd|passphrase|pwd|credential|signature|sig|session(?:[_-]?id)?|jsessionid|phpsessid|sessid|auth)"
)
_CREDENTIAL_HEADER = re.compile(
    r"(?i)\b((?:proxy-)?authorization\s*:\s*(?:(?:basic|bearer|digest|negotiate|ntlm|token|apikey)\s+)?)"
    r"(?!\(redacted\))[^\r\n\"'\\]+"
)
_KEY_HEADER = re.compile(
    r"(?i)\b((?:x-[a-z0-9-]{0,40}(?:token|key|secret|auth[a-z]*|signature)|api-?key|private-token)\s*:\s*)"
    r"(?!\(redacted\))[^\r\n\"'\\]+"
)
_COOKIE_HEADER = re.compile(r"(?i)\b((?:set-)?cookie\s*:\s*)([^\r\n\"'\\]+)")
_COOKIE = re.compile(r"(?<![^;,\s])([^=;,\s]++)=([^;,\s]++)")
_COOKIE_ATTRIBUTES = frozenset({"path", "domain", "expires", "max-age", "samesite", "priority", "version"})
_PARAMETER = re.compile(rf"(?i)(?:(?<=[?&;\s])|(?<![^\s\"'(>]))({_NAMES}=)(?!\(redacted\))[^&;#\s\"'<>\\)]+")
_MEMBER = re.compile(rf"(?i)([\"']{_NAMES}\\?[\"']\s*:\s*\\?[\"'])(?!\(redacted\))(?:[^\"'\\]|\\(?![\"']).)+")
_ASSIGNED = re.compile(rf"(?i)(?<![\w-])({_NAMES}\s*(?::=|=>?|:)\s*[\"'])(?!\(redacted\))[^\"'\r\n]+")
_USER = re.compile(r"(?i)\b([a-z][a-z0-9+.-]{0,20}://[^\s/?#:@\"'<>]*:)(?!\(redacted\))[^\s/?#@\"'<>]+(?=@)")
_CERTAIN = re.compile(
    r"-----BEGIN[A-Z0-9 ]{0,40}PRIVATE KEY-----[^-]*(?:-----END[A-Z0-9 ]{0,40}PRIVATE KEY-----)?"
    r"|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36,}|\bgithub_pat_[A-Za-z0-9_]{22,}"
    r"|\bglpat-[A-Za-z0-9_-]{20,}|\bxox[abprs]-[A-Za-z0-9-]{10,}|\bAIza[A-Za-z0-9_-]{35}"
    r"|\bsk_live_[A-Za-z0-9]{16,}|\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"
)
_HEADERS = frozenset({
    "authorization", "proxy-authorization", "x-api-key", "api-key", "apikey", "x-auth-token", "x-access-token",
    "x-amz-security-token", "x-csrf-token", "x-xsrf-token", "private-token", "x-session-token", "x-vault-token",
})  # fmt: skip
_COOKIE_HEADERS = frozenset({"cookie", "set-cookie", "cookie2", "set-cookie2"})
_OF_SECRETS = _HEADERS | _COOKIE_HEADERS
_REMEMBERED_LENGTH = 2_000


def redacted(written: str) -> str:
    """Return *written* with the values of credentials, cookies, tokens and keys left out."""
    return _redacted_again(written) if len(written) <= _REMEMBERED_LENGTH else _redacted(written)


# Files say the same of each of their rules at every place, and to look a text up takes a tenth of searching it.
@lru_cache(maxsize=4_096)
def _redacted_again(written: str) -> str:
    return _redacted(written)


def _redacted(written: str) -> str:
    if _has_one(_FORMS, written):
        written = _CERTAIN.sub(REDACTED, written)
    if "@" in written and "://" in written:
        written = _USER.sub(rf"\1{REDACTED}", written)
    if ":" not in written and "=" not in written:
        return written
    lowered = written.lower()
    if not _has_one(_WORDS, lowered) or _NAMED.search(written) is None:
        return written
    written = _CREDENTIAL_HEADER.sub(rf"\1{REDACTED}", written)
    written = _KEY_HEADER.sub(rf"\1{REDACTED}", written)
    written = _COOKIE_HEADER.sub(lambda found: found[1] + _cookies(found[2]), written)
    written = _MEMBER.sub(rf"\1{REDACTED}", written)
    written = _ASSIGNED.sub(rf"\1{REDACTED}", written)
    return _PARAMETER.sub(rf"\1{REDACTED}", written)


def names_secret(name: str) -> bool:
    """Tell whether what is called *name* is kept only as `redacted_header` leaves it."""
    return name.strip().lower() in _OF_SECRETS


def _has_one(words: tuple[str, ...], written: str) -> bool:
    # This runs for every text of every record, and a generator takes twice as long.
    for word in words:  # noqa: SIM110 - see above
        if word in written:
            return True
    return False


def redacted_header(name: str, value: str) -> str:
    """Return the value of a header as it may be kept: cookies keep their names and attributes."""
    plain = name.strip().lower()
    if plain in _COOKIE_HEADERS:
        return _cookies(value)
    if plain in _HEADERS:
        scheme, blank, rest = value.strip().partition(" ")
        return f"{scheme} {REDACTED}" if blank and rest and plain.endswith("authorization") else REDACTED
    return redacted(value)


def _cookies(written: str) -> str:
    return _COOKIE.sub(_cookie, written)


def _cookie(found: re.Match[str]) -> str:
    return found[0] if found[1].lower() in _COOKIE_ATTRIBUTES else f"{found[1]}={REDACTED}"
