import asyncio

import pyotp
import pytest

from chariot.errors import InvalidError
from chariot.model.keys import Organisation
from chariot.modules.identity.events import Visit
from chariot.modules.identity.proof import UnprovenError
from chariot.modules.identity.sign_in import (
    FREE_BY_ACCOUNT,
    FREE_BY_ADDRESS,
    FREE_BY_PAIR,
    FactorNeededError,
    Passkey,
    subject_name,
)
from chariot.modules.identity.throttle import SlowDownError
from identity_fakes import PASSWORD, identity_in

HERE = Visit("192.0.2.7", "r1")
ACME = Organisation("acme")


@pytest.fixture
async def ada(identity):
    """An account with a password."""
    _, code = await identity.accounts.add("ada", ACME, roles=("analyst",), actor="root")
    await identity.sign_in.with_invitation("ada", code, PASSWORD, HERE)
    return identity


async def fails(services, password="wrong", code="", name="ada", visit=HERE):
    with pytest.raises(UnprovenError) as told:
        await services.sign_in.with_password(name, password, code, visit)
    return told.value


async def with_code(services, time):
    """Add an authenticator; return its key, and the codes on paper."""
    key, _ = await services.accounts.begin_code("user:ada", PASSWORD)
    codes = await services.accounts.finish_code("user:ada", pyotp.TOTP(key).at(time.at))
    time.pass_(seconds=60)
    return key, codes


async def test_the_password_proves_who_somebody_is(ada):
    found = await ada.sign_in.with_password("ADA", PASSWORD, "", HERE)

    assert (found.subject, found.home, found.roles, found.factors) == ("user:ada", "acme", ("analyst",), 1)


async def test_a_wrong_name_and_a_wrong_password_look_the_same(ada):
    errors = [await fails(ada), await fails(ada, name="nobody", password=PASSWORD)]

    assert len({str(one) for one in errors}) == 1
    assert [one.reason for one in errors] == ["wrong-secret", "unknown"]


async def test_who_is_suspended_learns_nothing_and_gets_nowhere(ada):
    await ada.accounts.change("ada", ACME, suspended=True, actor="root")

    assert (await fails(ada, PASSWORD)).reason == "suspended"


async def test_an_invitation_sets_a_password_once_and_for_three_days(identity, time):
    _, first = await identity.accounts.add("ada", ACME, actor="root")
    time.pass_(days=4)
    with pytest.raises(UnprovenError):
        await identity.sign_in.with_invitation("ada", first, PASSWORD, HERE)
    _, second = await identity.accounts.invite("ada", ACME, actor="root")
    with pytest.raises(InvalidError, match="15 characters"):
        await identity.sign_in.with_invitation("ada", second, "short", HERE)
    await identity.sign_in.with_invitation("ada", second, PASSWORD, HERE)

    for code in (first, second, ""):
        with pytest.raises(UnprovenError):
            await identity.sign_in.with_invitation("ada", code, PASSWORD, HERE)


async def test_an_account_without_a_password_is_not_opened_by_an_empty_one(identity):
    await identity.accounts.add("ada", ACME, actor="root")

    for password in ("", "nobody's password"):
        await fails(identity, password)


async def test_a_second_factor_is_asked_for_only_after_the_right_password(ada, time):
    key, _ = await with_code(ada, time)
    assert not isinstance(await fails(ada), FactorNeededError)
    needed = await fails(ada, PASSWORD)

    assert isinstance(needed, FactorNeededError)
    assert needed.ways == ("code", "recovery")
    found = await ada.sign_in.with_password("ada", PASSWORD, pyotp.TOTP(key).at(time.at), HERE)
    assert found.factors == 2


async def test_a_code_and_a_recovery_code_count_once(ada, time):
    key, codes = await with_code(ada, time)
    for code in (pyotp.TOTP(key).at(time.at), codes[0]):
        await ada.sign_in.with_password("ada", PASSWORD, code, HERE)
        assert (await fails(ada, PASSWORD, code)).reason == "factor"


async def test_guessing_one_account_from_one_address_is_slowed_and_seen(ada, log):
    for _ in range(FREE_BY_PAIR + 1):
        await fails(ada)
    for _ in range(3):
        with pytest.raises(SlowDownError):
            await ada.sign_in.with_password("ada", PASSWORD, "", HERE)

    # Hammering is told once a second: it is seen, and does not fill the log.
    assert log.told("session:begin") == [("", "wrong-secret")] * (FREE_BY_PAIR + 1) + [("", "slowed")]
    assert {one.object for one in log.entries if one.action == "session:begin"} == {"#user#ada"}
    assert {one.address for one in log.entries if one.action == "session:begin"} == {"192.0.2.7"}


