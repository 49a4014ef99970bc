"""Small feeds of our own making."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest


def nvd_record(
    cve: str = "CVE-2024-1000",
    *matches: dict[str, Any],
    modified: str = "2024-02-01T10:00:00.000",
    nodes: Sequence[dict[str, Any]] | None = None,
    status: str = "Analyzed",
) -> dict[str, Any]:
    listed = list(matches) or [{"vulnerable": True, "criteria": "cpe:2.3:a:acme:server:1.0:*:*:*:*:*:*:*"}]
    return {
        "cve": {
            "id": cve,
            "published": "2024-01-01T10:00:00.000",
            "lastModified": modified,
            "vulnStatus": status,
            "descriptions": [
                {"lang": "es", "value": "Fallo"},
                {"lang": "en", "value": 'A flaw {in} "x\\y".'},
            ],
            "metrics": {
                "cvssMetricV2": [
                    {
                        "source": "nvd@nist.gov",
                        "type": "Primary",
                        "cvssData": {
                            "version": "2.0",
                            "vectorString": "AV:N/AC:L/Au:N/C:N/I:N/A:P",
                            "baseScore": 5.0,
                        },
                    }
                ],
                "cvssMetricV31": [
                    {
                        "source": "acme",
                        "type": "Secondary",
                        "cvssData": {
                            "version": "3.1",
                            "vectorString": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:N",
                            "baseScore": 5.3,
                        },
                    },
                    {
                        "source": "nvd@nist.gov",
                        "type": "Primary",
                        "cvssData": {
                            "version": "3.1",
                            "vectorString": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
                            "baseScore": 9.8,
                        },
                    },
                ],
            },
            "weaknesses": [
                {"description": [{"lang": "en", "value": "CWE-79"}, {"lang": "en", "value": "NVD-CWE-Other"}]}
            ],
            "configurations": [{"nodes": nodes or [{"operator": "OR", "negate": False, "cpeMatch": listed}]}],
            "references": [{"url": "https://example.com/a"}, {"url": "https://example.com/a"}],
        }
    }


@pytest.fixture
def record() -> Callable[..., dict[str, Any]]:
    return nvd_record
