from datetime import UTC, datetime

from chariot.formats.burp import Burp
from chariot.model.evidence import HttpExchange

from .promises import FormatPromises, entities, findings, levels, parsed, sample

BURP = Burp()


class TestBurpPromises(FormatPromises):
    reader = BURP
    samples = ("burp.1.xml",)


def test_the_same_type_at_two_paths_is_two_risks() -> None:
    found = entities(BURP, "burp.1.xml")

    assert "#risk#webapplication#https://www.perimeter.test/#burp:1049088:/login" in found
    assert found["#risk#webapplication#https://www.perimeter.test/#burp:1049088:/search"].confidence == 40


def test_requests_are_read_from_base64() -> None:
    risk = entities(BURP, "burp.1.xml")[
        "#risk#webapplication#https://www.perimeter.test/#burp:1049088:/login"
    ]

    message = next(piece for piece in risk.evidence if isinstance(piece, HttpExchange))
    assert (message.method, message.status, message.response_body) == ("GET", 500, "broken")


def test_an_extensions_issue_is_known_by_its_name() -> None:
    assert "#risk#webapplication#https://www.perimeter.test/#burp:Found by an extension" in entities(
        BURP, "burp.1.xml"
    )


def test_a_false_positive_counts_and_is_no_risk() -> None:
    found = entities(BURP, "burp.1.xml")

    assert findings(BURP, sample("burp.1.xml")) == 4
    assert levels(found) == {"high": 2, "info": 1}
    assert "#attribute#webapplication#https://www.perimeter.test/#false-positive#burp:8781630" in found


def test_the_zone_of_the_export_is_understood() -> None:
    assert {item.seen_at for item in parsed(BURP, sample("burp.1.xml"))} == {
        datetime(2026, 1, 27, 23, 43, 35, tzinfo=UTC)
    }