async def test_guessing_one_account_from_everywhere_is_slowed_also_after_a_restart(ada, surface, time):
    for number in range(FREE_BY_ACCOUNT + 1):
        await fails(ada, visit=Visit(f"192.0.2.{number}"))
    restarted = identity_in(surface, time)

    with pytest.raises(SlowDownError):
        await restarted.sign_in.with_password("ada", PASSWORD, "", Visit("198.51.100.1"))
    time.pass_(seconds=5)
    assert await restarted.sign_in.with_password("ada", PASSWORD, "", Visit("198.51.100.1"))
    assert (await ada.accounts.get("ada")).failures == 0


async def test_failures_at_the_same_moment_in_several_processes_are_all_counted(ada, surface, time):
    processes = [identity_in(surface, time) for _ in range(5)]

    await asyncio.gather(
        *(fails(one, visit=Visit(f"192.0.2.{number}")) for number, one in enumerate(processes))
    )

    assert (await ada.accounts.get("ada")).failures == 5


async def test_a_burst_learns_no_more_than_one_after_the_other_would(ada, surface, time):
    processes = [identity_in(surface, time) for _ in range(2)]
    told = await asyncio.gather(
        *(
            processes[number % 2].sign_in.with_password(
                "ada", f"wrong {number}", "", Visit(f"192.0.2.{number}")
            )
            for number in range(FREE_BY_ACCOUNT + 20)
        ),
        return_exceptions=True,
    )

    assert {type(one) for one in told} == {UnprovenError, SlowDownError}
    learned = sum(type(one) is UnprovenError for one in told)
    assert learned == (await ada.accounts.get("ada")).failures <= FREE_BY_ACCOUNT + 1


async def test_the_right_password_at_the_end_of_a_burst_from_one_address_is_not_told(ada):
    tries = [*(f"wrong {number}" for number in range(FREE_BY_PAIR + 10)), PASSWORD]
    told = await asyncio.gather(
        *(ada.sign_in.with_password("ada", one, "", HERE) for one in tries), return_exceptions=True
    )

    assert isinstance(told[-1], SlowDownError)
    assert sum(type(one) is UnprovenError for one in told) == FREE_BY_PAIR + 1


async def test_failures_of_others_at_that_moment_keep_nobody_out(ada, surface, time):
    others = [identity_in(surface, time) for _ in range(5)]
    found, *_ = await asyncio.gather(
        ada.sign_in.with_password("ada", PASSWORD, "", HERE),
        *(fails(one, visit=Visit(f"198.51.100.{number}")) for number, one in enumerate(others)),
    )

    assert found.subject == "user:ada"


@pytest.mark.parametrize("which", ["authenticator", "paper"])
async def test_a_code_that_comes_to_two_processes_at_once_counts_once(ada, surface, time, which):
    key, codes = await with_code(ada, time)
    code = pyotp.TOTP(key).at(time.at) if which == "authenticator" else codes[0]
    processes = [identity_in(surface, time) for _ in range(3)]

    told = await asyncio.gather(
        *(one.sign_in.with_password("ada", PASSWORD, code, HERE) for one in processes),
        return_exceptions=True,
    )

    assert sorted(type(one).__name__ for one in told) == ["Identity", "UnprovenError", "UnprovenError"]
    assert {one.reason for one in told if isinstance(one, UnprovenError)} <= {"replayed", "factor"}


async def test_an_invitation_that_comes_to_two_processes_at_once_sets_one_password(identity, surface, time):
    _, code = await identity.accounts.add("ada", ACME, actor="root")
    processes = [identity_in(surface, time) for _ in range(2)]

    told = await asyncio.gather(
        *(
            one.sign_in.with_invitation("ada", code, f"{PASSWORD} {number}", HERE)
            for number, one in enumerate(processes)
        ),
        return_exceptions=True,
    )

    assert sorted(type(one).__name__ for one in told) == ["Identity", "UnprovenError"]


async def test_trying_many_accounts_from_one_address_is_slowed(identity):
    for number in range(FREE_BY_ADDRESS + 1):
        await fails(identity, name=f"user{number}")

    with pytest.raises(SlowDownError):
        await identity.sign_in.with_password("one-more", PASSWORD, "", HERE)


async def test_an_account_is_not_locked_for_its_owner_by_one_address(ada):
    for _ in range(FREE_BY_PAIR + 1):
        await fails(ada)

    assert await ada.sign_in.with_password("ada", PASSWORD, "", Visit("198.51.100.1"))


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"response": 7},
        {"response": {"userHandle": 7}},
        {"response": {"userHandle": "ÿ"}},
        {"response": {"userHandle": "YWRh"}},
    ],
)
async def test_an_answer_that_is_no_passkey_s_proves_nobody(ada, answer):
    with pytest.raises(UnprovenError):
        await ada.sign_in.with_passkey(answer, b"x", HERE)


def test_a_passkey_is_written_and_read_as_it_was():
    one = Passkey("id", "key", 7, "my laptop")

    assert Passkey.read(one.written()) == one


def test_only_an_account_of_this_installation_has_a_password_here():
    assert subject_name("user:ada") == "ada"
    with pytest.raises(InvalidError, match="issuer"):
        subject_name("oidc:https://id.test#ada")
