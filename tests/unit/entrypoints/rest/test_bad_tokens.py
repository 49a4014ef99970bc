"""Tokens that prove nobody: each is refused in the same words, and the log is told why."""

import hmac
import json
import time
from base64 import urlsafe_b64encode
from contextlib import asynccontextmanager

import httpx
import msgspec
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from chariot.entrypoints.rest.app import create_app
from chariot.entrypoints.rest.caller import Proven, SingleToken
from chariot.modules.identity.compact import issuer_named
from chariot.modules.identity.provers import Provers
from identity_fakes import Log, identity_in
from rest_perimeter import ORGANISATION, TOKEN
from support.loopback_issuer import LoopbackIssuer, rsa

NOW = int(time.time())
DAY_S = 86_400
"""Longer than all tests together take."""
pytestmark = pytest.mark.asyncio(loop_scope="module")
NESTED = urlsafe_b64encode(b'{"a":' * 900).decode()


def part(value):
    return urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def unsigned(issuer):
    return f"{part({'alg': 'none', 'kid': 'first'})}.{part(issuer.claims())}."


def key_confusion(issuer):
    said = f"{part({'alg': 'HS256', 'kid': 'first'})}.{part(issuer.claims())}"
    digest = hmac.digest(issuer.key.as_pem(private=False), said.encode(), "sha256")
    return f"{said}.{urlsafe_b64encode(digest).decode().rstrip('=')}"


def demanding(issuer):
    _, claims, signature = issuer.token().split(".")
    return f"{part({'alg': 'RS256', 'kid': 'first', 'crit': ['exp'], 'exp': 1})}.{claims}.{signature}"


def cut(token, place):
    parts = token.split(".")
    parts[place] = parts[place][:-4] + "AAAA"
    return ".".join(parts)


def other_claims(issuer):
    head, _, signature = issuer.token().split(".")
    return f"{head}.{part(issuer.claims(sub='root'))}.{signature}"


