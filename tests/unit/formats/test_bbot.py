import json

from chariot.formats.bbot import Bbot
from chariot.model.states import Severity

from .promises import FormatPromises, entities, findings, parsed, sample

BBOT = Bbot()


class TestBbotPromises(FormatPromises):
    reader = BBOT
    samples = ("bbot.1.jsonl", "bbot.2.jsonl")


def test_events_of_version_2_build_the_graph() -> None:
    found = entities(BBOT, "bbot.1.jsonl")

    assert {
        "#domain#www.perimeter.test",
        "#address#192.0.2.10",
        "#port#192.0.2.10#tcp#443",
        "#netblock#192.0.2.0/28",
        "#technology#cpe:2.3:a:f5:nginx:1.24.0:*:*:*:*:*:*:*",
        "#attribute#domain#perimeter.test#email#ada@perimeter.test",
    } <= set(found)
    assert found["#port#192.0.2.10#tcp#22"].banner == "SSH-2.0-OpenSSH_9.2p1"
    assert found["#webapplication#https://www.perimeter.test/"].title == "Perimeter"


def test_what_is_out_of_scope_is_left_out() -> None:
    assert not [key for key in entities(BBOT, "bbot.1.jsonl") if "elsewhere" in key or "198.51.100" in key]


def test_a_template_of_nuclei_has_the_name_that_nuclei_gives_it() -> None:
    assert "#risk#webapplication#https://www.perimeter.test/#nuclei:old-widget" in entities(
        BBOT, "bbot.1.jsonl"
    )


def test_a_vulnerability_stands_at_its_port() -> None:
    risk = entities(BBOT, "bbot.1.jsonl")["#risk#port#192.0.2.10#tcp#443#CVE-2099-0001"]

    assert risk.severity is Severity.HIGH
    assert findings(BBOT, sample("bbot.1.jsonl")) == 2


def test_a_finding_of_version_3_has_severity_and_confidence() -> None:
    risk = entities(BBOT, "bbot.2.jsonl")["#risk#domain#old.perimeter.test#bbot:baddns:Dangling name"]

    assert (risk.severity, risk.confidence) == (Severity.MEDIUM, 60)


def test_data_wrapped_for_a_siem_is_unwrapped() -> None:
    event = {"type": "DNS_NAME", "data": {"DNS_NAME": "www.perimeter.test"}, "scope_distance": 0}

    assert [one.key for item in parsed(BBOT, json.dumps(event).encode()) for one in item.entities] == [
        "#domain#www.perimeter.test"
    ]
