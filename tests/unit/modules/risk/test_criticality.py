import msgspec
import pytest

from chariot.errors import ConfigurationError
from chariot.model.kinds.network import Address, Domain, Port, WebApplication
from chariot.modules.risk.criticality import Criticality, CriticalityRule, check_rules, stated
from support.records import record

PAY = CriticalityRule(names=("*.pay.example.com",))
TEST = CriticalityRule(tags={"env": "test"}, level="low")


@pytest.mark.parametrize(
    ("rule", "entity", "tags", "level"),
    [
        (PAY, Domain(host="db.pay.example.com"), {}, Criticality.CRITICAL),
        (PAY, WebApplication(url="https://db.pay.example.com:8443/"), {}, Criticality.CRITICAL),
        (PAY, Domain(host="example.com"), {}, None),
        (
            CriticalityRule(names=("192.0.2.7",)),
            Port(address="192.0.2.7", protocol="tcp", number=1),
            {},
            Criticality.CRITICAL,
        ),
        (CriticalityRule(kinds=("address",), level="high"), Address(ip="192.0.2.7"), {}, Criticality.HIGH),
        (CriticalityRule(kinds=("address",)), Domain(host="example.com"), {}, None),
        (TEST, Domain(host="example.com"), {"env": "test"}, Criticality.LOW),
        (TEST, Domain(host="example.com"), {"env": "production"}, None),
    ],
)
def test_a_rule_means_what_meets_all_that_it_states(rule, entity, tags, level):
    assert stated(record(entity, tags=tags), [rule]) is level


def test_the_tag_of_the_asset_wins_over_every_rule():
    asset = record(Domain(host="db.pay.example.com"), tags={"criticality": "low"})

    assert stated(asset, [PAY]) is Criticality.LOW


def test_of_several_rules_the_highest_counts():
    asset = record(Domain(host="db.pay.example.com"), tags={"env": "test"})

    assert stated(asset, [TEST, PAY]) is Criticality.CRITICAL


def test_a_tag_that_is_no_level_leaves_it_to_the_rules():
    asset = record(Domain(host="db.pay.example.com"), tags={"criticality": "very"})

    assert stated(asset, [PAY]) is Criticality.CRITICAL


@pytest.mark.parametrize("wrong", [{}, {"level": "huge", "names": ("*",)}, {"kinds": ("castle",)}])
def test_a_rule_that_says_nothing_or_nonsense_is_refused(wrong):
    with pytest.raises(ConfigurationError):
        CriticalityRule(**wrong)


def test_a_refusal_names_the_place_in_json_too():
    with pytest.raises((ConfigurationError, msgspec.ValidationError), match="castle"):
        msgspec.json.decode(b'[{"kinds": ["castle"]}]', type=tuple[CriticalityRule, ...])


def test_more_rules_than_anybody_keeps_in_view_are_refused():
    with pytest.raises(ConfigurationError):
        check_rules([PAY] * 201)
