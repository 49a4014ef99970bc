"""Paths that should not answer, as data: where, and what in the answer proves it; docs/services.md tells the format."""

import re
import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import Final, Literal

import msgspec

from chariot.capabilities.support.findings import Flaw, Product
from chariot.capability import HttpResponse
from chariot.errors import ConfigurationError
from chariot.model.states import Severity

TEXT_LIMIT: Final = 65_536
"""Characters of an answer that are looked at."""
MATCHED_LIMIT: Final = 200
TABLE: Final = "exposures.toml"
_HTML = re.compile(r"\s{0,100}(?:<!doctype html|<html|<head|<body)", re.IGNORECASE)
_UNBOUNDED = re.compile(r"[*+]|\{\d*,\}")
_QUOTED_OR_CLASS = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)


class Exposure(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One path and its proof.

    Raises:
        ValueError: a pattern is none, or could take unbounded time.
    """

    id: str
    """What is exposed; the risk is called `exposed-` and this."""
    path: str
    title: str
    severity: Literal["critical", "high", "medium", "low", "info"]
    """`info` makes a fact of it, and no risk."""
    cwe: str
    proof: str
    """Regular expression; the group `version` is the product's.

    The group `server` is what a Server header says as well: the rules for that header know products by it.
    """
    remediation: str
    absent: str = ""
    """Regular expression that must not be found."""
    front: str = ""
    """Asked only where this is found in the front page, its headers first; and where it stands at one of `ports`."""
    ports: tuple[int, ...] = ()
    status: tuple[int, ...] = (200,)
    method: Literal["GET", "POST", "HEAD"] = "GET"
    body: str = ""
    html: bool = False
    """Whether the answer is a page; everything else that looks like one is refused."""
    headers_too: bool = False
    """Whether the proof may stand among the headers."""
    redact: bool = False
    """Whether what was found must not be kept: it may be a secret."""
    product: str = ""
    cpe: str = ""
    positive: tuple[str, ...] = ()
    negative: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("proof", "absent", "front"):
            pattern = getattr(self, name)
            if _UNBOUNDED.search(_QUOTED_OR_CLASS.sub("x", pattern)):
                raise ValueError(f"{name}: repetition needs a bound, because targets choose the text")
            _compiled(pattern)

    def is_worth_asking(self, port: int, front_page: str) -> bool:
        """Tell whether it may be there, from the port and the front page's text."""
        if not self.front and not self.ports:
            return True
        return port in self.ports or bool(self.front and _compiled(self.front).search(front_page))

    def matched(self, page: HttpResponse) -> "re.Match[str] | None":
        """Return what proves it in *page*; None when nothing does."""
        if page.status not in self.status:
            return None
        text = text_of(page) if self.headers_too or self.method == "HEAD" else body_of(page)
        return self.found_in(text)

    def found_in(self, text: str) -> "re.Match[str] | None":
        """Return what proves it in the text of an answer."""
        text = text[:TEXT_LIMIT]
        if not self.html and _HTML.match(text):
            return None
        if self.absent and _compiled(self.absent).search(text):
            return None
        return _compiled(self.proof).search(text)

    @property
    def has_risk(self) -> bool:
        """True when it is more than a fact."""
        return self.severity != "info"

    def flaw(self, page: HttpResponse, match: "re.Match[str]") -> Flaw:
        """Return the flaw, with what proves it unless that may be a secret."""
        shown = "(not kept: it may hold secrets)" if self.redact else match.group()[:MATCHED_LIMIT]
        return Flaw(
            weakness=f"exposed-{self.id}",
            title=self.title,
            severity=Severity(self.severity),
            cwe=self.cwe,
            proof=f"{self.method} {self.path} → {page.status}: {shown}",
            remediation=self.remediation,
        )

    def products(self, match: "re.Match[str]") -> tuple[Product, ...]:
        """Return the product that the proof names."""
        if not self.cpe:
            return ()
        return (Product(cpe=self.cpe, name=self.product, version=match.groupdict().get("version") or ""),)


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    exposure: tuple[Exposure, ...]


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern, re.MULTILINE)
    except re.error as error:
        raise ValueError(f"not a pattern: {error}") from None


def text_of(page: HttpResponse) -> str:
    """Return headers, their names in lower case, and body as one text."""
    head = "".join(f"{name.lower()}: {value}\n" for name, value in page.headers)
    return f"{head}\n{body_of(page)}"


def body_of(page: HttpResponse) -> str:
    """Return the beginning of the body as text."""
    return page.body[:TEXT_LIMIT].decode("utf-8", "replace")


def read_exposures(text: str, *, place: str = TABLE) -> tuple[Exposure, ...]:
    """Return the exposures that one TOML file holds.

    Raises:
        ConfigurationError: it is not in the format; the text names *place*.
    """
    try:
        return msgspec.convert(tomllib.loads(text), _File).exposure
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ConfigurationError(f"{place}: {error}") from error


@lru_cache(maxsize=1)
def built_in_exposures() -> tuple[Exposure, ...]:
    """Return the table that this program ships."""
    return read_exposures(files("chariot.capabilities").joinpath("data", TABLE).read_text("utf-8"))
