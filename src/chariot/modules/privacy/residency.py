"""Where the data of each organisation may be kept, and whether it is kept there."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from chariot.model.keys import Organisation

EVERYBODY: Final = "*"


class Residence(msgspec.Struct, frozen=True):
    """Where the data of one organisation is, and where it may be."""

    organisation: str
    region: str
    """Empty where no setting says it."""
    allowed: Sequence[str]

    @property
    def is_kept(self) -> bool:
        """Whether it is where it may be; nobody knows of a region that is not stated, so that is no."""
        return self.region in self.allowed and bool(self.region)


def residences(
    allowed: Mapping[str, Sequence[str]], shared_region: str, own_regions: Mapping[Organisation, str]
) -> list[Residence]:
    """Return every rule with where the data is that it is about, by organisation.

    *own_regions* are those of databases that hold one organisation alone; all others live in *shared_region*.
    """
    found = []
    for name, regions in sorted(allowed.items()):
        if name == EVERYBODY:
            found.append(Residence(name, shared_region, regions))
            found += [
                Residence(one, region, regions)
                for one, region in sorted(own_regions.items())
                if one not in allowed
            ]
        else:
            found.append(Residence(name, own_regions.get(Organisation(name), shared_region), regions))
    return found
