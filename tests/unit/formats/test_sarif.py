import json

from format_contract import edges, entities, findings, read, sample

from chariot.formats.sarif import Sarif
from chariot.model.states import Severity

REPOSITORY = "git.example.com/team/shop"


def test_a_result_is_a_risk_at_its_file_below_its_repository() -> None:
    risks = entities(read(Sarif(), sample("sarif.1.sarif")), "risk")

    assert f"#risk#file#{REPOSITORY}/src/login.py#linthound:LH100" in risks


def test_results_of_one_rule_in_one_file_are_one_risk_with_all_lines() -> None:
    items = read(Sarif(), sample("sarif.1.sarif"))

    risk = entities(items, "risk")[f"#risk#file#{REPOSITORY}/src/login.py#linthound:LH100"]

    assert [row[0] for row in risk.evidence[1].rows] == ["12", "40"]
    assert findings(items) == 6


def test_a_security_severity_counts_more_than_a_level() -> None:
    risks = entities(read(Sarif(), sample("sarif.1.sarif")), "risk")

    assert risks[f"#risk#file#{REPOSITORY}/src/login.py#linthound:LH100"].severity is Severity.HIGH


def test_a_message_is_filled_with_its_arguments() -> None:
    risks = entities(read(Sarif(), sample("sarif.1.sarif")), "risk")

    risk = risks[f"#risk#file#{REPOSITORY}/src/orders.py#linthound:LH200"]

    assert risk.evidence[1].rows[0][-1] == "The value name reaches query()."


def test_a_suppressed_result_is_no_risk_but_an_attribute() -> None:
    items = read(Sarif(), sample("sarif.1.sarif"))

    assert not [key for key in entities(items, "risk") if "old.py" in key]
    assert f"#attribute#file#{REPOSITORY}/src/old.py#suppressed#linthound:LH200" in entities(
        items, "attribute"
    )


def test_what_a_rule_about_secrets_shows_is_not_kept() -> None:
    assert "hunter2hunter2" not in str(read(Sarif(), sample("sarif.1.sarif")))


def test_a_web_address_is_a_web_application_and_a_rule_that_names_a_cve_is_that_cve() -> None:
    items = read(Sarif(), sample("sarif.1.sarif"))

    target = "#webapplication#https://shop.example.com/"
    assert (target, f"#risk{target}#CVE-2025-10001") in edges(items, "HAS_RISK")


def test_rules_behind_the_results_are_found() -> None:
    (risk,) = entities(read(Sarif(), sample("sarif.2.sarif")), "risk").values()

    assert (risk.weakness, risk.severity) == ("lateling:R1", Severity.HIGH)


def test_an_address_names_the_path_that_other_tools_name() -> None:
    result = {
        "ruleId": "x",
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": "src/a%20b/100%25.py"}}}],
    }
    data = {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "t"}}, "results": [result]}]}

    assert list(entities(read(Sarif(), json.dumps(data).encode()), "file")) == ["#file#src/a b/100%25.py"]
