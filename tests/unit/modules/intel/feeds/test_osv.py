"""OSV records."""

import json

import pytest

from chariot.errors import InvalidError
from chariot.modules.intel.feeds.osv import decode_osv

RANGE = {"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "1.2.3"}]}


def record(**rest):
    affected = [{"package": {"ecosystem": "npm", "name": "lib"}, "ranges": [RANGE], "versions": ["1.0.0"]}]
    return {"id": "GHSA-1", "modified": "2024-01-01T00:00:00Z", "affected": affected} | rest


def decode(document):
    (advisory,) = decode_osv(json.dumps(document).encode())
    return advisory


def test_an_advisory_is_read():
    advisory = decode(record(aliases=["CVE-2024-1000"], summary="A flaw."))

    (package,) = advisory.packages
    assert (advisory.id, advisory.cves, advisory.withdrawn) == ("GHSA-1", ("CVE-2024-1000",), False)
    assert package.ranges[0].events == (("introduced", "0"), ("fixed", "1.2.3"))
    assert package.versions == ("1.0.0",)


def test_a_name_is_kept_as_it_is_looked_up():
    package = {"ecosystem": "PyPI", "name": "Acme_Widget"}

    assert (
        decode(record(affected=[{"package": package, "ranges": [RANGE]}])).packages[0].name == "acme-widget"
    )


@pytest.mark.parametrize(
    ("names", "cves"),
    [
        ({"id": "DEBIAN-CVE-2024-1000"}, ("CVE-2024-1000",)),
        ({"upstream": ["CVE-2024-1000"], "related": ["CVE-2024-2000"]}, ("CVE-2024-1000",)),
        ({"related": ["CVE-2024-2000"]}, ("CVE-2024-2000",)),
        ({"aliases": ["GO-2024-1"]}, ()),
    ],
)
def test_the_cves_it_is_about_are_found(names, cves):
    assert decode(record(**names)).cves == cves


def test_commits_are_kept_only_where_nothing_else_is_said():
    git = {"type": "GIT", "events": [{"introduced": "0"}]}
    package = {"ecosystem": "npm", "name": "lib"}

    both = decode(record(affected=[{"package": package, "ranges": [RANGE, git]}]))
    alone = decode(record(affected=[{"package": package, "ranges": [git]}]))

    assert [one.type for one in both.packages[0].ranges] == ["SEMVER"]
    assert [one.type for one in alone.packages[0].ranges] == ["GIT"]


def test_a_withdrawn_advisory_says_so():
    assert decode(record(withdrawn="2024-02-01T00:00:00Z")).withdrawn


def test_a_vector_nobody_can_score_is_passed_over():
    assert decode(record(severity=[{"type": "CVSS_V3", "score": "CVSS:3.1/nonsense"}])).cvss == ()


@pytest.mark.parametrize(
    "change", [{"id": ""}, {"modified": "soon"}, {"affected": [{"package": {"name": "x"}}]}]
)
def test_what_is_no_such_record_is_refused(change):
    with pytest.raises(InvalidError):
        decode(record(**change))
