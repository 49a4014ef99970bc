"""Examples for the OpenAPI file, made from the schemas: what stands under a name looks like what it stands for."""

from collections.abc import Mapping
from typing import Any

_MOMENT = "2026-01-31T12:00:00Z"
_TEXTS: Mapping[str, str] = {
    "key": "#domain#www.example.com",
    "organisation": "default",
    "name": "www.example.com",
    "request_id": "7f3a9c0e5b1d2468",
    "self": "/api/v1/domains?limit=1",
    "next": "/api/v1/domains?limit=1&cursor=WyJrZXkiXQ",
    "cursor": "WyJrZXkiXQ",
    "origins": "dns",
    "decided": "tag:env",
    "host": "www.example.com",
    "ip": "192.0.2.7",
    "target": "#address#192.0.2.7",
    "source": "#domain#www.example.com",
    "address": "192.0.2.7",
    "actor": "ann",
    "owner": "ann",
    "author": "ann",
    "why": "it is ours",
    "weakness": "CVE-2023-12345",
    "cve": "CVE-2023-12345",
    "cves": "CVE-2023-12345",
    "advisory": "PYSEC-2023-74",
    "value": "example.com",
    "label": "on-call",
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "cpe": "cpe:2.3:a:nginx:nginx:1.24.0:*:*:*:*:*:*:*",
    "title": "A weakness of this service",
    "queue": "asset",
    "instance": "/api/v1/risks",
    "type": "/api/v1/problems/invalid",
}
"""By the name of the field."""
_IN_PATHS: Mapping[str, str] = {
    "entities/key": "#domain#www.example.com",
    "seeds/value": "192.0.2.0/28",
    "candidates/key": "#candidate#domain#example.net",
    "inventory/key": "#domain#www.example.com",
    "risks/key": "#risk#port#192.0.2.7#tcp#443#CVE-2023-12345",
    "contracts/contract": "pentest-2030",
    "scans/scan": "5b1d24687f3a9c0e",
    "alertrules/label": "on-call",
    "exports/format": "jsonl",
    "reports/report": "3f0c9a52",
    "incidents/id": "brute-force.20260301.0a1b2c3d4e5f",
    "duties/duty": "gdpr-authority",
    "organisations/name": "globex",
    "settings/label": "risk.sla",
    "roles/label": "shop-team",
    "members/id": "user:anna",
    "keys/id": "7f3a9c0e5b1d2468",
    "masters/master": "7f3a9c0e5b1d2468",
    "importjobs/id": "1d666fd0e4",
    "imports/id": "1d666fd0e4",
    "files/path": "reports/may.html",
    "integrations/label": "jira",
    "hooks/organisation": "globex",
    "{organisation}/label": "nightly",
    "sessions/id": "7f3a9c0e5b1d2468",
    "users/user": "anna",
    "problems/name": "invalid",
}
"""By what stands before the parameter in the path, and its name; not yet percent-encoded."""
_MOMENTS = frozenset(
    {"created", "visited", "updated", "expires", "at", "valid_from", "valid_to", "first_seen", "last_seen"}
)
_DEPTH = 12


def path_example(path: str, name: str) -> str:
    """Return a value for the parameter *name* of *path*, as it is before it is percent-encoded.

    >>> path_example("/api/v1/seeds/{value}", "value")
    '192.0.2.0/28'
    """
    before = path.partition(f"/{{{name}}}")[0].rpartition("/")[2]
    return _IN_PATHS[f"{before}/{name}"]


class Examples:
    """Makes an example of a schema; references lead into *schemas*."""

    def __init__(self, schemas: Mapping[str, Any]) -> None:
        self._schemas = schemas

    def of(self, schema: Mapping[str, Any], name: str = "", depth: int = 0) -> Any:
        """Return a value that *schema* allows; *name* is the field that it stands in."""
        if "$ref" in schema:
            schema = self._schemas[schema["$ref"].rpartition("/")[2]]
        for word in ("const", "default"):
            if word in schema and schema[word] not in (None, "", [], {}):
                return schema[word]
        if schema.get("examples"):
            return schema["examples"][0]
        if "enum" in schema:
            return schema["enum"][0]
        for word in ("anyOf", "oneOf"):
            if word in schema:
                return self._of_many(schema[word], name, depth)
        return self._of_type(schema, name, depth)

    def _of_many(self, members: list[Mapping[str, Any]], name: str, depth: int) -> Any:
        if depth > _DEPTH and any(one.get("type") == "null" for one in members):
            return None
        chosen = next((one for one in members if one.get("type") != "null"), members[0])
        return self.of(chosen, name, depth + 1)

    def _of_type(self, schema: Mapping[str, Any], name: str, depth: int) -> Any:
        match schema.get("type"):
            case "object":
                return self._object(schema, depth)
            case "array":
                return self._array(schema, name, depth)
            case "string":
                return self._text(schema, name)
            case "integer":
                return min(max(schema.get("minimum", 1), 1), schema.get("maximum", 1))
        return {"number": 0.5, "boolean": False}.get(str(schema.get("type")))

    def _object(self, schema: Mapping[str, Any], depth: int) -> dict[str, Any]:
        made = {name: self.of(one, name, depth + 1) for name, one in schema.get("properties", {}).items()}
        rest = schema.get("additionalProperties")
        if not made and isinstance(rest, Mapping) and rest:
            made["example"] = self.of(rest, "", depth + 1)
        return made

    def _array(self, schema: Mapping[str, Any], name: str, depth: int) -> list[Any]:
        if "prefixItems" in schema:
            return [self.of(one, name, depth + 1) for one in schema["prefixItems"]]
        items = schema.get("items")
        if depth > _DEPTH or not isinstance(items, Mapping) or schema.get("maxItems") == 0:
            return []
        return [self.of(items, name, depth + 1)]

    @staticmethod
    def _text(schema: Mapping[str, Any], name: str) -> str:
        if schema.get("format") == "date-time" or name in _MOMENTS or name.endswith("_at"):
            return _MOMENT
        text = _TEXTS.get(name, "text")
        return text[: schema["maxLength"]] if "maxLength" in schema else text
