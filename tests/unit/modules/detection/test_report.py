from datetime import UTC, datetime

from chariot.model.keys import Key, Organisation
from chariot.model.kinds.incident import Incident
from chariot.model.records import Record
from chariot.modules.detection.incidents import Dossier, Moment
from chariot.modules.detection.regimes import deadlines
from chariot.modules.detection.report import markdown, page

from .conftest import ACME, World

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script> | [x](javascript:alert(1)) `code`\n# heading"


def dossier(record: Record) -> Dossier:
    incident = Incident(id="x.20260301.0", title=HOSTILE, subject=HOSTILE, aware_at=NOON, regimes=("gdpr",))
    return Dossier(
        record=record,
        incident=incident,
        deadlines=tuple(deadlines(incident, NOON)),
        timeline=(Moment(at=NOON, what=HOSTILE, entry=7),),
        missing=2,
    )


async def one_record(world: World) -> Record:
    await world.attack()
    await world.watch().tick()
    (name,) = await world.raised()
    key = Key(f"#incident#{name}")
    return (await world.store.get(Organisation(ACME), [key]))[key]


async def test_nothing_that_came_from_outside_is_markup(world: World) -> None:
    made = dossier(await one_record(world))

    html, text = page(made, NOON), markdown(made, NOON)

    assert "<script" not in html
    assert "<script" not in text
    assert "](javascript" not in text
    assert "\n# heading" not in text


async def test_it_says_who_has_to_be_told_and_what_is_to_be_filled_in(world: World) -> None:
    text = markdown(dossier(await one_record(world)), NOON)

    assert "supervisory authority" in text
    assert "Likely consequences" in text
    assert "2 entries are no longer kept" in text
