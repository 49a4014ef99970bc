"""Where addresses are, coarsely, by a table that the installation provides: nothing is looked up outside.

The table is CSV: network, latitude, longitude, name. The longest network that holds an address counts.
"""

import csv
import io
import math
from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from typing import Final

import msgspec

from chariot.errors import ConfigurationError

_SIZE_LIMIT: Final = 50_000_000
_EARTH_KM: Final = 6_371.0


class Place(msgspec.Struct, frozen=True):
    """A place on earth, in degrees."""

    latitude: float
    longitude: float
    name: str = ""

    def distance_km(self, other: "Place") -> float:
        """Return the distance along the surface. Source: the haversine formula on a sphere."""
        one, two = math.radians(self.latitude), math.radians(other.latitude)
        height = math.sin((two - one) / 2) ** 2
        width = math.sin(math.radians(other.longitude - self.longitude) / 2) ** 2
        return 2 * _EARTH_KM * math.asin(math.sqrt(min(1.0, height + math.cos(one) * math.cos(two) * width)))


class Places:
    """The table of places."""

    def __init__(self, networks: Mapping[tuple[int, int, int], Place] | None = None) -> None:
        """*networks* are places by version, length and number of their networks; see `read`."""
        self._networks = dict(networks or {})
        self._lengths = sorted({(version, length) for version, length, _ in self._networks}, reverse=True)

    def __len__(self) -> int:
        """Return how many networks the table has."""
        return len(self._networks)

    def find(self, address: str) -> Place | None:
        """Return where *address* is; None where the table does not say."""
        try:
            at = ip_address(address)
        except ValueError:
            return None
        number, width = int(at), at.max_prefixlen
        for version, length in self._lengths:
            if version == at.version:
                place = self._networks.get((version, length, number >> (width - length)))
                if place is not None:
                    return place
        return None


def read(text: str, place: str) -> Places:
    """Return the table in *text*, the file *place*.

    Raises:
        ConfigurationError: a line is no place; the text names it.
    """
    if len(text) > _SIZE_LIMIT:
        raise ConfigurationError(f"{place} is larger than {_SIZE_LIMIT:,} characters")
    found: dict[tuple[int, int, int], Place] = {}
    for number, line in enumerate(csv.reader(io.StringIO(text)), 1):
        if not line or line[0].startswith("#") or line[0] == "network":
            continue
        try:
            network = ip_network(line[0].strip())
            latitude, longitude = float(line[1]), float(line[2])
        except (ValueError, IndexError):
            raise ConfigurationError(
                f"{place}, line {number}: is not network,latitude,longitude,name"
            ) from None
        if not (abs(latitude) <= 90 and abs(longitude) <= 180):
            raise ConfigurationError(f"{place}, line {number}: is no place on earth")
        shift = network.max_prefixlen - network.prefixlen
        key = (network.version, network.prefixlen, int(network.network_address) >> shift)
        found[key] = Place(latitude, longitude, line[3].strip()[:100] if len(line) > 3 else "")
    return Places(found)
