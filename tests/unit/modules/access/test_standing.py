from collections.abc import Sequence

import pytest

from chariot.model.keys import Key, Organisation
from chariot.modules.access.standing import Standing
from chariot.modules.surface.telling import Decided

ACME = Organisation("acme")


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("member", 1),
        ("role", 1),
        ("user", 1),
        ("session", 1),
        ("apikey", 1),
        ("organisation", 1),
        ("seed", 0),
    ],
)
async def test_what_is_about_people_is_counted_and_everything_is_passed_on(kind: str, changes: int) -> None:
    passed: list[Sequence[Decided]] = []

    async def tell(organisation: Organisation, decided: Sequence[Decided]) -> None:
        assert (organisation, standing.stamp()) == (ACME, changes)
        passed.append(decided)

    standing = Standing(tell)
    decided = [Decided(Key(f"#{kind}#x"), kind, "decided", "", "lead", 1, "", "")]
    await standing(ACME, decided)

    assert passed == [decided]
