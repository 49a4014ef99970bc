"""Keys of an issuer and what it says of tokens: asked for when needed, and not more often."""

import pytest
from joserfc import jwk

from chariot.errors import UnavailableError
from chariot.modules.identity.proof import UnprovenError
from support.loopback_issuer import LoopbackIssuer, rsa


class Stopwatch:
    at = 0.0

    def __call__(self):
        return self.at


async def recall(*_):
    return None


@pytest.fixture
async def issuer():
    served = LoopbackIssuer()
    await served.start()
    yield served
    await served.stop()


async def test_keys_are_asked_for_once_while_they_are_fresh(issuer):
    adapter = issuer.adapter(recall)
    for _ in range(5):
        await adapter.prove(issuer.token())

    assert issuer.asked == ["discovery", "keys"]


async def test_many_tokens_of_unknown_keys_are_no_flood_for_the_issuer(issuer):
    clock = Stopwatch()
    adapter = issuer.adapter(recall, clock=clock)
    forged = issuer.token(key=rsa("other"))
    for _ in range(50):
        clock.at += 1.0
        with pytest.raises(UnprovenError):
            await adapter.prove(forged)

    assert issuer.asked.count("keys") <= 6


async def test_a_rotated_key_is_found_and_the_old_one_is_gone(issuer):
    clock = Stopwatch()
    adapter = issuer.adapter(recall, clock=clock)
    old = issuer.token()
    await adapter.prove(old)
    issuer.key = rsa("second")
    issuer.published = [issuer.key]
    clock.at = 11.0

    assert await adapter.prove(issuer.token())
    with pytest.raises(UnprovenError):
        await adapter.prove(old)


@pytest.mark.parametrize(
    ("make", "algorithm"),
    [
        (lambda: jwk.ECKey.generate_key("P-256", parameters={"kid": "k"}, private=True), "ES256"),
        (lambda: jwk.OKPKey.generate_key("Ed25519", parameters={"kid": "k"}, private=True), "EdDSA"),
        (lambda: jwk.OKPKey.generate_key("Ed25519", parameters={"kid": "k"}, private=True), "Ed25519"),
        (lambda: rsa("k"), "PS256"),
    ],
)
async def test_what_public_keys_sign_is_proven(issuer, make, algorithm):
    issuer.key = make()
    issuer.published = [issuer.key]

    assert (await issuer.adapter(recall).prove(issuer.token(algorithm=algorithm))).name == "oidc:corp/ada"


@pytest.mark.parametrize(
    "published",
    [
        [{"kty": "oct", "k": "c2VjcmV0", "kid": "first"}],
        [{"kty": "RSA", "n": "!", "e": "AQAB", "kid": "first"}],
        [{"kty": "RSA", "kid": "first"}],
        [{}],
        [],
    ],
)
async def test_keys_that_are_shared_or_unreadable_prove_nothing(issuer, published):
    token = issuer.token()
    issuer.published = published

    with pytest.raises(UnprovenError):
        await issuer.adapter(recall).prove(token)


async def test_a_key_for_something_else_proves_nothing(issuer):
    plain = issuer.key.as_dict(private=False)
    token = issuer.token()
    for changed in ({"use": "enc"}, {"alg": "RS512"}):
        issuer.published = [plain | changed]
        with pytest.raises(UnprovenError):
            await issuer.adapter(recall).prove(token)


@pytest.mark.parametrize(
    "discovery", [{"issuer": "https://evil.test"}, {"jwks_uri": "http://169.254.169.254/"}, {"jwks_uri": 7}]
)
async def test_an_issuer_that_says_something_else_than_the_settings_is_not_believed(issuer, discovery):
    issuer.discovery = discovery

    with pytest.raises(UnavailableError):
        await issuer.adapter(recall).prove(issuer.token())


async def test_the_issuer_is_asked_whether_a_token_still_holds_but_not_each_time(issuer):
    clock = Stopwatch()
    adapter = issuer.adapter(recall, clock=clock, introspects=True, client_id="x", client_secret="y")
    token = issuer.token()
    await adapter.prove(token)
    await adapter.prove(token)
    assert issuer.asked.count("introspection") == 1
    issuer.active = False
    clock.at = 31.0

    with pytest.raises(UnprovenError) as told:
        await adapter.prove(token)
    assert told.value.reason == "revoked"


async def test_clocks_may_differ_by_what_is_allowed(issuer):
    token = issuer.token(exp=issuer.claims()["iat"] - 30)

    assert await issuer.adapter(recall).prove(token)
    with pytest.raises(UnprovenError):
        await issuer.adapter(recall, skew_s=5).prove(token)


async def test_without_an_audience_no_token_is_taken(issuer):
    with pytest.raises(UnprovenError):
        await issuer.adapter(recall, audiences=()).prove(issuer.token())


async def test_the_audience_may_stand_in_another_claim(issuer):
    adapter = issuer.adapter(recall, audience_claim="client_id")

    assert await adapter.prove(issuer.token(aud=None, client_id="chariot"))