def signed(issuer, head, claims):
    """A token with these very bytes in it, and a signature that is right."""
    said = ".".join(urlsafe_b64encode(one).decode().rstrip("=") for one in (head, claims))
    key = issuer.key.private_key
    signature = key.sign(said.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{said}.{urlsafe_b64encode(signature).decode().rstrip('=')}"


def said_twice(issuer, name, value):
    claims = json.dumps(issuer.claims())[:-1] + f', "{name}": {json.dumps(value)}}}'
    return signed(issuer, b'{"alg": "RS256", "kid": "first"}', claims.encode())


BAD = {
    "it has expired": (lambda i: i.token(exp=NOW - 120), "expired"),
    "it has no end": (lambda i: i.token(exp=None), "claims"),
    "its end is no number": (lambda i: i.token(exp="never"), "claims"),
    "it is not valid yet": (lambda i: i.token(nbf=NOW + DAY_S), "not-yet-valid"),
    "it comes from the future": (lambda i: i.token(iat=NOW + DAY_S), "not-yet-valid"),
    "it is not signed": (unsigned, "algorithm"),
    "it is signed with the public key as a password": (key_confusion, "algorithm"),
    "its algorithm is not allowed": (lambda i: i.token(algorithm="RS512"), "algorithm"),
    "another key signed it": (lambda i: i.token(key=rsa("first")), "signature"),
    "an unknown key signed it": (lambda i: i.token(key=rsa("other")), "key"),
    "it brings its own key": (
        lambda i: i.token(key=(k := rsa("own")), header={"jwk": k.as_dict(private=False), "kid": None}),
        "signature",
    ),
    "its key is somewhere else": (
        lambda i: i.token(key=rsa("own"), header={"jku": "https://evil.test/keys"}),
        "key",
    ),
    "its signature is cut": (lambda i: cut(i.token(), 2), "signature"),
    "its claims were changed": (other_claims, "signature"),
    "another issuer is named": (lambda i: i.token(iss="https://evil.test"), "issuer"),
    "the issuer is named a little differently": (lambda i: i.token(iss=i.url + "/"), "issuer"),
    "it is for somebody else": (lambda i: i.token(aud="another-api"), "audience"),
    "it is for nobody": (lambda i: i.token(aud=None), "audience"),
    "it is for several in one text": (lambda i: i.token(aud="another-api chariot"), "audience"),
    "it is for us but for a space": (lambda i: i.token(aud="chariot "), "audience"),
    "whom it is for is an object": (lambda i: i.token(aud={"chariot": True}), "audience"),
    "whom it is for is a list in a list": (lambda i: i.token(aud=[["chariot"]]), "audience"),
    "it names two subjects": (lambda i: said_twice(i, "sub", "root"), "malformed"),
    "it has two ends": (lambda i: said_twice(i, "exp", NOW + DAY_S), "malformed"),
    "it names two algorithms": (
        lambda i: signed(i, b'{"alg": "none", "alg": "RS256", "kid": "first"}', json.dumps(i.claims()).encode()),
        "malformed",
    ),
    "it holds beside a key that nobody shows": (lambda i: i.token(cnf={"jkt": "x"}), "bound"),
    "its key is a path": (lambda i: i.token(key=rsa("../../../dev/null")), "key"),
    "its end is beyond all numbers": (lambda i: i.token(exp=1e308), "claims"),
    "it says who signed in, and is no key": (lambda i: i.token(at_hash="x"), "purpose"),
    "it says that somebody signed out": (lambda i: i.token(header={"typ": "logout+jwt"}), "malformed"),
    "it wants something that is not understood": (demanding, "malformed"),
    "it has no subject": (lambda i: i.token(sub=None), "claims"),
    "it is huge": (lambda i: i.token(more="x" * 9_000), "too-long"),
    "it has two parts": (lambda i: i.token().rpartition(".")[0], "unknown"),
    "it is no base64": (lambda _: "a!.b!.c!", "malformed"),
    "it is nested deeply": (lambda _: f"{part({})}.{NESTED}.x", "malformed"),
    "it is a session that nobody has": (lambda _: "chariot_session.0123.secret", "unknown"),
    "it is a key that nobody has": (lambda _: "chariot_key.ZGVmYXVsdA.0123.secret", "unknown"),
    "it is almost the installation's own": (lambda _: TOKEN[:-1] + "x", "unknown"),
}  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def issuer():
    served = LoopbackIssuer()
    await served.start()
    yield served
    await served.stop()


@asynccontextmanager
async def serving(services, issuer):
    """A client before a server that trusts *issuer*, and what the server tells of refusals."""
    log = Log()
    identity = identity_in(
        services.surface, log=log, issuers=lambda sessions: [issuer.adapter(sessions.check_token)]
    )
    provers = Provers(
        keys=identity.keys,
        sessions=identity.sessions,
        issuers=identity.issuers,
        issuer_of=issuer_named,
        own=SingleToken(TOKEN, ORGANISATION).prove,
    )
    served = msgspec.structs.replace(
        services,
        tokens=Proven(provers, services.admission.admit),
        identity=identity,
        identity_events=identity.events,
    )
    transport = httpx.ASGITransport(app=create_app(served))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8642") as client:
        yield client, log


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(shared, issuer):
    async with serving(shared[0], issuer) as served:
        yield served


@pytest.fixture
def log(server):
    """What was told since the test began."""
    server[1].entries.clear()
    return server[1]


@pytest.fixture
def asked(server):
    """Asks the server."""

    async def ask(token, path="/api/v1/session", method="GET"):
        return await server[0].request(method, path, headers={"authorization": f"Bearer {token}"})

    return ask


async def test_a_good_token_is_taken(asked, issuer, log):
    answer = await asked(issuer.token())

    assert answer.status_code == 200
    assert answer.json()["data"]["subject"] == f"oidc:{issuer.url}#ada"
    assert log.entries == []


@pytest.mark.parametrize("name", BAD)
async def test_a_bad_token_is_refused_and_the_log_is_told_why(asked, issuer, log, name):
    make, reason = BAD[name]
    answer = await asked(make(issuer))

    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"] == 'Bearer realm="chariot", error="invalid_token"'
    # Whoever guesses is told the same, whatever is wrong.
    assert answer.json()["detail"] in (
        "the token is not known",
        "the Authorization header is not `Bearer` and a token",
    )
    assert log.told("session:refuse") == [("", reason)]


async def test_a_token_larger_than_all_headers_may_be_is_refused_and_the_log_is_told(asked, log):
    answer = await asked("x" * 40_000)

    assert answer.status_code == 431
    assert log.told("session:refuse") == [("", "too-long")]


async def test_a_token_that_was_taken_back_is_refused_when_it_is_replayed(asked, issuer, log):
    token = issuer.token()
    assert (await asked(token, method="DELETE")).status_code == 200
    answers = [await asked(token), await asked(issuer.token(jti="other"))]

    assert [one.status_code for one in answers] == [401, 200]
    assert log.told("session:refuse") == [("", "revoked")]


async def test_a_key_is_refused_from_where_it_may_not_be_used(asked, shared, log):
    services, _ = shared
    _, key = await services.identity.keys.mint(
        ORGANISATION, "ci", ["entities:read"], expires_at=None, actor="x", networks=["192.0.2.0/24"]
    )
    _, near = await services.identity.keys.mint(
        ORGANISATION, "ci", ["entities:read"], expires_at=None, actor="x", networks=["127.0.0.0/8"]
    )
    answers = [await asked(key, "/api/v1/domains"), await asked(near, "/api/v1/domains")]

    assert [one.status_code for one in answers] == [401, 200]
    assert log.told("session:refuse") == [("", "address")]


async def test_an_issuer_that_is_away_is_no_fault_of_the_token(shared):
    away = LoopbackIssuer()
    await away.start()
    token = away.token()
    await away.stop()
    async with serving(shared[0], away) as (client, _):
        answer = await client.get("/api/v1/session", headers={"authorization": f"Bearer {token}"})

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
