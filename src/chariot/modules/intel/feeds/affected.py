"""From what a CVE record says is affected (products, versions, statuses) to conditions over CPE names."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Final, Literal

import msgspec

from chariot.errors import InvalidError
from chariot.modules.intel import cpe, versions
from chariot.modules.intel.feeds.wording import NOTHING, Span, after, read_wording
from chariot.modules.intel.records import CpeMatch, Node

_Text = Annotated[str, msgspec.Meta(max_length=4_096)]
Status = Literal["affected", "unaffected", "unknown"]
MAX_VERSIONS: Final = 20_000


class Change(msgspec.Struct, gc=False):
    """A version from which on another status holds."""

    at: _Text
    status: Status


class Version(msgspec.Struct, rename="camel", gc=False):
    """One entry of a product's versions."""

    status: Status
    version: _Text = ""
    version_type: _Text = ""
    less_than: _Text | None = None
    less_than_or_equal: _Text | None = None
    changes: list[Change] = []


class Affected(msgspec.Struct, rename="camel", gc=False):
    """One product of a container."""

    vendor: _Text = ""
    product: _Text = ""
    package_name: _Text = ""
    default_status: Status = "unknown"
    versions: Annotated[list[Version], msgspec.Meta(max_length=MAX_VERSIONS)] = []
    cpes: list[_Text] = []


def choice(products: Iterable[Affected]) -> tuple[Node, ...]:
    """Return the condition that any of *products* is there in an affected version; nothing without any."""
    matches = tuple(dict.fromkeys(match for product in products for match in _matches(product)))
    return (Node("OR", matches),) if matches else ()


def _matches(product: Affected) -> Iterator[CpeMatch]:
    names = _names(product)
    if not names:
        return
    spans = affected_spans(product)
    for name in names:
        for span in spans:
            yield _match(name, span)


def _names(product: Affected) -> list[str]:
    """Return the CPE names of *product*, without version; guessed from its words where it gives none."""
    given = [name for text in product.cpes if (name := cpe.try_parse(text)) is not None]
    if given:
        return list(dict.fromkeys(f"cpe:2.3:{n.part}:{n.vendor}:{n.product}:*{_rest(n)}" for n in given))
    if product.vendor.strip().lower() in NOTHING or product.product.strip().lower() in NOTHING:
        return []
    try:
        vendor, worded = cpe.quote(product.vendor), cpe.quote(product.product)
    except InvalidError:
        return []
    part = "o" if worded.endswith("_firmware") else "a"
    return [f"cpe:2.3:{part}:{vendor}:{worded}:*:*:*:*:*:*:*:*"]


def _rest(name: cpe.Cpe) -> str:
    return (
        f":*:{name.edition}:{name.language}:{name.sw_edition}:{name.target_sw}:{name.target_hw}:{name.other}"
    )


def affected_spans(product: Affected) -> list[Span | None]:
    """Return the stretches of versions that are affected; None stands for one that cannot be read."""
    if product.default_status == "affected":
        return list(
            _without([span for v in product.versions if v.status == "unaffected" for span in _spans(v)])
        )
    affected: list[Span | None] = []
    for version in product.versions:
        if version.version_type == "git":
            # A commit is in no banner and no package list; the releases stand beside it, or are not known.
            continue
        if version.status == "affected":
            affected.extend(_spans(version))
        elif version.status == "unknown":
            affected.append(None)
        else:
            affected.extend(_from_changes(version))
    return list(dict.fromkeys(affected))


def _spans(version: Version) -> Iterator[Span | None]:
    low = None if version.version.strip().lower() in NOTHING else version.version.strip().removeprefix("v")
    if version.less_than is None and version.less_than_or_equal is None:
        if version.version.strip().lower() in NOTHING - {"*", "0"}:
            yield None
        else:
            yield from read_wording(version.version) or (None,)
        return
    if low is not None and not _is_version(low):
        yield None
        return
    high, included = _upper(version)
    if high == "":
        yield None
        return
    yield from _between(Span(low, high=high, high_included=included), version.changes)


def _upper(version: Version) -> tuple[str | None, bool]:
    """Return the upper bound and whether it belongs; None for no bound, nothing for one that cannot be read."""
    included = version.less_than is None
    text = (version.less_than_or_equal if included else version.less_than) or ""
    text = text.strip().removeprefix("v")
    if text in {"*", "unspecified", "n/a"}:
        return None, False
    if text.endswith((".*", ".x")) and text[:-2].replace(".", "").isdecimal():
        return (after(text[:-2]) if included else text[:-2]), False
    return (text if _is_version(text) else ""), included


def _is_version(text: str) -> bool:
    return 0 < len(text) <= 256 and any(character.isdigit() for character in text) and " " not in text


def _between(span: Span, changes: Iterable[Change]) -> Iterator[Span | None]:
    """Yield *span* without what its changes mend; a change back to affected begins another stretch."""
    if not changes:
        yield span
        return
    low, included, status = span.low, span.low_included, "affected"
    for change in sorted(changes, key=lambda change: versions.key(change.at)):
        if status == "affected" and change.status != "affected":
            yield Span(low, included, change.at.strip(), high_included=False)
        elif status != "affected" and change.status == "affected":
            low, included = change.at.strip(), True
        status = change.status
    if status == "affected":
        yield Span(low, included, span.high, span.high_included)


def _from_changes(version: Version) -> Iterator[Span | None]:
    for change in version.changes:
        if change.status == "affected":
            high, included = _upper(version)
            yield Span(change.at.strip(), high=high or None, high_included=included)


def _without(mended: list[Span | None]) -> Iterator[Span | None]:
    """Yield all versions but those of *mended*, in their order."""
    if any(span is None for span in mended):
        # Something is mended, and it cannot be read what.
        yield None
        return
    stretches = sorted(
        (_widened(span) for span in mended if span is not None), key=lambda span: versions.key(span.low or "")
    )
    low, included = None, True
    for span in stretches:
        if span.low is not None and (low is None or versions.key(low) < versions.key(span.low)):
            yield Span(low, included, span.low, high_included=not span.low_included)
        if span.high is None:
            return
        low, included = span.high, not span.high_included
    yield Span(low, included)


def _widened(span: Span) -> Span:
    return Span(span.exact, high=span.exact, high_included=True) if span.exact is not None else span


def _match(name: str, span: Span | None) -> CpeMatch:
    if span is None:
        return CpeMatch(name, unclear=True)
    if span.exact is not None:
        try:
            version = cpe.quote(span.exact)
        except InvalidError:
            return CpeMatch(name, unclear=True)
        return CpeMatch(cpe.canonical(name.replace(":*", f":{version}", 1)))
    return CpeMatch(
        name,
        start_including=span.low if span.low_included else None,
        start_excluding=None if span.low_included else span.low,
        end_including=span.high if span.high_included else None,
        end_excluding=None if span.high_included else span.high,
    )
