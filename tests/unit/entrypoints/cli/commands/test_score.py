import json
from pathlib import Path

import pytest

from ..conftest import Run  # noqa: TID252 - a test package has no other name

VECTOR = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"


def _cve(number: int) -> dict[str, object]:
    metric = {"source": "nvd@nist.gov", "type": "Primary"}
    data = {"version": "3.1", "vectorString": VECTOR, "baseScore": 9.8}
    return {
        "cve": {
            "id": f"CVE-2020-{1_000 + number}",
            "published": "2020-01-01T00:00:00.000",
            "lastModified": "2020-01-01T00:00:00.000",
            "descriptions": [{"lang": "en", "value": "A flaw."}],
            "metrics": {"cvssMetricV31": [{**metric, "cvssData": data}]},
        }
    }


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    past = "cve,date,epss,percentile\nCVE-2020-1039,2025-01-31,0.9,0.99\n"
    days = "".join(f"CVE-2020-{1_000 + n},{n / 40:.3f},{n / 40:.3f}\n" for n in range(40))
    entry = {"cveID": "CVE-2020-1039", "dateAdded": "2025-03-10", "knownRansomwareCampaignUse": "Unknown"}
    kev = {"catalogVersion": "2026.01.01", "dateReleased": "2026-01-01T00:00:00Z", "vulnerabilities": [entry]}
    texts = {
        "--epss-history": past,
        "--epss": f"#model_version:v1,score_date:2026-01-01\ncve,epss,percentile\n{days}",
        "--kev": json.dumps(kev),
        "--cves": "".join(json.dumps(_cve(number)) + "\n" for number in range(40)),
    }
    arguments = []
    for option, text in texts.items():
        path = tmp_path / option.strip("-")
        path.write_text(text, encoding="utf-8")
        arguments += [option, str(path)]
    return arguments


def test_the_past_is_replayed_from_feed_files(run: Run, files: list[str]) -> None:
    ran = run("score", "backtest", *files)
    found = run("score", "backtest", *files, "--json").json

    assert "At the top 5.0% on the day before" in ran.out
    assert (found["tested"], found["population"]) == (1, 40)
    assert {one["ranking"]: one["share"] for one in found["found"]}["epss"] == 1


def test_a_file_of_another_kind_is_refused_by_name(run: Run, files: list[str]) -> None:
    swapped = [*files[:4], "--kev", files[3], *files[6:]]

    ran = run("score", "backtest", *swapped)

    assert (ran.code, "holds EpssScore, not KevEntry" in ran.err) == (2, True)
