import pytest

from chariot.capability import CannotRunError, Touch
from chariot.errors import OutOfScopeError
from chariot.model.keys import Key, Organisation
from chariot.model.kinds.network import Address, Port
from chariot.model.kinds.work import Seed
from chariot.model.states import Depth
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
