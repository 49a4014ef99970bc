import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.capabilities.dns_permutations import LIMIT, DnsPermutations, controls, variations
from chariot.capabilities.support.wildcards import FIRST_SAMPLES
from chariot.capability import CannotRunError, DnsAnswer
from chariot.model.kinds.network import Domain
from chariot.testing.network import FakeNetwork


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("web1", {"web0", "web2", "web-dev1", "web1-dev"} - {"web-dev1"}),
        ("web09", {"web06", "web10", "web12"}),
        ("api-dev", {"api-prod", "api-staging", "api"}),
        ("shop", {"shop-dev", "dev-shop", "shop2", "shop-admin"}),
    ],
)
def test_labels_vary_by_number_and_environment(label, expected):
    assert expected <= set(variations(label))


@given(st.from_regex(r"[a-z0-9][a-z0-9-]{0,61}[a-z0-9]", fullmatch=True))
def test_variations_are_labels_other_than_the_first_and_not_too_many(label):
    found = variations(label)

    assert len(found) == len(set(found)) <= LIMIT
    assert label not in found
    assert all(0 < len(one) <= 63 and one.strip("-") == one for one in found)


def test_variations_of_variations_come_to_an_end():
    known, waiting = {"api"}, ["api"]
    while waiting:
        new = [
            one for one in variations(waiting.pop()) if one not in known and not any(c.isdigit() for c in one)
        ]
        known.update(new)
        waiting += new

    assert len(known) < 1_000


async def test_a_variation_that_exists_is_found():
    network = FakeNetwork(dns={("api-staging.example.com", "A"): ["192.0.2.7"]})
    target = Domain(host="api.example.com")

    assert [item.host async for item in DnsPermutations(network).run(target)] == ["api-staging.example.com"]


@pytest.mark.parametrize(
    ("host", "wanted"), [("www.example.com", True), ("example.com", False), ("_dmarc.example.com", False)]
)
def test_zones_and_services_have_no_variations(host, wanted):
    assert DnsPermutations(FakeNetwork()).match(Domain(host=host)) is wanted


def test_the_plan_counts_with_the_names_that_are_tried():
    cost = DnsPermutations(FakeNetwork()).cost(Domain(host="web1.example.com"))

    assert cost == FIRST_SAMPLES + 4 + len(variations("web1"))


class LikeKnownOnes(FakeNetwork):
    """Knows every name whose first label matches, and none at random."""

    def __init__(self, pattern: str) -> None:
        super().__init__()
        self._pattern = re.compile(pattern)

    async def resolve(self, name: str, record: str) -> DnsAnswer:
        exists = record == "A" and self._pattern.fullmatch(name.partition(".")[0]) is not None
        return DnsAnswer("NOERROR", ("192.0.2.7",)) if exists else DnsAnswer("NXDOMAIN", ())


@pytest.mark.parametrize("pattern", ["api-.*", ".*-api", r"api\d+", "api.*"])
async def test_names_that_a_server_makes_of_known_ones_are_unknown_and_not_found(pattern):
    network = LikeKnownOnes(pattern)

    with pytest.raises(CannotRunError, match="exists, such as"):
        [item async for item in DnsPermutations(network).run(Domain(host="api.example.com"))]


@given(st.from_regex(r"[a-z0-9][a-z0-9-]{0,61}[a-z0-9]", fullmatch=True))
def test_controls_are_labels_that_are_no_variation(label):
    found = controls(label)

    assert not set(found) & {label, *variations(label)}
    assert all(0 < len(one) <= 63 and one.strip("-") == one for one in found)
