"""The world is consistent, and every part of it can be found from the seeds."""

import ipaddress

import pytest

from chariot.lab.perimeter import PERIMETER, REVERSE_ZONE
from chariot.lab.truth import truth
from chariot.lab.world import WebService

RECORDS = [record for zone in PERIMETER.zones for record in zone.records]


def _values(name: str, *types: str) -> set[str]:
    return {record.value.split()[-1] for record in RECORDS if record.name == name and record.type in types}


def _certificate_names(address: str, names: set[str]) -> set[str]:
    return {
        found.removeprefix("*.")
        for host in PERIMETER.hosts
        if host.address == address
        for service in host.services
        if isinstance(service, WebService) and service.role == "https"
        for site in [service.sites[0], *map(service.site_for, names)]
        for found in site.certificate.names
    }


def _reachable() -> tuple[set[str], set[str]]:
    """Names and addresses found by following records and certificates from the seeds, without guessing."""
    names = set(PERIMETER.domains)
    addresses = {str(ip) for block in PERIMETER.netblocks for ip in ipaddress.ip_network(block)}
    while True:
        new = {value for name in names for value in _values(name, "CNAME", "MX", "NS")}
        new |= {value for address in addresses for value in _certificate_names(address, names)}
        new = {name for name in new if PERIMETER.owns_name(name)} - names
        if not new:
            return names, addresses
        names |= new


def test_every_domain_can_be_found_from_the_seeds_without_guessing():
    names, _ = _reachable()

    assert truth("domain") == {f"#domain#{name}" for name in names}


def test_every_named_address_of_ours_has_a_reverse_record():
    named = {record.value for record in RECORDS if record.type == "A" and PERIMETER.owns_name(record.name)}
    reverse = {record.name for record in REVERSE_ZONE.records if record.type == "PTR"}

    assert {ipaddress.ip_address(address).reverse_pointer for address in named} <= reverse


@pytest.mark.parametrize("neighbour", PERIMETER.neighbours)
def test_a_neighbour_is_outside_every_seed(neighbour):
    assert not PERIMETER.owns_address(neighbour)


def test_our_records_a_redirect_and_a_certificate_point_at_the_neighbour():
    sites = [site for host in PERIMETER.hosts for svc in host.services for site in getattr(svc, "sites", ())]
    locations = {value for site in sites for page in site.pages for _, value in page.headers}

    assert _values("cdn.perimeter.test", "CNAME") == {"edge.neighbour.test"}
    assert "http://partner.neighbour.test:%HTTP%/" in locations
    assert any("partner.neighbour.test" in site.certificate.names for site in sites if site.certificate)


def test_every_https_site_has_a_certificate_that_names_it():
    sites = [
        site
        for host in PERIMETER.hosts
        for service in host.services
        if service.role == "https"
        for site in service.sites
    ]

    assert all(set(site.names) <= set(site.certificate.names) for site in sites)


def test_serial_numbers_are_not_shared():
    certificates = {
        site.certificate
        for host in PERIMETER.hosts
        for service in host.services
        for site in getattr(service, "sites", ())
        if site.certificate
    }

    assert len({certificate.serial for certificate in certificates}) == len(certificates) == 4
