"""TruffleHog JSON lines: secrets in repositories, buckets and other sources, version 2 and 3 of the tool."""

import binascii
from base64 import b64decode
from collections.abc import Iterator
from typing import IO, Any

from chariot.format import Parsed, Refused
from chariot.formats.support.files import json_names
from chariot.formats.support.findings import Finding, file_at, gathered, resource_at, rule
from chariot.formats.support.json import Value, json_values
from chariot.formats.support.secrets import SEVERITY, secret_finding
from chariot.formats.support.skim import Skimmed
from chariot.formats.support.values import items, line, mapping
from chariot.model.kinds.work import File
from chariot.model.states import Severity

_ENTROPY = "High Entropy"
_LOG_LINES = 20


class Trufflehog(Skimmed):
    """A secret becomes a Credential (type and SHA-256, never the secret) and a risk at its file.

    | TruffleHog | ours |
    | --- | --- |
    | verified | severity critical, and the credential is valid |
    | not verified | severity high |
    | `Docker` image and file | the file below the image |
    | version 2: a rule / "High Entropy" | high / low, with confidence 30 |

    Neither raw nor redacted text is kept, nor the lines around. Older releases of version 3 write the secret in
    base64; it is decoded first, so that both give the same digest. Every line counts. Log lines of the tool
    between the results are passed over. Source: TruffleHog's readme and its JSON printer.
    """

    name = "trufflehog"
    title = "TruffleHog (JSON)"
    example = "trufflehog git https://git.example.com/shop.git --json > secrets.json"

    def sniff(self, head: bytes) -> int:
        """See `Format.sniff`."""
        names = json_names(head)
        for _ in range(_LOG_LINES):
            # Standard error in the same file: the first secret comes behind what the tool tells of itself.
            if not {"level", "msg"} <= names or "SourceMetadata" in names:
                break
            head = head.partition(b"\n")[2]
            names = json_names(head)
        if "SourceMetadata" in names or {"DetectorName", "Verified"} <= names:
            return 95
        return 90 if {"stringsFound", "reason"} <= names or {"commitHash", "printDiff"} <= names else 0

    def parse(self, stream: IO[bytes]) -> Iterator[Parsed | Refused]:
        """See `Format.parse`."""
        return gathered("TruffleHog", self._findings(stream))

    def _findings(self, stream: IO[bytes]) -> Iterator[Finding | Refused]:
        for found in json_values(stream):
            if isinstance(found, Refused):
                yield found
                continue
            one = mapping(found.value)
            if "level" in one and "msg" in one and "SourceMetadata" not in one:
                continue
            try:
                yield from _secret(found.place, one) if "stringsFound" not in one else _older(found, one)
            except ValueError:
                # The reason of the model might quote what it refuses, and that might be the secret.
                yield Refused(found.place, "names no detector or place")


def _secret(place: str, one: dict[str, Any]) -> Iterator[Finding]:
    data = mapping(mapping(one.get("SourceMetadata")).get("Data"))
    kind, source = next(((name, mapping(value)) for name, value in data.items()), ("", {}))
    detector = line(one.get("DetectorName"), 100)
    extra = mapping(one.get("ExtraData"))
    verified = one.get("Verified") is True
    file = _place(kind, source)
    finding = Finding(
        place=place,
        target=file,
        weakness=rule("trufflehog", detector),
        title=f"Exposed secret: {detector}{', seen to work' if verified else ''}",
        severity=Severity.CRITICAL if verified else SEVERITY,
        remediation="Revoke the secret where it is valid, then take it out of the history.",
        facts={
            "detector": detector,
            "decoder": one.get("DecoderName"),
            "source": one.get("SourceName"),
            "rotation": extra.get("rotation_guide"),
        },
        where={
            name: line(source.get(name), 300)
            for name in ("line", "commit", "email", "timestamp", "bucket", "image", "layer")
        },
        confidence=100 if verified else 70,
    )
    account = line(extra.get("arn") or extra.get("account") or extra.get("username"), 500)
    yield secret_finding(finding, file, detector, _raw(one), account=account, valid=verified or None)


def _place(kind: str, source: dict[str, Any]) -> File:
    path = source.get("file") or source.get("path") or source.get("key")
    repository = source.get("repository") or source.get("bucket") or source.get("image")
    if path and source.get("image"):
        # A path in an image begins at the image's root, not at that of a machine.
        path = line(path, 4_096).lstrip("/")
    if path:
        return file_at(path, repository)
    return resource_at(repository or source.get("link") or source.get("url") or f"{kind} source")


def _raw(one: dict[str, Any]) -> str:
    raw = one.get("Raw")
    if not isinstance(raw, str) or "RawV2" in one:
        return raw if isinstance(raw, str) else ""
    try:
        text = b64decode(raw, validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return raw
    return (
        text if text and all(character.isprintable() or character in "\r\n\t" for character in text) else raw
    )


def _older(found: Value, one: dict[str, Any]) -> Iterator[Finding]:
    file = file_at(one.get("path"))
    reason = line(one.get("reason"), 200)
    entropy = reason == _ENTROPY
    strings = [value for value in items(one.get("stringsFound")) if isinstance(value, str)] or [""]
    for position, secret in enumerate(strings):
        finding = Finding(
            place=found.place,
            target=file,
            weakness=rule("trufflehog", reason),
            title=f"Exposed secret: {reason}",
            severity=Severity.LOW if entropy else SEVERITY,
            confidence=30 if entropy else 70,
            facts={"detector": reason, "branch": line(one.get("branch"), 200)},
            where={"commit": line(one.get("commitHash"), 100), "date": line(one.get("date"), 40)},
            findings=1 if position == 0 else 0,
        )
        yield secret_finding(finding, file, reason, secret)
