"""Services that a zone announces by SRV records."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import ClassVar

from chariot.capabilities.support.name_service import ANSWERED, ask, is_zone
from chariot.capabilities.support.reading import storable, try_domain
from chariot.capability import CannotRunError, Capability, Found, Touch
from chariot.model.fields import OUTSIDE_LIMIT
from chariot.model.kinds.network import DnsRecord, Domain
from chariot.model.relationships import Relationship, RelationshipType

SERVICES = (
    "_autodiscover._tcp", "_caldav._tcp", "_caldavs._tcp", "_carddav._tcp", "_carddavs._tcp", "_etcd-server._tcp",
    "_gc._tcp", "_h323cs._tcp", "_imap._tcp", "_imaps._tcp", "_kerberos._tcp", "_kerberos._udp", "_kpasswd._tcp",
    "_ldap._tcp", "_ldaps._tcp", "_matrix._tcp", "_matrix-fed._tcp", "_minecraft._tcp", "_mongodb._tcp", "_ntp._udp",
    "_pop3._tcp", "_pop3s._tcp", "_sip._tcp", "_sip._tls", "_sip._udp", "_sipfederationtls._tcp", "_sips._tcp",
    "_stun._udp", "_submission._tcp", "_submissions._tcp", "_turn._udp", "_vlmcs._tcp", "_x-puppet._tcp",
    "_xmpp-client._tcp", "_xmpp-server._tcp",
)  # fmt: skip
"""Registered at IANA or documented by their products."""
VALUES_LIMIT = 50


class DnsServices(Capability[Domain]):
    """Look up the SRV records of well-known services, and yield the names that they lead to. Source: RFC 2782."""

    name = "dns-services"
    touch = Touch.LIGHT
    sends = "look-ups of service records"
    packets = 30
    period: ClassVar[timedelta] = timedelta(days=3)

    async def run(self, target: Domain) -> AsyncIterator[Found]:
        """See `Capability.run`."""
        if not await is_zone(self.network, target.host):
            return
        hosts = [f"{service}.{target.host}" for service in SERVICES]
        answers = await asyncio.gather(*(ask(self.network, host, "SRV") for host in hosts))
        for host, answer in zip(hosts, answers, strict=True):
            for value in answer.values[:VALUES_LIMIT]:
                record = DnsRecord(host=host, type="SRV", value=storable(value, OUTSIDE_LIMIT))
                yield record
                yield Relationship(RelationshipType.HAS_RECORD, target.key, record.key)
                domain = try_domain(value.rpartition(" ")[2])
                if domain is not None and domain.key != target.key:
                    yield domain
        silent = sum(answer.status not in ANSWERED for answer in answers)
        if silent:
            raise CannotRunError(f"{silent} of {len(hosts)} services of {target.host} got no answer")
