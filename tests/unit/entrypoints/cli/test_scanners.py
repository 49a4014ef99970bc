from collections.abc import AsyncIterator
from datetime import timedelta

from chariot.capability import Capability, Found, Touch
from chariot.entrypoints.cli.scanners import describe, span
from chariot.model.kinds.network import Domain


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
    scanner = describe(Sample)

    assert (scanner.name, scanner.summary, scanner.accepts) == ("sample", "Looks at nothing.", ("domain",))
    assert scanner.touch == "passive"


def test_a_program_that_is_missing_is_named() -> None:
    assert describe(Sample).missing == ("no-such-program-anywhere",)


def test_a_span_is_in_its_largest_whole_unit() -> None:
    assert [span(seconds) for seconds in (604_800, 3_600, 90, 5_400)] == ["7 d", "1 h", "90 s", "90 min"]
