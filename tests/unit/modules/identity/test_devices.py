import pytest

from chariot.errors import BusyError, NotFoundError
from chariot.model.keys import Organisation
from chariot.modules.identity.devices import _AT_A_TIME, _AT_ONE_ADDRESS, PendingError
from chariot.modules.identity.events import Visit
from chariot.modules.identity.identity import Identity
from chariot.modules.identity.proof import UnprovenError
from chariot.modules.identity.throttle import SlowDownError

EVE = Identity(
    subject="oidc:https://id.test#eve", name="eve", home=Organisation("acme"), method="oidc", factors=2
)
THERE, HERE = Visit("198.51.100.9", "r1", "chariot"), Visit("192.0.2.7", "r2")


async def reason(collecting):
    with pytest.raises(UnprovenError) as told:
        await collecting
    return told.value.reason


async def test_a_program_waits_until_somebody_approves_it(identity, time):
    codes = await identity.devices.begin(THERE)
    with pytest.raises(PendingError):
        await identity.devices.collect(codes.device_code, THERE)
    asking = await identity.devices.approve(codes.user_code.lower(), EVE, HERE)
    session, token = await identity.devices.collect(codes.device_code, THERE)

    assert (asking.address, asking.agent) == ("198.51.100.9", "chariot")
    found = await identity.sessions.prove(token)
    assert (found.subject, found.home, found.factors, session.use) == (EVE.subject, "acme", 2, "cli")


async def test_a_code_is_good_for_one_token(identity):
    codes = await identity.devices.begin(THERE)
    await identity.devices.approve(codes.user_code, EVE, HERE)
    await identity.devices.collect(codes.device_code, THERE)

    assert await reason(identity.devices.collect(codes.device_code, THERE)) == "revoked"
    with pytest.raises(NotFoundError):
        await identity.devices.approve(codes.user_code, EVE, HERE)


async def test_what_was_approved_before_all_sessions_ended_gets_none(identity):
    codes = await identity.devices.begin(THERE)
    await identity.devices.approve(codes.user_code, EVE, HERE)
    await identity.sessions.end_all(EVE.subject, actor="eve")

    assert await reason(identity.devices.collect(codes.device_code, THERE)) == "revoked"


async def test_a_program_that_was_sent_away_gets_nothing(identity):
    codes = await identity.devices.begin(THERE)
    await identity.devices.refuse(codes.user_code, EVE, HERE)

    assert await reason(identity.devices.collect(codes.device_code, THERE)) == "revoked"


async def test_a_program_does_not_wait_for_ever(identity, time):
    codes = await identity.devices.begin(THERE)
    time.pass_(minutes=11)

    with pytest.raises(NotFoundError):
        await identity.devices.look(codes.user_code, EVE, HERE)
    assert await reason(identity.devices.collect(codes.device_code, THERE)) == "expired"


async def test_what_waits_is_no_session(identity):
    codes = await identity.devices.begin(THERE)

    assert await reason(identity.sessions.prove(f"chariot_session.{codes.device_code}")) == "pending"


async def test_guessing_codes_is_slowed(identity):
    codes = await identity.devices.begin(THERE)
    for _ in range(6):
        with pytest.raises(NotFoundError):
            await identity.devices.look("BBBB-BBBB", EVE, HERE)

    with pytest.raises(SlowDownError):
        await identity.devices.approve(codes.user_code, EVE, HERE)


@pytest.mark.parametrize("code", ["", "x", "x.y", "../x.y", "ü.x"])
async def test_a_code_that_nobody_was_given_is_not_known(identity, code):
    assert await reason(identity.devices.collect(code, THERE)) == "unknown"


async def test_the_secret_part_of_the_code_has_to_fit(identity):
    codes = await identity.devices.begin(THERE)
    await identity.devices.approve(codes.user_code, EVE, HERE)

    assert await reason(identity.devices.collect(codes.device_code[:-1] + "#", THERE)) == "wrong-secret"


async def test_not_everybody_can_wait_at_once(identity):
    for number in range(_AT_A_TIME):
        await identity.devices.begin(Visit(f"192.0.2.{number // 10}"))

    with pytest.raises(BusyError):
        await identity.devices.begin(THERE)


async def test_one_address_does_not_take_all_places(identity):
    for _ in range(_AT_ONE_ADDRESS):
        await identity.devices.begin(THERE)

    with pytest.raises(BusyError):
        await identity.devices.begin(THERE)
    assert await identity.devices.begin(HERE)
