import json

import pytest
from format_contract import entities, findings, read, sample

from chariot.formats.spdx import Spdx


def test_an_advisory_of_a_package_is_a_risk_at_what_the_document_describes() -> None:
    items = read(Spdx(), sample("spdx.1.json"))

    assert list(entities(items, "risk")) == ["#risk#file#shop-image#CVE-2025-10016"]
    assert "#attribute#file#shop-image#fixed#CVE-2025-10017" in entities(items, "attribute")
    assert findings(items) == 2


def test_one_stated_cpe_is_a_technology() -> None:
    assert len(entities(read(Spdx(), sample("spdx.1.json")), "technology")) == 1


def test_the_cpe_of_a_tool_that_guesses_is_none() -> None:
    items = read(Spdx(), sample("spdx.2.spdx"))

    assert not entities(items, "technology")
    assert list(entities(items, "risk")) == ["#risk#file#shop-image#GHSA-abcd-2345-wxyz"]


def test_version_three_says_what_affects_and_what_does_not() -> None:
    items = read(Spdx(), sample("spdx.3.json"))

    risk = entities(items, "risk")["#risk#file#shop-three#CVE-2025-10018"]

    assert (risk.title, risk.remediation) == ("CVE-2025-10018 in libp 3", "Update.")
    assert "#attribute#file#shop-three#not-affected#CVE-2025-10019" in entities(items, "attribute")


@pytest.mark.parametrize(
    ("told", "upstream"),
    [
        ("built package from: one 1:2.0-3", "?upstream=one%401%3A2.0-3"),
        ("built package from: one", "?upstream=one"),
        ("acquired package info from DPKG DB: /var/lib/dpkg/status", ""),
    ],
)
def test_the_source_that_a_distribution_built_a_package_from_is_kept(told, upstream) -> None:
    purl = "pkg:deb/debian/libone1@1.0-1"
    as_json = {
        "spdxVersion": "SPDX-2.3",
        "name": "shop:1",
        "packages": [
            {
                "name": "libone1",
                "versionInfo": "1.0-1",
                "sourceInfo": told,
                "externalRefs": [{"referenceType": "purl", "referenceLocator": purl}],
            }
        ],
    }
    as_tags = (
        f"SPDXVersion: SPDX-2.3\nDocumentName: shop:1\nPackageName: libone1\nPackageVersion: 1.0-1\n"
        f"PackageSourceInfo: {told}\nExternalRef: PACKAGE-MANAGER purl {purl}\n"
    )

    for document in (json.dumps(as_json), as_tags):
        (package,) = entities(read(Spdx(), document.encode()), "attribute").values()
        assert package.value == f"{purl}{upstream}"
