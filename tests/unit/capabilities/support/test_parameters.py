import pytest

from chariot.capabilities.support.parameters import PortParameters
from chariot.settings import DEFAULT_PORTS


def test_the_default_ports_are_those_of_the_settings():
    assert PortParameters().ports == DEFAULT_PORTS


@pytest.mark.parametrize("number", [0, -1, 65_536])
def test_a_number_that_is_no_port_is_refused(number):
    with pytest.raises(ValueError, match="ports"):
        PortParameters(ports=(80, number))
