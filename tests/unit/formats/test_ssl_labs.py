from chariot.formats.ssl_labs import SslLabs
from chariot.model.states import Severity

from .promises import FormatPromises, entities, findings, sample

SSL_LABS = SslLabs()


class TestSslLabsPromises(FormatPromises):
    reader = SSL_LABS
    samples = ("ssl-labs.1.json",)


def test_each_graded_endpoint_is_a_risk_at_its_port() -> None:
    found = entities(SSL_LABS, "ssl-labs.1.json")

    levels = {key: one.severity for key, one in found.items() if key.endswith("ssl-labs:grade")}
    assert levels == {
        "#risk#port#192.0.2.10#tcp#443#ssl-labs:grade": Severity.HIGH,
        "#risk#port#2001:db8::10#tcp#443#ssl-labs:grade": Severity.INFO,
    }
    assert findings(SSL_LABS, sample("ssl-labs.1.json")) == 2


def test_known_weaknesses_have_the_names_that_all_scanners_share() -> None:
    found = entities(SSL_LABS, "ssl-labs.1.json")

    at_first = {key.rpartition("#")[2] for key in found if key.startswith("#risk#port#192.0.2.10#")}
    assert at_first == {"ssl-labs:grade", "CVE-2014-0160", "CVE-2017-13099", "tls-protocol:TLSv1.0"}
