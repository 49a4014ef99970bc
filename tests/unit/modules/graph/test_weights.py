import pytest

from chariot.errors import ConfigurationError
from chariot.model.kinds.network import Address, Domain, Port, WebApplication
from chariot.modules.graph.weights import WeightRule, weigher

from .test_facts import record

PAY = WeightRule(names=("*.pay.example.com",))


@pytest.mark.parametrize(
    ("rule", "entity", "tags", "weight"),
    [
        (PAY, Domain(host="db.pay.example.com"), {}, 2),
        (PAY, WebApplication(url="https://db.pay.example.com:8443/"), {}, 2),
        (PAY, Domain(host="example.com"), {}, 0),
        (WeightRule(names=("192.0.2.7",)), Port(address="192.0.2.7", protocol="tcp", number=1), {}, 2),
        (WeightRule(kinds=("address",), level="high"), Address(ip="192.0.2.7"), {}, 1),
        (WeightRule(kinds=("address",)), Domain(host="example.com"), {}, 0),
        (WeightRule(tags={"env": "production"}), Domain(host="example.com"), {"env": "production"}, 2),
        (WeightRule(tags={"env": "production"}), Domain(host="example.com"), {"env": "test"}, 0),
    ],
)
def test_a_rule_means_what_meets_all_that_it_states(rule, entity, tags, weight) -> None:
    assert weigher([rule])(record(entity, tags=tags)) == weight


def test_a_tag_of_the_asset_itself_wins_over_every_rule() -> None:
    asset = record(Domain(host="db.pay.example.com"), tags={"criticality": "low"})

    assert weigher([PAY])(asset) == 0


def test_of_several_rules_the_heaviest_counts() -> None:
    light = WeightRule(names=("*",), level="high")

    assert weigher([light, PAY])(record(Domain(host="db.pay.example.com"))) == 2


@pytest.mark.parametrize("wrong", [{}, {"level": "huge", "names": ("*",)}, {"kinds": ("castle",)}])
def test_a_rule_that_says_nothing_or_nonsense_is_refused(wrong) -> None:
    with pytest.raises(ConfigurationError):
        WeightRule(**wrong)


def test_too_many_rules_are_refused() -> None:
    with pytest.raises(ConfigurationError):
        weigher([PAY] * 201)
