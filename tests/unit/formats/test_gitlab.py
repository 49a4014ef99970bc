from hashlib import sha256
from io import BytesIO

import msgspec
from format_contract import edges, entities, findings, read, sample

from chariot.formats.gitlab import GitLab


def test_two_lines_of_one_rule_are_one_risk() -> None:
    items = read(GitLab(), sample("gitlab.1.json"))

    risk = entities(items, "risk")["#risk#file#src/cart.py#semgrep:python.eval"]

    assert [row[0] for row in risk.evidence[1].rows] == ["4", "9"]
    assert findings(items) == 4


def test_a_likely_false_positive_is_hardly_sure() -> None:
    risks = entities(read(GitLab(), sample("gitlab.1.json")), "risk")

    risk = risks["#risk#file#registry.example.com/shop:1#CVE-2025-10032"]

    assert (risk.confidence, risk.severity) == (20, None)


def test_a_dynamic_finding_is_at_the_web_application() -> None:
    items = read(GitLab(), sample("gitlab.1.json"))

    target = "#webapplication#https://shop.example.com/"
    assert (target, f"#risk{target}#semgrep:python.eval") in edges(items, "HAS_RISK")


def test_a_secret_is_a_credential_and_nowhere_itself() -> None:
    items = read(GitLab(), sample("gitlab.2.json"))
    digest = sha256(b"AKIAEXAMPLEEXAMPLE12").hexdigest()

    assert list(entities(items, "credential")) == [f"#credential#aws-access-key#{digest}"]
    assert "AKIAEXAMPLE" not in str(items)


def test_different_rules_whose_first_identifier_is_a_class_are_different_risks() -> None:
    report = {
        "version": "15.0.7",
        "vulnerabilities": [
            {
                "name": name,
                "severity": "High",
                "location": {"file": "src/cart.py", "start_line": line},
                "identifiers": [{"type": "cwe", "name": "CWE-89", "value": "89"}, *more],
            }
            for line, (name, more) in enumerate(
                [
                    ("Query from input", []),
                    ("Query by format", []),
                    ("Query", [{"type": "bandit", "value": "B608"}]),
                ]
            )
        ],
        "scan": {"type": "sast", "scanner": {"id": "checker", "name": "Checker"}, "status": "success"},
    }

    items = list(GitLab().parse(BytesIO(msgspec.json.encode(report))))

    at = "#risk#file#src/cart.py#checker:"
    assert set(entities(items, "risk")) == {f"{at}Query from input", f"{at}Query by format", f"{at}B608"}
