"""From a seed to the asset that it names."""

from collections.abc import AsyncIterator

from chariot.capability import Capability, Found, Touch
from chariot.model.kinds.network import Address, Domain, Netblock
from chariot.model.kinds.work import Seed


class SeedAsset(Capability[Seed]):
    """Yield the domain, address or netblock that a seed names. Sends nothing."""

    name = "seed"
    touch = Touch.PASSIVE
    sends = "nothing"
    packets = 0

    async def run(self, target: Seed) -> AsyncIterator[Found]:
        """See `Capability.run`."""
        if not target.is_network:
            yield Domain(host=target.value)
        elif "/" in target.value:
            yield Netblock(cidr=target.value)
        else:
            yield Address(ip=target.value)
