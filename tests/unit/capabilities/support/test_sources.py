import pytest

from chariot.capabilities.support import sources
from chariot.capabilities.support.sources import decoded, domains, hosts_of, seeded_domain
from chariot.model.kinds.work import Seed


def test_names_come_once_and_without_their_wildcards():
    found = [one.host for one in domains(["a.example.com", "*.a.example.com", " B.example.com. ", "no name"])]

    assert found == ["a.example.com", "b.example.com"]


def test_too_many_names_are_refused(monkeypatch):
    monkeypatch.setattr(sources, "NAMES_LIMIT", 2)

    with pytest.raises(ValueError, match="more than 2 names"):
        list(domains(f"n{number}.example.com" for number in range(3)))


def test_what_is_no_json_is_refused():
    with pytest.raises(ValueError, match="JSON"):
        decoded(b"<html>", list[str])


def test_hosts_are_read_from_urls():
    assert list(hosts_of(["http://a.example.com:80/x", "http://[", "junk"])) == ["a.example.com"]


@pytest.mark.parametrize(
    ("value", "domain"), [("example.com", "example.com"), ("192.0.2.0/28", ""), ("192.0.2.7", "")]
)
def test_only_domains_stand_in_a_path(value, domain):
    assert seeded_domain(Seed(value=value)) == domain
