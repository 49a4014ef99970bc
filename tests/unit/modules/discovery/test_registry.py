from importlib.metadata import EntryPoint

import msgspec
import pytest

from chariot.capability import CannotRunError, Capability, Touch
from chariot.errors import ConfigurationError
from chariot.model.kinds.network import Domain, Port
from chariot.modules.discovery.registry import Registry, load_capabilities
from chariot.testing.network import FakeNetwork


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    ports: tuple[int, ...] = (22,)


class Good(Capability[Domain | Port]):
    name = "good"
    touch = Touch.LIGHT
    parameters_type = Parameters

    async def run(self, target):
        yield target


class Twin(Good, Capability[Domain]):
    pass


class NoRun(Capability[Domain]):
    name = "no-run"
    touch = Touch.LIGHT


class NoName(Capability[Domain]):
    touch = Touch.LIGHT

    async def run(self, target):
        yield target


class WrongQueue(Good, Capability[Domain]):
    name = "wrong-queue"
    queue = "elsewhere"


class WrongTime(Good, Capability[Domain]):
    name = "wrong-time"
    timeout_s = 0


class Handed(Good, Capability[Domain]):
    name = "handed"
    chained = True


class NoTarget(Capability):
    name = "no-target"
    touch = Touch.LIGHT

    async def run(self, target):
        yield target


class NoTouch(Capability[Domain]):
    name = "no-touch"

    async def run(self, target):
        yield target


def test_what_is_only_handed_on_brings_no_changes_to_be_planned() -> None:
    registry = Registry([Handed])

    assert registry.kinds == ()
    assert registry.accepting("domain") != ()


def test_capabilities_are_found_by_kind_and_name() -> None:
    registry = Registry([Good])

    assert registry.names == ("good",)
    assert registry.kinds == ("domain", "port")
    assert [each.name for each in registry.accepting("port")] == ["good"]
    assert registry.accepting("address") == ()
    assert registry.get("good") is Good
    assert registry.get("other") is None


def test_parameters_come_from_the_settings() -> None:
    registry = Registry([Good], {"good": {"ports": [80, 443]}})

    assert registry.create("good", FakeNetwork()).parameters.ports == (80, 443)
    assert Registry([Good]).create("good", FakeNetwork()).parameters.ports == (22,)


@pytest.mark.parametrize(
    ("classes", "parameters", "message"),
    [
        ([Good, Twin], {}, "are both called 'good'"),
        ([NoRun], {}, "NoRun does not define run"),
        ([NoName], {}, "NoName: name: not a short lower-case name"),
        ([WrongQueue], {}, "queue is 'elsewhere', not one of asset, risk, scan"),
        ([WrongTime], {}, "timeout_s is not above 0"),
        ([NoTarget], {}, "accepts no kind"),
        ([NoTouch], {}, "touch is not a Touch"),
        ([dict], {}, "is not a subclass of chariot.capability.Capability"),
        (["text"], {}, "is not a subclass of chariot.capability.Capability"),
        ([Good], {"godo": {}}, "no capability is called 'godo'"),
        ([Good], {"good": {"ports": "x"}}, "good: parameters: Expected `array`"),
        ([Good], {"good": {"prots": []}}, "unknown field `prots`"),
    ],
)
def test_what_breaks_the_contract_is_named(classes, parameters, message) -> None:
    with pytest.raises(ConfigurationError, match=message):
        Registry(classes, parameters)


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(ConfigurationError, match=r"NoName.*; .*NoRun"):
        Registry([NoRun, NoName])


def test_built_in_and_foreign_capabilities_load_alike() -> None:
    points = [
        EntryPoint("b", "chariot.capabilities.seed:SeedAsset", "chariot.capabilities"),
        EntryPoint("a", f"{__name__}:Good", "chariot.capabilities"),
    ]

    assert [cls.name for cls in load_capabilities(points)] == ["good", "seed"]


@pytest.mark.parametrize("value", ["no.such.module:X", "chariot.capability:Nothing"])
def test_an_entry_point_that_cannot_be_loaded_is_named(value) -> None:
    with pytest.raises(ConfigurationError, match=f"capability broken of an unknown package .* {value}"):
        load_capabilities([EntryPoint("broken", value, "chariot.capabilities")])


def test_this_installation_keeps_the_contract() -> None:
    Registry(load_capabilities())


async def test_matching_reaches_no_network() -> None:
    (matcher,) = Registry([Good]).accepting("domain")

    with pytest.raises(CannotRunError):
        await matcher.network.resolve("corp.example", "A")
    with pytest.raises(CannotRunError):
        matcher.network.connect("corp.example", 22, timeout_s=1)
    with pytest.raises(CannotRunError):
        await matcher.network.tls("corp.example", 22, timeout_s=1)
    with pytest.raises(CannotRunError):
        await matcher.network.get("http://corp.example/", timeout_s=1)
    with pytest.raises(CannotRunError):
        await matcher.network.addresses("corp.example")
