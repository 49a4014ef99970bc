from datetime import timedelta

import pytest

from chariot.errors import NotFoundError
from chariot.model.keys import SYSTEM, Organisation
from chariot.model.kinds.identity import Session
from chariot.model.states import Status
from chariot.modules.identity.identity import Identity
from chariot.modules.identity.people import checked
from chariot.modules.identity.proof import UnprovenError
from chariot.modules.identity.sessions import _AT_A_TIME, PREFIX

EVE = Identity(
    subject="oidc:https://id.test#eve", name="eve", home=Organisation("acme"), method="oidc", factors=2
)


async def reason(proving):
    with pytest.raises(UnprovenError) as told:
        await proving
    return told.value.reason


async def test_a_session_stands_for_who_began_it(identity):
    session, token = await identity.sessions.begin(EVE, address="192.0.2.7", agent="Fire\nfox")
    found = await identity.sessions.prove(token)

    assert (found.subject, found.home, found.factors) == (EVE.subject, "acme", 2)
    assert found.session == session.id
    assert (session.address, session.agent) == ("192.0.2.7", "Firefox")


async def test_a_session_ends_unused_and_in_any_case(identity, time):
    _, unused = await identity.sessions.begin(EVE)
    _, used = await identity.sessions.begin(EVE)
    for _ in range(12):
        time.pass_(hours=1, minutes=55)
        await identity.sessions.prove(used)

    assert await reason(identity.sessions.prove(unused)) == "idle"
    time.pass_(hours=2)
    assert await reason(identity.sessions.prove(used)) == "expired"


async def test_a_command_line_may_stay_away_for_longer(identity, time):
    _, token = await identity.sessions.begin(EVE, use="cli")
    time.pass_(days=6)

    assert (await identity.sessions.prove(token)).name == "eve"


async def test_an_ended_session_is_refused_when_it_comes_again(identity):
    session, token = await identity.sessions.begin(EVE)
    await identity.sessions.prove(token)
    await identity.sessions.end(session.id, actor="eve", subject=EVE.subject)

    assert await reason(identity.sessions.prove(token)) == "revoked"
    with pytest.raises(NotFoundError):
        await identity.sessions.end(session.id, actor="eve", subject=EVE.subject)


async def test_nobody_ends_the_session_of_somebody_else(identity):
    session, _ = await identity.sessions.begin(EVE)

    with pytest.raises(NotFoundError):
        await identity.sessions.end(session.id, actor="x", subject="user:x")
    with pytest.raises(NotFoundError):
        await identity.sessions.end(session.id, actor="x", home=Organisation("globex"))
    await identity.sessions.end(session.id, actor="x", home=Organisation("acme"))


async def test_all_sessions_end_but_one(identity):
    kept, token = await identity.sessions.begin(EVE)
    others = [await identity.sessions.begin(EVE) for _ in range(3)]

    assert await identity.sessions.end_all(EVE.subject, actor="eve", but=kept.id) == 3
    assert [one.id for one in await identity.sessions.lasting(subject=EVE.subject)] == [kept.id]
    assert await reason(identity.sessions.prove(others[0][1])) == "revoked"
    assert await identity.sessions.prove(token)


async def test_of_too_many_sessions_the_oldest_ends(identity, time):
    tokens = []
    for _ in range(_AT_A_TIME + 1):
        time.pass_(seconds=1)
        tokens.append((await identity.sessions.begin(EVE))[1])

    assert await reason(identity.sessions.prove(tokens[0])) == "revoked"
    assert len(await identity.sessions.lasting(subject=EVE.subject)) == _AT_A_TIME


async def test_what_ended_by_itself_is_gone_when_somebody_signs_in_again(identity, time, surface):
    session, _ = await identity.sessions.begin(EVE)
    time.pass_(days=2)
    await identity.sessions.begin(EVE)

    key = Session(id=session.id).key
    assert (await surface.store.get(SYSTEM, [key]))[key].status is Status.GONE


async def test_what_changes_at_an_account_holds_for_its_sessions_at_once(identity):
    person = await identity.people.create(checked(id="ada", home="acme", roles=("analyst",)), actor="root")
    ada = Identity(
        subject="user:ada", name="ada", home=Organisation("acme"), method="password", roles=("analyst",)
    )
    _, token = await identity.sessions.begin(ada)
    await identity.people.change(person, {"roles": ["read-only"]}, actor="root")
    assert (await identity.sessions.prove(token)).roles == ("read-only",)
    await identity.people.change(person, {"suspended": True}, actor="root")

    assert await reason(identity.sessions.prove(token)) == "suspended"


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        (lambda token: token[:-1] + "#", "wrong-secret"),
        (lambda token: token.rpartition(".")[0], "malformed"),
        (lambda token: token.rpartition(".")[0] + ".", "malformed"),
        (lambda token: token.replace(PREFIX, PREFIX + "a"), "unknown"),
        (lambda token: PREFIX + "../x." + "y", "unknown"),
        (lambda token: token + "x" * 300, "malformed"),
    ],
)
async def test_a_token_that_was_changed_is_nobody_s(identity, changed, why):
    _, token = await identity.sessions.begin(EVE)

    assert await reason(identity.sessions.prove(changed(token))) == why


async def test_the_moment_of_last_use_is_kept_to_the_minute(identity, time):
    session, token = await identity.sessions.begin(EVE)
    time.pass_(minutes=5)
    await identity.sessions.prove(token)

    used = (await identity.sessions.lasting(subject=EVE.subject))[0].used_at
    assert abs(used - time.at) < timedelta(seconds=1)
    assert used > session.used_at


async def test_one_token_of_an_issuer_can_be_taken_back_and_all_of_them(identity, time):
    sessions, now = identity.sessions, time.at
    await sessions.refuse_token("a.b.c", EVE.subject, now + timedelta(hours=1), actor="eve")
    assert await reason(sessions.check_token("a.b.c", EVE.subject, now)) == "revoked"
    await sessions.check_token("d.e.f", EVE.subject, now)
    await sessions.refuse_all_tokens(EVE.subject, actor="eve")

    assert await reason(sessions.check_token("d.e.f", EVE.subject, now)) == "revoked"
    assert await reason(sessions.check_token("g.h.i", EVE.subject, None)) == "revoked"
    await sessions.check_token("g.h.i", EVE.subject, now + timedelta(seconds=1))
    await sessions.check_token("d.e.f", "oidc:https://id.test#bob", now)
