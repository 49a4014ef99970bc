from collections.abc import AsyncIterator
from datetime import timedelta

from chariot.capability import Capability, Found, Touch
from chariot.model.kinds.network import Domain
from chariot.modules.discovery.cadence import Cadence
from chariot.modules.discovery.describing import described


class Sample(Capability[Domain]):
    """Looks at nothing.

    More is said below.
    """

    name = "sample"
    touch = Touch.PASSIVE
    period = timedelta(days=7)
    needs = ("no-such-program-anywhere",)

    async def run(self, target: Domain) -> AsyncIterator[Found]:
        yield target


def test_a_capability_is_described_by_its_declaration() -> None:
    one = described(Sample)

    assert (one.name, one.summary, one.accepts) == ("sample", "Looks at nothing.", ("domain",))
    assert (one.touch, one.period_s) == (Touch.PASSIVE, 604_800)


def test_a_program_that_is_missing_is_why_it_cannot_run() -> None:
    assert described(Sample).missing == ("no-such-program-anywhere",)
    assert described(Sample).obstacle == "no-such-program-anywhere is not installed"
    assert described(Sample, program=lambda name: f"/bin/{name}").obstacle == ""


def test_the_period_is_that_of_the_settings() -> None:
    assert described(Sample, cadence=Cadence({"sample": 2})).period_s == 7_200
