import msgspec
import pytest

from chariot.errors import ConfigurationError
from chariot.model.keys import Organisation
from chariot.model.kinds.network import Address, Domain, Port, WebApplication
from chariot.modules.graph.weights import OwnWeights, weigher
from chariot.modules.risk.criticality import CriticalityRule

from .test_facts import record

PAY = CriticalityRule(names=("*.pay.example.com",))


@pytest.mark.parametrize(
    ("rule", "entity", "tags", "weight"),
    [
        (PAY, Domain(host="db.pay.example.com"), {}, 2),
        (PAY, WebApplication(url="https://db.pay.example.com:8443/"), {}, 2),
        (PAY, Domain(host="example.com"), {}, 0),
        (CriticalityRule(names=("192.0.2.7",)), Port(address="192.0.2.7", protocol="tcp", number=1), {}, 2),
        (CriticalityRule(kinds=("address",), level="high"), Address(ip="192.0.2.7"), {}, 1),
        (CriticalityRule(kinds=("address",)), Domain(host="example.com"), {}, 0),
        (CriticalityRule(tags={"env": "production"}), Domain(host="example.com"), {"env": "production"}, 2),
        (CriticalityRule(tags={"env": "production"}), Domain(host="example.com"), {"env": "test"}, 0),
    ],
)
def test_a_rule_means_what_meets_all_that_it_states(rule, entity, tags, weight) -> None:
    assert weigher([rule])(record(entity, tags=tags)) == weight


def test_a_tag_of_the_asset_itself_wins_over_every_rule() -> None:
    asset = record(Domain(host="db.pay.example.com"), tags={"criticality": "low"})

    assert weigher([PAY])(asset) == 0


def test_of_several_rules_the_heaviest_counts() -> None:
    light = CriticalityRule(names=("*",), level="high")

    assert weigher([light, PAY])(record(Domain(host="db.pay.example.com"))) == 2


@pytest.mark.parametrize("wrong", [{}, {"level": "huge", "names": ("*",)}, {"kinds": ("castle",)}])
def test_a_rule_that_says_nothing_or_nonsense_is_refused(wrong) -> None:
    with pytest.raises(ConfigurationError):
        CriticalityRule(**wrong)


def test_too_many_rules_are_refused() -> None:
    with pytest.raises(ConfigurationError):
        weigher([PAY] * 201)


async def test_each_organisation_is_weighed_by_its_own_rules_and_a_new_rule_is_noticed() -> None:
    rules = {"acme": [PAY], "other": []}

    async def read(organisation):
        return rules[organisation]

    weights = OwnWeights(read)
    asset = record(Domain(host="db.pay.example.com"))
    other = msgspec.structs.replace(asset, organisation=Organisation("other"))
    first = [await weights.refresh(Organisation(name)) for name in ("acme", "other")]
    acme = msgspec.structs.replace(asset, organisation=Organisation("acme"))

    assert (weights(acme), weights(other), first) == (2, 0, [1, 1])
    rules["other"] = [PAY]
    assert [await weights.refresh(Organisation(name)) for name in ("acme", "other")] == [1, 2]
    assert weights(other) == 2
