from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.errors import ConfigurationError
from chariot.modules.detection.places import Place, Places, read

TABLE = """network,latitude,longitude,name
# offices
192.0.2.0/24,52.5,13.4,Berlin
192.0.2.128/25,40.7,-74.0,New York
2001:db8::/32,-33.9,151.2,Sydney
"""


@pytest.mark.parametrize(
    ("address", "name"),
    [("192.0.2.1", "Berlin"), ("192.0.2.200", "New York"), ("2001:db8::7", "Sydney")],
)
def test_the_longest_network_counts(address: str, name: str) -> None:
    place = read(TABLE, "places.csv").find(address)

    assert place is not None
    assert place.name == name


@pytest.mark.parametrize("address", ["198.51.100.1", "2001:db9::1", "", "nobody"])
def test_what_the_table_does_not_know_is_nowhere(address: str) -> None:
    assert read(TABLE, "places.csv").find(address) is None


def test_distances_are_those_of_the_earth() -> None:
    assert Place(52.5, 13.4).distance_km(Place(40.7, -74.0)) == pytest.approx(6_385, rel=0.01)
    assert Place(0, 0).distance_km(Place(0, 180)) == pytest.approx(20_015, rel=0.01)


@pytest.mark.parametrize(
    "line", ["x,1,2", "192.0.2.0/24,91,0", "192.0.2.0/24,1", "192.0.2.1/24,1,1", "192.0.2.0/24,nan,0"]
)
def test_a_line_that_is_no_place_is_named(line: str) -> None:
    with pytest.raises(ConfigurationError, match="line 2"):
        read(f"network,latitude,longitude,name\n{line}\n", "places.csv")


@given(st.text(max_size=60))
def test_whatever_is_written_is_a_table_or_refused(text: str) -> None:
    with suppress(ConfigurationError):
        assert isinstance(read(text, "places.csv"), Places)
