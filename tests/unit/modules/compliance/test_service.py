from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.errors import InvalidError
from chariot.model.keys import Organisation
from chariot.model.kinds.network import Port
from chariot.model.observations import Observations
from chariot.modules.compliance.checks import Check, Platform, Surface
from chariot.modules.compliance.service import EVIDENCE_LIMIT, ComplianceService, Measure, Report, Verdict
from chariot.modules.surface.service import SurfaceService

ACME, GLOBEX = Organisation("acme"), Organisation("globex")
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Stated:
    def __init__(self, **facts: Measure) -> None:
        self._facts = facts

    @property
    def names(self) -> Sequence[str]:
        return tuple(self._facts)

    async def measure(self, organisation: Organisation) -> Mapping[str, Measure]:
        return self._facts


def check(name: str = "one", maps: Mapping[str, tuple[str, ...]] | None = None, **asks: object) -> Check:
    return Check(id=name, title="It is so", advice="Mend it", maps=maps or {"cis": ("4.8",)}, **asks)


NO_TELNET = check(surface=Surface(kinds=("port",), where="number=23", needs=("port",)))
SOME_TELNET = check(surface=Surface(kinds=("port",), where="number=23", expect="some"))


@pytest.fixture
async def surface(tmp_path: Path) -> AsyncIterator[SurfaceService]:
    database = SqliteDatabase(tmp_path / "t.db")
    yield SurfaceService(SqliteEntityStore(database))
    await database.close()


async def ports(surface: SurfaceService, *numbers: int, hosts: int = 1, of: Organisation = ACME) -> None:
    found = [
        Port(address=f"192.0.2.{host}", protocol="tcp", number=number)
        for host in range(1, hosts + 1)
        for number in numbers
    ]
    await surface.observe(of, Observations(capability="lab", seen_at=NOON, entities=tuple(found)))


async def judged(surface: SurfaceService, *checks: Check, facts: Stated | None = None, **more: str) -> Report:
    service = ComplianceService(surface.store, facts or Stated(), lambda: checks, now=lambda: NOON)
    return await service.report(ACME, **more)


async def test_nobody_can_tell_of_what_was_never_looked_at(surface):
    await ports(surface, 23, of=GLOBEX)

    [finding] = (await judged(surface, NO_TELNET)).findings

    assert (finding.verdict, finding.reason) == (Verdict.CANNOT_TELL, "nothing is known of any port")


async def test_what_matches_fails_and_is_named(surface):
    await ports(surface, 23, 443)

    [finding] = (await judged(surface, NO_TELNET)).findings

    assert (finding.verdict, finding.matched) == (Verdict.FAIL, 1)
    assert list(finding.evidence) == ["#port#192.0.2.1#tcp#23"]


async def test_where_nothing_matches_it_passes(surface):
    await ports(surface, 443)

    assert [one.verdict for one in (await judged(surface, NO_TELNET, SOME_TELNET)).findings] == [
        Verdict.PASS,
        Verdict.FAIL,
    ]


async def test_evidence_is_bounded_and_the_count_is_not_hidden(surface):
    await ports(surface, 23, hosts=EVIDENCE_LIMIT + 5)

    [finding] = (await judged(surface, NO_TELNET)).findings

    assert (len(finding.evidence), finding.matched) == (EVIDENCE_LIMIT, EVIDENCE_LIMIT + 5)


@pytest.mark.parametrize(
    ("asked", "value", "verdict"),
    [
        ({"equals": True}, True, Verdict.PASS),
        ({"equals": True}, False, Verdict.FAIL),
        ({"at_least": 365}, 364.9, Verdict.FAIL),
        ({"at_least": 365}, 365, Verdict.PASS),
        ({"at_most": 0}, 0, Verdict.PASS),
        ({"at_most": 0}, 1, Verdict.FAIL),
        ({"at_least": 1, "at_most": 5}, 6, Verdict.FAIL),
        ({"at_most": 5}, None, Verdict.CANNOT_TELL),
        ({"at_most": 5}, "many", Verdict.CANNOT_TELL),
    ],
)
async def test_a_property_of_the_installation_is_compared(surface, asked, value, verdict):
    one = check(platform=Platform(fact="x", **asked))

    [finding] = (await judged(surface, one, facts=Stated(x=Measure(value, "so it is")))).findings

    assert (finding.verdict, finding.reason.startswith("so it is") or value == "many") == (verdict, True)


async def test_a_control_is_as_good_as_its_worst_check(surface):
    await ports(surface, 23)
    good = check("good", {"soc2": ("CC6.6", "CC6.10")}, platform=Platform(fact="x", equals=True))
    bad = check("bad", {"soc2": ("CC6.6",)}, surface=NO_TELNET.surface)

    report = await judged(surface, good, bad, facts=Stated(x=Measure(True)), framework="soc2")

    [framework] = report.frameworks
    assert [(one.id, one.verdict, list(one.checks)) for one in framework.controls] == [
        ("CC6.6", Verdict.FAIL, ["good", "bad"]),
        ("CC6.10", Verdict.PASS, ["good"]),
    ]
    assert (framework.passed, framework.failed, framework.unknown) == (1, 1, 0)


async def test_of_one_framework_only_its_checks_are_judged(surface):
    report = await judged(
        surface, NO_TELNET, check("other", {"asvs": ("1.1.1",)}, surface=NO_TELNET.surface), framework="cis"
    )

    assert [one.id for one in report.findings] == ["one"]


async def test_an_unknown_framework_is_refused(surface):
    with pytest.raises(InvalidError, match="there is no"):
        await judged(surface, framework="pci")
