import pytest

from chariot.model.keys import Organisation
from chariot.modules.identity.identity import Identity
from chariot.modules.identity.proof import UnprovenError
from chariot.modules.identity.provers import Provers

ACME = Organisation("acme")
LOCAL = Identity(subject="token", name="local", home=ACME, method="token")
EVE = Identity(subject="oidc:https://id.test#eve", name="eve", home=ACME, method="oidc")


class Issuer:
    url = "id"

    async def prove(self, token):
        return EVE


@pytest.fixture
def provers(identity):
    return Provers(
        keys=identity.keys,
        sessions=identity.sessions,
        issuers=[Issuer()],
        issuer_of=lambda token: token.partition(".")[0],
        own=lambda token: LOCAL if token == "chariot_own" else None,
    )


async def test_each_form_of_token_has_its_own_prover(provers, identity):
    _, key = await identity.keys.mint(
        ACME, "ci", ["entities:read"], expires_at=None, actor="x", networks=["192.0.2.0/24"]
    )
    _, session = await identity.sessions.begin(EVE)
    found = [await provers.prove(one) for one in (key, session, "id.b.c", "chariot_own")]

    assert [one.method for one in found] == ["key", "oidc", "oidc", "token"]
    assert (found[0].permissions, found[0].networks) == (("entities:read",), ("192.0.2.0/24",))


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        ("x", "unknown"),
        ("chariot_wrong", "unknown"),
        ("chariot_key.x", "unknown"),
        ("chariot_session.x", "malformed"),
        ("other.b.c", "issuer"),
        ("x" * 9_000, "too-long"),
        ("ü", "malformed"),
        ("a\nb", "malformed"),
    ],
)
async def test_what_proves_nobody_says_why_to_the_log(provers, token, reason):
    with pytest.raises(UnprovenError) as told:
        await provers.prove(token)

    assert told.value.reason == reason
