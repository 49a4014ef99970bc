"""ScoutSuite: what its rules flag in a cloud account."""

import io
from collections.abc import Iterator
from datetime import datetime
from typing import IO, Any

from chariot.errors import InvalidError
from chariot.format import Format, Parsed, Refused
from chariot.formats.support.files import decoded
from chariot.formats.support.findings import Finding, gathered, resource_at, rule
from chariot.formats.support.json_paths import Found, json_at
from chariot.formats.support.values import instant, items, line, mapping, text
from chariot.model.states import Severity

_SEVERITIES = {"danger": Severity.CRITICAL, "warning": Severity.MEDIUM}
_VARIABLE = b"scoutsuite_results"
_ABOUT = ("account_id", "provider_code", "last_run.time")


class ScoutSuite(Format):
    """Each flagged item of a rule becomes a risk at its resource: weakness `scoutsuite:<rule>`.

    | ScoutSuite | severity |
    | --- | --- |
    | danger / warning | critical / medium, since it has no other levels |

    Each flagged item counts. The resource is a File named `<provider>/<account>/<path of the item>`; the last part
    of the path, which names the flag and not the resource, is left off where the rule says so. Rules that flag
    nothing say nothing. Source: ScoutSuite's wiki, chapters on rules and on the results file.
    """

    name = "scoutsuite"
    title = "ScoutSuite (results .js or JSON)"
    example = "scout aws  # writes scoutsuite-report/scoutsuite-results/scoutsuite_results_*.js"

    def sniff(self, head: bytes) -> int:
        """See `Format.sniff`."""
        start = decoded(head)
        if start.startswith(_VARIABLE.decode()):
            return 95
        return 80 if start.startswith("{") and '"provider_code"' in start and '"last_run"' in start else 0

    def parse(self, stream: IO[bytes]) -> Iterator[Parsed | Refused]:
        """See `Format.parse`."""
        return gathered("ScoutSuite", self._findings(stream))

    def _findings(self, stream: IO[bytes]) -> Iterator[Finding | Refused]:
        facts: dict[str, str] = {}
        known = False
        for found in json_at(_json_of(stream), *_ABOUT, "services.*.findings.*", "provider_name"):
            known = True
            if found.path[0] != "services":
                facts[found.path[-1]] = line(found.value, 300)
                continue
            try:
                yield from _flagged(found, facts)
            except ValueError as error:
                yield Refused(found.place, str(error))
        if not known:
            raise InvalidError("is no result of ScoutSuite", place="line 1")


def _json_of(stream: IO[bytes]) -> IO[bytes]:
    """Return the stream from behind `scoutsuite_results =`, which stands on the first line where it stands."""
    here = stream.tell()
    head = stream.read(256)
    stream.seek(here)
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(_VARIABLE) and b"=" in head:
        stream.seek(here + head.index(b"=") + 1)
    return io.BufferedReader(stream) if isinstance(stream, io.RawIOBase) else stream


def _flagged(found: Found, facts: dict[str, str]) -> Iterator[Finding]:
    one = mapping(found.value)
    service, name = found.path[1], found.path[3]
    suffix = line(one.get("id_suffix"), 200)
    seen_at: datetime | None = instant(_colon(facts.get("time", "")))
    for item in items(one.get("items")):
        path = line(item, 2_000)
        resource = _resource(path.removesuffix(f".{suffix}") if suffix else path, one)
        yield Finding(
            place=f"{found.place}, rule {line(name, 100)}",
            target=resource_at(facts.get("provider_code"), facts.get("account_id"), resource),
            weakness=rule("scoutsuite", name),
            title=one.get("description") or name,
            severity=_SEVERITIES.get(line(one.get("level"), 20)),
            remediation=one.get("remediation") or "",
            facts={
                "rule": name,
                "service": one.get("service") or service,
                "rationale": text(one.get("rationale"), 4_000),
                "references": [line(url, 500) for url in items(one.get("references"))][:20],
                "compliance": [_reference(mapping(entry)) for entry in items(one.get("compliance"))][:20],
            },
            where={"item": path, "kind": one.get("dashboard_name")},
            seen_at=seen_at,
        )


def _resource(item: str, rule_: dict[str, Any]) -> str:
    """Return what *item* is a part of, as rules show it: a security group, not one range of its ports."""
    shown = line(rule_.get("display_path"), 2_000)
    form = shown if shown.endswith(".id") else line(rule_.get("path"), 2_000)
    # A form without an id names a setting, which is shown as it is.
    depth = len(form.split(".")) if form.endswith(".id") else None
    return ".".join(item.split(".")[:depth])


def _reference(entry: dict[str, Any]) -> str:
    return line(f"{entry.get('name')} {entry.get('version')}: {entry.get('reference')}", 200)


def _colon(written: str) -> str:
    """Return ScoutSuite's `+0100` as `+01:00`."""
    return f"{written[:-2]}:{written[-2:]}" if len(written) > 5 and written[-5] in "+-" else written
