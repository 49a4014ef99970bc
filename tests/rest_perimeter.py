"""The small perimeter that API tests look at."""

from datetime import UTC, datetime
from urllib.parse import quote

from chariot.model.keys import Organisation

ORGANISATION = Organisation("default")
TOKEN = "chariot_a-token-that-only-the-tests-know-0123"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
RISK_KEY = "#risk#port#192.0.2.7#tcp#443#CVE-2023-12345"


def entity_path(key: str, *rest: str) -> str:
    return "/".join(["/api/v1/entities", quote(key, safe=""), *rest])


def risk_path(rest: str, key: str = RISK_KEY) -> str:
    return f"/api/v1/risks/{quote(key, safe='')}/{rest}"
