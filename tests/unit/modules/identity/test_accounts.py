import asyncio

import pyotp
import pytest

from chariot.errors import ConflictError, InvalidError, NotFoundError
from chariot.model.keys import Organisation
from chariot.modules.identity.events import NOWHERE
from chariot.modules.identity.proof import UnprovenError
from identity_fakes import PASSWORD

ACME, GLOBEX = Organisation("acme"), Organisation("globex")
OTHER = "kumquat fliegt im nebel"


@pytest.fixture
async def ada(identity):
    """An account with a password, and a session."""
    _, code = await identity.accounts.add("ada", ACME, label="Ada", roles=("admin",), actor="root")
    found = await identity.sign_in.with_invitation("ada", code, PASSWORD, NOWHERE)
    return found, (await identity.sessions.begin(found))[1]


async def is_signed_in(identity, token):
    try:
        await identity.sessions.prove(token)
    except UnprovenError:
        return False
    return True


async def test_an_account_shows_what_is_set_up_and_nothing_secret(identity, ada):
    account = await identity.accounts.get("ada")

    assert (account.user, account.name, account.home, account.roles) == ("ada", "Ada", "acme", ("admin",))
    assert (account.has_password, account.factors, account.suspended) == (True, (), False)
    assert "argon2" not in repr(account)


async def test_an_administrator_sees_the_accounts_of_the_own_organisation_alone(identity, ada):
    assert [one.user for one in (await identity.accounts.page(ACME)).items] == ["ada"]
    for doing in (
        identity.accounts.get("ada", GLOBEX),
        identity.accounts.change("ada", GLOBEX, suspended=True, actor="x"),
        identity.accounts.invite("ada", GLOBEX, actor="x"),
        identity.accounts.without_factors("ada", GLOBEX, actor="x"),
        identity.accounts.remove("ada", GLOBEX, actor="x"),
    ):
        with pytest.raises(NotFoundError):
            await doing


@pytest.mark.parametrize("how", ["suspend", "reset", "remove"])
async def test_who_is_kept_out_is_signed_out_everywhere(identity, ada, how):
    accounts = identity.accounts
    if how == "suspend":
        await accounts.change("ada", ACME, suspended=True, actor="root")
    elif how == "reset":
        await accounts.without_factors("ada", ACME, actor="root")
    else:
        await accounts.remove("ada", ACME, actor="root")

    assert not await is_signed_in(identity, ada[1])


async def test_of_a_removed_account_nothing_comes_back_with_its_name(identity, ada, time):
    key, _ = await identity.accounts.begin_code("user:ada", PASSWORD)
    await identity.accounts.finish_code("user:ada", pyotp.TOTP(key).at(time.at))
    await identity.accounts.remove("ada", ACME, actor="root", why="left")
    account, _ = await identity.accounts.add("ada", GLOBEX, actor="root")

    assert (account.home, account.roles, account.factors, account.has_password) == ("globex", (), (), False)
    with pytest.raises(UnprovenError):
        await identity.sign_in.with_password("ada", PASSWORD, "", NOWHERE)


async def test_another_password_ends_all_other_sessions(identity, ada):
    found, here = ada
    kept = await identity.sessions.prove(here)
    _, elsewhere = await identity.sessions.begin(found)
    await identity.accounts.set_password("user:ada", PASSWORD, OTHER, session=kept.session)

    assert await is_signed_in(identity, here)
    assert not await is_signed_in(identity, elsewhere)
    assert await identity.sign_in.with_password("ada", OTHER, "", NOWHERE)


@pytest.mark.parametrize("how", ["password", "reset", "suspend", "remove", "sign out"])
async def test_who_was_proven_before_all_sessions_ended_gets_none_that_holds(identity, ada, how):
    accounts = identity.accounts
    proven = await identity.sign_in.with_password("ada", PASSWORD, "", NOWHERE)
    if how == "password":
        await accounts.set_password("user:ada", PASSWORD, OTHER)
    elif how == "reset":
        await accounts.without_factors("ada", ACME, actor="root")
    elif how == "suspend":
        await accounts.change("ada", ACME, suspended=True, actor="root")
        await accounts.change("ada", ACME, suspended=False, actor="root")
    elif how == "remove":
        await accounts.remove("ada", ACME, actor="root")
        await accounts.add("ada", ACME, actor="root")
    else:
        await identity.sessions.end_all("user:ada", actor="root")
    _, late = await identity.sessions.begin(proven)

    assert not await is_signed_in(identity, late)
    assert await identity.sessions.lasting(subject="user:ada") == []


async def test_a_password_set_by_an_invitation_ends_what_the_old_one_began(identity, ada):
    _, code = await identity.accounts.invite("ada", ACME, actor="root")
    assert await is_signed_in(identity, ada[1])
    found = await identity.sign_in.with_invitation("ada", code, OTHER, NOWHERE)
    _, new = await identity.sessions.begin(found)

    assert not await is_signed_in(identity, ada[1])
    assert await is_signed_in(identity, new)


async def test_sessions_end_while_somebody_fails_to_sign_in(identity, ada):
    wrong = [identity.sign_in.with_password("ada", "wrong", "", NOWHERE) for _ in range(3)]
    await asyncio.gather(identity.sessions.end_all("user:ada", actor="root"), *wrong, return_exceptions=True)

    assert not await is_signed_in(identity, ada[1])


async def test_the_password_is_shown_again_before_something_important(identity, ada):
    accounts = identity.accounts
    for doing in (
        accounts.set_password("user:ada", "wrong", OTHER),
        accounts.begin_code("user:ada", "wrong"),
        accounts.remove_code("user:ada", "wrong"),
        accounts.begin_passkey("user:ada", "wrong"),
        accounts.remove_passkey("user:ada", "wrong", "laptop"),
    ):
        with pytest.raises(UnprovenError, match="password is wrong"):
            await doing

    assert (await accounts.get("ada")).failures == 5


async def test_an_authenticator_counts_once_its_code_was_seen(identity, ada, time):
    with pytest.raises(InvalidError):
        await identity.accounts.finish_code("user:ada", "123456")
    key, _ = await identity.accounts.begin_code("user:ada", PASSWORD)
    assert (await identity.accounts.get("ada")).factors == ()
    codes = await identity.accounts.finish_code("user:ada", pyotp.TOTP(key).at(time.at))

    account = await identity.accounts.get("ada")
    assert (account.factors, account.recovery_codes, len(codes)) == (("code",), 10, 10)


async def test_a_short_password_keeps_its_second_factor(identity, ada, time):
    key, _ = await identity.accounts.begin_code("user:ada", PASSWORD)
    await identity.accounts.finish_code("user:ada", pyotp.TOTP(key).at(time.at))
    await identity.accounts.set_password("user:ada", PASSWORD, "zwirnfab")
    with pytest.raises(InvalidError, match="longer"):
        await identity.accounts.remove_code("user:ada", "zwirnfab")
    await identity.accounts.set_password("user:ada", "zwirnfab", OTHER)
    await identity.accounts.remove_code("user:ada", OTHER)

    assert (await identity.accounts.get("ada")).factors == ()


async def test_there_are_no_two_accounts_of_one_name(identity, ada):
    with pytest.raises(ConflictError):
        await identity.accounts.add("ada", GLOBEX, actor="root")


async def test_what_is_done_to_accounts_is_in_the_log(identity, ada, log):
    await identity.accounts.change("ada", ACME, roles=["analyst"], actor="root")

    assert log.told("users:add") == [("root", "")]
    assert log.told("account:password") == [("user:ada", "")]
    assert [one.details["roles"] for one in log.entries if one.action == "users:change"] == ["['analyst']"]
