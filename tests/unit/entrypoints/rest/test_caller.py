import pytest

from chariot.entrypoints.rest.caller import NOBODY, PUBLIC, Caller, SingleToken
from chariot.model.keys import Organisation

TOKEN = "chariot_0123456789"


async def test_the_token_makes_its_holder_known():
    caller = await SingleToken(TOKEN, Organisation("acme"), user="ann").verify(TOKEN)

    assert caller is not None
    assert (caller.known, caller.user, caller.organisation) == (True, "ann", "acme")


@pytest.mark.parametrize("token", ["", "x", TOKEN[:-1], TOKEN + "0", TOKEN.upper(), "ünïcode"])
async def test_any_other_token_is_nobody_s(token):
    assert await SingleToken(TOKEN, Organisation("acme")).verify(token) is None


def test_nobody_may_do_what_is_public_and_nothing_else():
    assert NOBODY.may(PUBLIC)
    assert not NOBODY.may("entities:read")


def test_a_caller_may_do_what_was_granted_alone():
    reader = Caller(
        user="eve",
        organisation=Organisation("acme"),
        permissions=frozenset({"entities:read"}),
        method="token",
    )

    assert reader.may("entities:read")
    assert not reader.may("seeds:write")


def test_the_verifier_does_not_keep_the_token():
    assert TOKEN not in repr(vars(SingleToken(TOKEN, Organisation("acme"))))
