"""The starter pack knows the products that are often met."""

from itertools import chain

import pytest

from chariot.modules.intel import starter
from chariot.modules.intel.aliases import Aliases
from chariot.modules.intel.answers import State
from chariot.modules.intel.configurations import by_product
from chariot.modules.intel.cpe import parse
from chariot.modules.intel.matching import match
from chariot.modules.intel.records import Candidate, ProductKey

FEEDS = {feed.header.feed: (feed.header, list(chain(*feed.batches))) for feed in starter.feeds()}


def affected(product, version, update="*"):
    cpe = parse(f"cpe:2.3:a:{product}:{version}:{update}:*:*:*:*:*:*")
    aliases = Aliases.built_in()
    wanted = aliases.names(ProductKey(cpe.part, cpe.vendor, cpe.product))
    parts = [(cve.id, by_product(cve.configurations)) for cve in FEEDS["nvd"][1]]
    candidates = [Candidate(i, own[name]) for i, own in parts for name in wanted if name in own]
    return {m.cve for m in match(cpe, candidates, aliases) if m.state is State.AFFECTED}


# The vendors' advisories are linked in the pack.
@pytest.mark.parametrize(
    ("product", "version", "cves"),
    [
        ("apache:http_server", "2.4.48", set()),
        ("apache:http_server", "2.4.49", {"CVE-2021-41773", "CVE-2021-42013"}),
        ("apache:http_server", "2.4.50", {"CVE-2021-42013"}),
        ("apache:http_server", "2.4.51", set()),
        ("nginx:nginx", "1.18.0", {"CVE-2021-23017"}),
        ("f5:nginx", "1.20.0", {"CVE-2021-23017"}),
        ("f5:nginx", "1.20.1", set()),
        ("grafana:grafana", "8.3.0", {"CVE-2021-43798"}),
        ("grafana:grafana", "8.2.7", set()),
        ("grafana:grafana", "7.5.11", set()),
        ("jenkins:jenkins", "2.441", {"CVE-2024-23897"}),
        ("jenkins:jenkins", "2.426.2", {"CVE-2024-23897"}),
        ("jenkins:jenkins", "2.426.3", set()),
        ("jenkins:jenkins", "2.440.1", set()),
        ("atlassian:confluence", "7.13.6", {"CVE-2022-26134"}),
        ("atlassian:confluence_server", "7.13.7", set()),
        ("atlassian:confluence_data_center", "7.18.0", {"CVE-2022-26134"}),
        ("vsftpd:vsftpd", "2.3.4", {"CVE-2011-2523"}),
        ("vsftpd:vsftpd", "3.0.3", set()),
        ("proftpd:proftpd", "1.3.5", {"CVE-2015-3306"}),
        ("proftpd:proftpd", "1.3.5a", set()),
        ("exim:exim", "4.91", {"CVE-2019-10149"}),
        ("exim:exim", "4.92", set()),
        ("openbsd:openssh", "9.3p1", {"CVE-2023-38408", "CVE-2024-6387"}),
        ("openbsd:openssh", "9.3p2", {"CVE-2024-6387"}),
        ("openbsd:openssh", "8.4p1", {"CVE-2023-38408"}),
        ("openbsd:openssh", "8.5p1", {"CVE-2023-38408", "CVE-2024-6387"}),
        ("openbsd:openssh", "9.8p1", set()),
    ],
)
def test_the_pack_agrees_with_the_advisories(product, version, cves):
    assert affected(product, version) == cves


def test_every_record_has_a_score_and_a_probability():
    records = FEEDS["nvd"][1]

    assert {cve.id for cve in records} == {score.cve for score in FEEDS["epss"][1]}
    assert all(cve.score and cve.summary and cve.references for cve in records)


def test_any_real_feed_is_newer():
    assert [FEEDS[feed][0].version for feed in ("kev", "epss")] == ["0", "0"]
