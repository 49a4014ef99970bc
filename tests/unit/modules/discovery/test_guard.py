from datetime import UTC, datetime

import pytest

from chariot.capability import CannotRunError, Touch
from chariot.errors import OutOfScopeError
from chariot.model.keys import Key, Organisation
from chariot.model.kinds.network import Address, Port
from chariot.model.kinds.scope import Contract
from chariot.model.kinds.work import Seed
from chariot.model.states import Depth
from chariot.modules.discovery.contracts import Authority, Contracts, Pace
from chariot.modules.discovery.guard import Egress, EgressGuard, Errand
from chariot.modules.discovery.scope import Scope

SEED = Seed(value="corp.example")


def egress(*seeds: Seed, touch: Touch = Touch.ACTIVE, vouched=None) -> Egress:
    guard = EgressGuard(Organisation("acme"), Scope.of(seeds))
    return Egress(guard, Errand(capability="test", touch=touch, target=Key("#domain#corp.example")), vouched)


def test_a_name_vouches_for_the_addresses_that_it_resolved_to() -> None:
    way_out = egress(SEED)
    way_out.vouch("www.corp.example", ("app.corp.example",), ("8.8.8.8",))

    way_out.check_address("8.8.8.8")

    assert way_out.verdict(Port(address="8.8.8.8", protocol="tcp", number=22)).admitted


@pytest.mark.parametrize(
    ("name", "aliases"),
    [("www.other.example", ()), ("cdn.corp.example", ("edge.other.example",))],
)
def test_a_name_or_alias_out_of_scope_vouches_for_nothing(name, aliases) -> None:
    way_out = egress(SEED)
    way_out.vouch(name, aliases, ("8.8.8.8",))

    with pytest.raises(OutOfScopeError):
        way_out.check_address("8.8.8.8")


def test_a_verdict_lasts_until_a_name_vouches_or_the_scope_changes() -> None:
    own = egress(Seed(value="example.com"))
    with pytest.raises(OutOfScopeError):
        own.check_address("93.184.216.34")
    own.vouch("www.example.com", (), ("93.184.216.34",))
    own.check_address("93.184.216.34")
    own.guard.update(Scope.of([Seed(value="example.com", deny=("93.184.216.34",))]))

    with pytest.raises(OutOfScopeError, match="denied"):
        own.check_address("93.184.216.34")


def test_a_vouch_ends_when_its_name_leaves_the_scope() -> None:
    way_out = egress(SEED, vouched={"8.8.8.8": ["www.corp.example"]})
    way_out.check_address("8.8.8.8")

    way_out.guard.update(Scope())

    assert not way_out.verdict(Address(ip="8.8.8.8"))


def test_vouched_addresses_are_bounded() -> None:
    way_out = egress(SEED)
    way_out.vouch(
        "www.corp.example", (), [f"9.{n // 65_536}.{n // 256 % 256}.{n % 256}" for n in range(20_000)]
    )

    assert way_out.names_of("9.0.0.0")
    assert not way_out.names_of("9.0.78.31")


@pytest.mark.parametrize(
    ("depth", "touch", "allowed"),
    [
        (Depth.PASSIVE, Touch.LIGHT, False),
        (Depth.LIGHT, Touch.LIGHT, True),
        (Depth.LIGHT, Touch.ACTIVE, False),
        (Depth.NORMAL, Touch.ACTIVE, True),
        (Depth.DEEP, Touch.ACTIVE, True),
        (Depth.DEEP, Touch.PASSIVE, False),
    ],
)
def test_the_depth_of_the_seed_bounds_what_is_sent(depth, touch, allowed) -> None:
    way_out = egress(Seed(value="corp.example", depth=depth), touch=touch)

    try:
        way_out.check_name("www.corp.example")
    except OutOfScopeError:
        assert not allowed
    else:
        assert allowed


def test_the_kill_switch_refuses_interrupts_and_lets_go() -> None:
    way_out = egress(SEED)
    interrupted: list[str] = []
    with way_out.guard.interrupting(lambda: interrupted.append("running")):
        way_out.guard.stop("complaint")
    way_out.guard.stop("complaint")

    with pytest.raises(CannotRunError, match="complaint"):
        way_out.check_name("corp.example")
    way_out.guard.resume()
    way_out.check_name("corp.example")

    assert interrupted == ["running"]


CONTRACT = Contract(
    id="c1",
    authorised_by="Jane Roe",
    valid_until=datetime(2999, 1, 1, tzinfo=UTC),
    allow=("corp.example", "8.8.8.0/24"),
    touch=("light",),
    packets_per_s=5,
)


def held(touch: Touch, **contracts) -> Egress:
    guard = EgressGuard(
        Organisation("acme"),
        Scope.of([Seed(value="corp.example"), Seed(value="9.9.9.0/24")]),
        contracts=Contracts.of([CONTRACT], {}) if not contracts else Contracts(**contracts),
    )
    return Egress(guard, Errand(capability="test", touch=touch, target=Key("#domain#corp.example")))


def test_a_contract_that_covers_it_is_by_whose_word_things_are_sent() -> None:
    one = held(Touch.LIGHT)
    one.check_name("www.corp.example")

    assert one.authority == Authority("contract c1", Pace("c1", 5))


def test_what_seeds_allow_and_no_contract_does_is_refused() -> None:
    one = held(Touch.LIGHT)

    with pytest.raises(OutOfScopeError, match="no contract allows it"):
        one.check_address("9.9.9.9")
    with pytest.raises(OutOfScopeError):
        one.check_address("8.8.8.8")


def test_a_louder_look_than_its_contract_allows_is_unknown() -> None:
    with pytest.raises(CannotRunError, match="allows no active looks"):
        held(Touch.ACTIVE).check_name("corp.example")
    with pytest.raises(CannotRunError, match="allows no active looks"):
        held(Touch.ACTIVE).check_led_to("elsewhere.example")
    with pytest.raises(CannotRunError, match="allows no active looks"):
        held(Touch.ACTIVE).check_contract(Key("#domain#corp.example"))


def test_what_reaches_no_target_needs_no_contract() -> None:
    held(Touch.PASSIVE, explicit=True).check_contract(Key("#domain#corp.example"))


def test_a_broken_contract_interrupts_what_runs() -> None:
    guard = held(Touch.LIGHT).guard
    interrupted = []
    with guard.interrupting(lambda: interrupted.append(True)):
        guard.update(guard.scope, Contracts(broken="the contract c1 was changed"))

    assert (interrupted, guard.stopped) == ([True], "the contract c1 was changed")
    with pytest.raises(CannotRunError, match="everything is stopped: the contract c1 was changed"):
        guard.check_running()


def test_a_name_that_was_led_to_need_not_be_in_scope() -> None:
    egress(Seed(value="corp.example")).check_led_to("mx.partner.example")


def test_a_denied_name_is_not_asked_about_wherever_it_stands() -> None:
    with pytest.raises(OutOfScopeError, match="denied"):
        egress(Seed(value="corp.example", deny=("partner.example",))).check_led_to("mx.partner.example")


def test_who_is_passive_follows_no_record() -> None:
    with pytest.raises(OutOfScopeError, match="passive"):
        egress(Seed(value="corp.example"), touch=Touch.PASSIVE).check_led_to("mx.partner.example")


def test_the_kill_switch_holds_for_names_that_were_led_to() -> None:
    way_out = egress(Seed(value="corp.example"))
    way_out.guard.stop("a mistake")

    with pytest.raises(CannotRunError, match="a mistake"):
        way_out.check_led_to("mx.partner.example")
