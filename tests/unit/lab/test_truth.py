import pytest

from chariot.errors import NotFoundError
from chariot.lab.truth import KINDS, expected, first_fixes, truth

COUNTS = {
    "domain": 17,
    "address": 15,
    "port": 17,
    "service": 17,
    "webapplication": 14,
    "technology": 13,
    "certificate": 4,
    "risk": 13,
}


@pytest.mark.parametrize(("kind", "count"), COUNTS.items())
def test_the_truth_has_its_published_size(kind, count):
    assert len(truth(kind)) == count


def test_each_scored_kind_has_a_published_size():
    assert set(KINDS) == set(COUNTS) == set(expected())


def test_the_risks_are_these():
    assert truth("risk") == {
        "#risk#port#127.77.0.2#tcp#12525#CVE-2019-10149",
        "#risk#port#127.77.0.10#tcp#12121#CVE-2011-2523",
        "#risk#port#127.77.0.11#tcp#12121#CVE-2015-3306",
        "#risk#port#127.77.0.13#tcp#12222#CVE-2023-38408",
        "#risk#port#127.77.0.13#tcp#12222#CVE-2024-6387",
        "#risk#webapplication#http://127.77.0.9:18080/#CVE-2021-41773",
        "#risk#webapplication#http://127.77.0.9:18080/#CVE-2021-42013",
        "#risk#webapplication#http://app.perimeter.test:18080/#CVE-2021-41773",
        "#risk#webapplication#http://app.perimeter.test:18080/#CVE-2021-42013",
        "#risk#webapplication#http://grafana.perimeter.test:18080/#CVE-2021-43798",
        "#risk#webapplication#http://jenkins.perimeter.test:18080/#CVE-2024-23897",
        "#risk#webapplication#http://old.perimeter.test:18080/#CVE-2021-23017",
        "#risk#webapplication#https://confluence.perimeter.test:18443/#CVE-2022-26134",
    }


def test_the_back_ported_build_is_a_technology_without_a_risk():
    assert r"#technology#cpe:2.3:a:openbsd:openssh:9.2:p1:*:*:*:*:*:debian_2\+deb12u7" in truth("technology")
    assert not any("127.77.0.14" in key for key in truth("risk"))


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_of_the_neighbours_is_expected(kind):
    foreign = ("neighbour.test", "127.77.1.20", "127.77.0.16", "127.77.255.53")

    assert not [key for key in truth(kind) if any(word in key for word in foreign)]


def test_a_dark_address_is_expected_without_ports():
    assert "#address#127.77.0.15" in truth("address")
    assert not any("127.77.0.15#" in key for key in truth("port"))


def test_an_address_counts_as_a_web_application_only_where_it_has_no_name():
    bare = {key for key in truth("webapplication") if "//127." in key}

    assert bare == {"#webapplication#http://127.77.0.9:18080/"}


def test_an_offset_moves_the_ports_in_the_keys():
    assert "#port#127.77.0.1#tcp#18180" in truth("port", port_offset=100)
    assert truth("domain", port_offset=100) == truth("domain")


def test_a_kind_that_is_not_scored_is_refused_with_those_that_are():
    with pytest.raises(NotFoundError, match=r"'dnsrecord'; it has domain, address"):
        truth("dnsrecord")


def test_the_first_fix_is_at_both_hosts_that_run_what_criminals_use_in_two_ways() -> None:
    assert first_fixes() == {
        "#webapplication#http://app.perimeter.test:18080/",
        "#webapplication#http://127.77.0.9:18080/",
    }
