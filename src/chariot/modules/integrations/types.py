"""The types of integrations: what each talks to, and what one may choose of it."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from chariot.errors import InvalidError
from chariot.model.kinds.integration import Integration
from chariot.model.kinds.work import Seed
from chariot.model.registry import KINDS, kinds_named
from chariot.model.states import Depth
from chariot.modules.surface.filters import parse_filter

JIRA: Final = "jira"
GITHUB: Final = "github"
URL: Final = "url"
WEBHOOK_IN: Final = "webhook-in"
REPORT: Final = "report"
SCAN: Final = "scan"

GITHUB_ADDRESS: Final = "https://api.github.com"
CODE: Final = 'target~"#file#" not origin=github'
"""Risks in files that GitHub does not tell of by itself."""
_KEY_LENGTH: Final = 16


class JiraChoices(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Risks as Jira issues, both ways."""

    project: str
    api: str = "3"
    issue_type: str = "Task"
    close_step: str = ""
    filter: str = "score>=70"
    at_most: int = 100
    accept_days: int = 90


class GitHubChoices(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Findings to code scanning, alerts from it."""

    repository: str
    ref: str = "refs/heads/main"
    push: bool = True
    filter: str = CODE
    pull: str = ""


class UrlChoices(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file that is fetched when it changed, and imported."""

    format: str = "auto"
    map: str = ""
    """A kept file that holds a map for CSV or JSON of any tool."""
    complete: bool = False
    header: str = "Authorization"
    """The header that carries the secret; in `Authorization` it is a bearer's unless it says another scheme."""
    limit_mb: int = 500


class WebhookChoices(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Files that others send, signed."""

    format: str = "auto"
    map: str = ""
    """A kept file that holds a map for CSV or JSON of any tool."""
    complete: bool = False
    limit_mb: int = 100


class ReportChoices(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A report or an export that is written by the clock and kept as a file."""

    format: str = "html"
    kinds: str = ""
    """Kinds or groups, separated by commas; only formats that select take them, and the filter."""
    filter: str = ""
    keep: Annotated[int, Meta(ge=1, le=1_000)] = 12
    """How many of the newest files stay."""
    limit_mb: Annotated[int, Meta(ge=1, le=10_000)] = 500


class ScanChoices(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A scan that is ordered by the clock."""

    seeds: str = ""
    """Separated by commas; without any, all that is known is looked at."""
    depth: Depth | None = None
    due_only: bool = True
    """Leave alone what was looked at within its period and did not change since."""


class Type(msgspec.Struct, frozen=True):
    """What a type of integration needs."""

    name: str
    choices: Any
    title: str
    address: bool
    """Whether it needs the address of the other system."""
    secret: bool
    """Whether it needs a token or key."""
    runs: bool
    """Whether it is run, by the clock or when asked."""


TYPES: Final[Mapping[str, Type]] = {
    one.name: one
    for one in (
        Type(JIRA, JiraChoices, "risks as Jira issues, both ways", True, True, True),
        Type(GITHUB, GitHubChoices, "findings to GitHub code scanning, alerts from it", False, True, True),
        Type(URL, UrlChoices, "a file that is fetched when it changed", True, False, True),
        Type(WEBHOOK_IN, WebhookChoices, "files that others send, signed", False, True, False),
        Type(REPORT, ReportChoices, "a report that is written by the clock and kept", False, False, True),
        Type(SCAN, ScanChoices, "a scan that is ordered by the clock", False, False, True),
    )
}
"""Every type by its name."""


def choices_of(integration: Integration) -> Any:
    """Return the options of an integration as its type declares them.

    Raises:
        InvalidError: one is unknown, missing or wrong; the place names it.
    """
    known = type_named(integration.type)
    try:
        chosen = msgspec.convert(dict(integration.options), known.choices, strict=False)
    except msgspec.ValidationError as error:
        raise InvalidError(
            f"{error}; there are {', '.join(known.choices.__struct_fields__)}", place="options"
        ) from None
    if isinstance(chosen, ReportChoices):
        _check_report(chosen)
    elif isinstance(chosen, ScanChoices):
        _check_scan(chosen)
    elif text := getattr(chosen, "filter", ""):
        parse_filter(text, ("risk",))
    return chosen


def kinds_of(text: str) -> tuple[str, ...]:
    """Return the kinds that words between commas mean, each once.

    Raises:
        InvalidError: a word is no kind and no group.
    """
    found = (kind for word in text.split(",") if word.strip() for kind in kinds_named(word.strip()))
    return tuple(dict.fromkeys(found))


def seeds_of(text: str) -> tuple[str, ...]:
    """Return the seeds between commas, in canonical form, each once.

    Raises:
        InvalidError: one is no domain, address or netblock.
    """
    try:
        return tuple(
            dict.fromkeys(Seed(value=value.strip()).value for value in text.split(",") if value.strip())
        )
    except ValueError as error:
        raise InvalidError(str(error).removeprefix("value: "), place="options.seeds") from None


def _check_report(chosen: ReportChoices) -> None:
    kinds = kinds_of(chosen.kinds)
    if chosen.filter:
        parse_filter(chosen.filter, kinds or tuple(KINDS))


def _check_scan(chosen: ScanChoices) -> None:
    if chosen.depth is not None and not chosen.seeds.strip():
        raise InvalidError("needs seeds to hold for", place="options.depth")
    seeds_of(chosen.seeds)


def checked(integration: Integration) -> None:
    """Check what a person states of an integration before it is kept.

    Raises:
        InvalidError: something is missing or wrong; the place names it.
    """
    known = type_named(integration.type)
    if known.address and "://" not in integration.address:
        raise InvalidError("is not a web address such as https://jira.example.com", place="address")
    if known.secret and not integration.secret:
        raise InvalidError(f"an integration of the type {known.name} needs one", place="secret")
    if integration.type == WEBHOOK_IN and len(integration.secret) < _KEY_LENGTH:
        raise InvalidError(f"a key has {_KEY_LENGTH} characters at least", place="secret")
    if not known.runs and integration.every_minutes:
        raise InvalidError("others send to it: it is never run", place="every_minutes")
    choices_of(integration)


def type_named(name: str) -> Type:
    """Return a type.

    Raises:
        InvalidError: there is none of that name.
    """
    try:
        return TYPES[name]
    except KeyError:
        raise InvalidError(
            f"no type is called {name[:40]!r}; there are {', '.join(TYPES)}", place="type"
        ) from None
