import asyncio

import pytest

from chariot.errors import ConflictError, InvalidError, NotFoundError
from chariot.model.keys import SYSTEM
from chariot.modules.identity.people import checked


async def test_an_account_is_found_by_its_name_however_it_is_written(identity):
    await identity.people.create(checked(id="Ada", home="acme"), actor="root")

    assert (await identity.people.get("ADA")).subject == "user:ada"
    assert await identity.people.find("no such name!") is None


async def test_there_are_no_two_accounts_of_one_name(identity):
    await identity.people.create(checked(id="ada", home="acme"), actor="root")

    with pytest.raises(ConflictError, match="already"):
        await identity.people.create(checked(id="ada", home="globex"), actor="root")


async def test_of_two_who_make_an_account_of_one_name_at_once_one_is_told_so(identity):
    told = await asyncio.gather(
        *(identity.people.create(checked(id="ada", home=home), actor="root") for home in ("acme", "globex")),
        return_exceptions=True,
    )

    assert sorted(type(one).__name__ for one in told) == ["ConflictError", "Person"]


@pytest.mark.parametrize("name", ["local", "schedule", "Token", "sign-in"])
async def test_nobody_is_called_as_the_program_calls_itself(identity, name):
    with pytest.raises(InvalidError, match="another name"):
        await identity.people.create(checked(id=name, home="acme"), actor="root")


async def test_an_account_of_another_organisation_is_not_there(identity):
    await identity.people.create(checked(id="ada", home="acme"), actor="root")

    with pytest.raises(NotFoundError):
        await identity.people.get("ada", "globex")


async def test_accounts_are_kept_where_no_customer_reads(identity, surface):
    await identity.people.create(checked(id="ada", home="acme"), actor="root")

    assert list(await surface.store.organisations()) == [SYSTEM]
    assert [one.user.id for one in (await identity.people.page("acme")).items] == ["ada"]
    assert (await identity.people.page("globex")).items == ()


async def test_two_who_change_an_account_at_once_do_not_both_succeed(identity):
    person = await identity.people.create(checked(id="ada", home="acme"), actor="root")
    await identity.people.change(person, {"label": "A"}, actor="root", exactly=True)

    with pytest.raises(ConflictError):
        await identity.people.change(person, {"label": "B"}, actor="root", exactly=True)


def test_a_wrong_name_is_told_with_its_place():
    with pytest.raises(InvalidError) as told:
        checked(id="a b")
    assert told.value.place == "id"
