import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.errors import BusyError, InvalidError
from chariot.modules.identity.passwords import LONGEST, Hasher, check_password, normalised
from identity_fakes import cheap_hasher


@pytest.mark.parametrize(
    "password",
    [
        "tintenfass rollt bergab",
        "ünïcödé früh im märz",
        "kumquat-zeppelin-fjord",
        "a pasture of unlit lamps " * 4,
        "七転び八起き、いつも前へ進みましょう",
    ],
)
def test_a_long_password_is_taken_whatever_kinds_of_characters_it_has(password):
    assert check_password(password, has_factor=False) == normalised(password)


@pytest.mark.parametrize(
    "password",
    [
        "passwordpassword",
        "P@ssw0rd2024!Admin",
        "qwertyuiopasdfghjkl",
        "123456789012345678",
        "aaaaaaaaaaaaaaaaaaaa",
        "abcabcabcabcabcabc",
        "zyxwvutsrqponmlkj",
        "Chariot2026Admin!!",
        "correct horse battery staple",
        "ada lovelace acme 2024",
    ],
)
def test_what_everybody_tries_first_is_refused(password):
    with pytest.raises(InvalidError, match="tries first"):
        check_password(password, has_factor=False, context=["ada.lovelace", "acme"])


@pytest.mark.parametrize(("has_factor", "length"), [(False, 14), (True, 7)])
def test_a_password_is_long_enough_for_what_stands_beside_it(has_factor, length):
    text = "vxkqzwjpmhfdgb"[:length]
    with pytest.raises(InvalidError, match="at least"):
        check_password(text, has_factor=has_factor)

    assert check_password(text + "y", has_factor=has_factor)


@pytest.mark.parametrize(
    "password", ["x" * (LONGEST + 1), "tintenfass rollt\x00 bergab", "tintenfass rollt \ud800 hin"]
)
def test_a_password_can_be_typed_and_has_an_end(password):
    with pytest.raises(InvalidError):
        check_password(password, has_factor=False)


@given(st.text(max_size=60))
def test_any_text_is_judged_without_a_failure(text):
    try:
        judged = check_password(text, has_factor=True, context=[text[:5]])
    except InvalidError:
        return
    assert len(judged) >= 8


async def test_a_hash_knows_its_password_however_the_keyboard_wrote_it():
    hasher = cheap_hasher()
    hashed = await hasher.hash("früh am morgen")

    assert hashed.startswith("$argon2id$")
    assert await hasher.verify(hashed, "fru\u0308h am morgen")
    assert not await hasher.verify(hashed, "frueh am morgen")
    assert not await hasher.verify("", "nobody's password")
    assert not await hasher.verify("no hash", "früh am morgen")


async def test_more_than_a_few_at_a_time_are_told_to_come_again():
    hasher = Hasher(cheap_hasher()._hasher, at_a_time=1, waiting=1)
    asked = [asyncio.create_task(hasher.hash("früh am morgen")) for _ in range(6)]
    done = await asyncio.gather(*asked, return_exceptions=True)

    assert [type(one) for one in done].count(BusyError) == 4


def test_a_hash_of_another_cost_is_made_anew():
    assert Hasher().is_outdated(cheap_hasher()._hasher.hash("früh am morgen"))
