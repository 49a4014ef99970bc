"""What an entry may say: no secret, no query, no personal data but who acted, and nothing that a store cannot hold."""

import re
from collections.abc import Mapping
from typing import Final

import msgspec

from chariot.modules.audit.entries import Entry

HIDDEN: Final = "[hidden]"
_OBJECT_LIMIT: Final = 500
_TEXT_LIMIT: Final = 200
_FACTS_LIMIT: Final = 20
_SECRET_NAME: Final = re.compile(
    r"pass|secret|token|cookie|authori[sz]ation|credential|private|signing|api.?key|otp|recovery",
    re.IGNORECASE,
)
_SECRET: Final = re.compile(
    r"""
    chariot_key\.[\w.=-]+                                   # our own keys
    | eyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?                     # signed tokens
    | (?i:bearer|basic)\s+[\w.~+/=-]{8,}
    | \b(?:gh[pousr]_|github_pat_|glpat-|xox[abprs]-|sk-|AKIA)[\w-]{12,}
    | (?<=://)[^/\s:@]+:[^/\s@]+(?=@)                       # a user and password in an address
    """,
    re.VERBOSE,
)
_SIGNS: Final = (
    "chariot_key.", "eyj", "bearer", "basic", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "xox",
    "sk-", "akia", "://",
)  # fmt: skip
"""Each secret has one of these in it, in small letters: to look for them costs a fraction of the pattern."""
_MAIL: Final = re.compile(r"[\w.+-]{1,64}(?:@|%40)(?:[\w-]{1,63}\.)+[A-Za-z]{2,63}")


def redacted(entry: Entry) -> Entry:
    """Return *entry* as the log may keep it; redacting it again changes nothing."""
    return msgspec.structs.replace(
        entry,
        actor=_line(entry.actor, _TEXT_LIMIT),
        action=_line(entry.action, _TEXT_LIMIT),
        object=redacted_object(entry.object),
        address=_line(entry.address, 64),
        request_id=_line(entry.request_id, 64),
        before=_line(entry.before, 64),
        after=_line(entry.after, 64),
        details=_facts(entry.details),
    )


def redacted_object(text: str) -> str:
    """Return a key or path without its query, and without what looks like a secret or an address of a person."""
    return _short(_plain(text.partition("?")[0]), _OBJECT_LIMIT)


def _facts(details: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in sorted(details)[:_FACTS_LIMIT]:
        label = _line(name, 40)
        text = str(details[name])
        found[label] = HIDDEN if _SECRET_NAME.search(name) else _short(_plain(text), _TEXT_LIMIT)
    return found


def _plain(text: str) -> str:
    text = storable(text)
    small = text.lower()
    for sign in _SIGNS:  # `any` over a generator costs three times as much, for every text of every entry
        if sign in small:
            text = _SECRET.sub(HIDDEN, text)
            break
    if "@" in text or "%40" in text:
        text = _MAIL.sub(HIDDEN, text)
    return text


def storable(text: str) -> str:
    """Return *text* in one line without what a store refuses: NUL, other control characters, lone surrogates."""
    if text.isascii() and text.isprintable():
        return text
    text = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(one if one.isprintable() else "\ufffd" for one in text)


def _line(text: str, limit: int) -> str:
    # Nearly every text is one already; an empty one is, too.
    if len(text) <= limit and text.isascii() and text.isprintable():
        return text
    return _short(storable(text), limit)


def _short(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
