"""Weaknesses of TLS by one name, whichever tool saw them, and where they are."""

from typing import Any, Final

from chariot.formats.support.record import Record
from chariot.model.keys import Key, kind_of
from chariot.model.states import Severity

HEARTBLEED: Final = "CVE-2014-0160"
CCS_INJECTION: Final = "CVE-2014-0224"
ROBOT: Final = "CVE-2017-13099"
INSECURE_RENEGOTIATION: Final = "CVE-2009-3555"
COMPRESSION: Final = "CVE-2012-4929"

PROTOCOL_SEVERITIES: Final = {
    "SSLv2": Severity.HIGH,
    "SSLv3": Severity.HIGH,
    "TLSv1.0": Severity.MEDIUM,
    "TLSv1.1": Severity.MEDIUM,
}
"""Versions that must not be offered any more. Source: RFC 6176, RFC 7568, RFC 8996."""

_WEB_PORTS = (443, 8443)


def protocol_weakness(version: str) -> str:
    """Return the name of the weakness that an old protocol version is offered."""
    return f"tls-protocol:{version}"


def tls_endpoint(record: Record, host: Any, number: int, ip: Any = None) -> Key:
    """Add what speaks TLS and return the most specific that is known of it.

    A port needs an address. Where only a name is known, a usual port of HTTPS stands for the web application
    there, and for another port the name alone.
    """
    key = record.endpoint(host, number, ip)
    if kind_of(key) == "domain" and number in _WEB_PORTS:
        name = key.split("#", 2)[2]
        return record.web(f"https://{name}:{number}/")
    return key


def located(weakness: str, target: Key, number: int) -> str:
    """Return *weakness*, with the port where the target does not tell it and the name is our own."""
    return (
        f"{weakness}:{number}"
        if kind_of(target) == "domain" and not weakness.startswith("CVE-")
        else weakness
    )
