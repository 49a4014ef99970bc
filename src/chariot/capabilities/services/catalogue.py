"""All service probes, in the order in which they are tried where the port says nothing: the likeliest first."""

from collections.abc import Iterator

from chariot.capabilities.services import (
    brokers,
    databases,
    desktop,
    dns,
    ftp,
    key_value,
    ldap,
    mail,
    mongodb,
    other,
    smb,
    ssh,
)
from chariot.capabilities.services.contract import Probe

PROBES: tuple[Probe, ...] = (
    ssh.PROBE,
    ftp.PROBE,
    mail.SMTP,
    mail.IMAP,
    mail.POP3,
    databases.MYSQL,
    desktop.VNC,
    desktop.TELNET_PROBE,
    other.RSYNC,
    key_value.REDIS,
    databases.POSTGRESQL,
    mongodb.PROBE,
    desktop.RDP,
    smb.PROBE,
    ldap.PROBE,
    dns.PROBE,
    brokers.MQTT,
    brokers.AMQP,
    key_value.MEMCACHED,
    databases.SQL_SERVER,
    key_value.ZOOKEEPER,
    brokers.KAFKA,
    brokers.CASSANDRA,
    other.AJP,
    other.JDWP,
    other.RTSP,
    other.SIP,
    other.X11,
)
GREETING_LIMIT = 4_096
"""Bytes of a greeting that are looked at."""


def by_greeting(said: bytes) -> tuple[Probe, ...]:
    """Return the probes of the protocols that may greet so."""
    beginning = said[:GREETING_LIMIT]
    return tuple(probe for probe in PROBES if probe.greeting is not None and probe.greeting.match(beginning))


def usual_at(number: int, *, secure: bool = False) -> tuple[Probe, ...]:
    """Return the probes of what usually stands at a port; with *secure*, of what stands there inside TLS."""
    return tuple(probe for probe in PROBES if number in (probe.secure_ports if secure else probe.ports))


def elsewhere(number: int) -> Iterator[Probe]:
    """Yield the probes that are worth trying at a port where none of them usually stands."""
    return (
        probe for probe in PROBES if probe.elsewhere and probe.greeting is None and number not in probe.ports
    )
