import pytest

from chariot.model.keys import Key
from chariot.model.kinds.network import Address, Domain, Port, WebApplication
from chariot.model.kinds.weakness import Risk, Vulnerability
from chariot.model.kinds.work import File
from chariot.model.states import Surface
from chariot.modules.risk.facts import inputs_of, parents
from chariot.modules.risk.formula import Exposure
from support.records import record

NETWORK = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
PORT = Port(address="192.0.2.7", protocol="tcp", number=443)
IMAGE = File(path="registry.example.com/shop:1")


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (Port(address="192.0.2.7", protocol="tcp", number=443), "#address#192.0.2.7"),
        (WebApplication(url="https://app.example.com:8443/"), "#domain#app.example.com"),
        (WebApplication(url="http://192.0.2.7/"), "#address#192.0.2.7"),
        (WebApplication(url="http://[2001:db8::1]:8080/"), "#address#2001:db8::1"),
    ],
)
def test_criticality_comes_from_what_the_target_belongs_to(target, expected):
    assert parents(target) == (Key(expected),)


@pytest.mark.parametrize("target", [Domain(host="example.com"), Address(ip="192.0.2.7")])
def test_names_and_addresses_belong_to_nothing(target):
    assert parents(target) == ()


@pytest.mark.parametrize(
    ("target", "surface", "vector", "expected"),
    [
        (PORT, Surface.EXTERNAL, NETWORK, Exposure.INTERNET),
        (PORT, Surface.APPLICATION, NETWORK, Exposure.INTERNET),
        (PORT, Surface.INTERNAL, NETWORK, Exposure.INTERNAL),
        (PORT, Surface.EXTERNAL, NETWORK.replace("AV:N", "AV:A"), Exposure.INTERNAL),
        (PORT, Surface.EXTERNAL, NETWORK.replace("AV:N", "AV:L"), Exposure.LOCAL),
        (Address(ip="10.1.2.3"), Surface.EXTERNAL, NETWORK, Exposure.INTERNAL),
    ],
)
def test_exposure_is_told_by_the_target_and_the_vector(target, surface, vector, expected):
    weakness = Vulnerability(id="CVE-2024-1000", cvss_vector=vector)
    risk = Risk(target=target.key, weakness=weakness.id)

    inputs = inputs_of(risk, record(target, surface=surface), weakness, {})

    assert (inputs.exposure, inputs.exposure_why) == (expected, "")


@pytest.mark.parametrize(
    ("holder", "vector", "expected", "why"),
    [
        (None, NETWORK, Exposure.INTERNAL, "nothing on the internet is known to have it"),
        (PORT, NETWORK, Exposure.INTERNET, f"{PORT.name} has it"),
        (PORT, NETWORK.replace("AV:N", "AV:L"), Exposure.LOCAL, ""),
    ],
)
def test_an_image_is_as_exposed_as_what_runs_it(holder, vector, expected, why):
    weakness = Vulnerability(id="CVE-2024-1000", cvss_vector=vector)
    risk = Risk(target=IMAGE.key, weakness=weakness.id)

    inputs = inputs_of(risk, record(IMAGE), weakness, {}, holder=record(holder) if holder else None)

    assert (inputs.exposure, inputs.exposure_why) == (expected, why)
